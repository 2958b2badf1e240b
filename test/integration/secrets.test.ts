import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { fakeServiceAccountToken } from '../fakes/vault.ts';
import { makeKey } from '../support/keys.ts';
import { postMortem, raise, raising, STACK_SECRET } from '../support/homelab.ts';
import { Planted } from '../support/planted.ts';
import { plugin } from '../support/plugin-process.ts';
import { Scenario } from '../support/scenario.ts';
import type { GivenSettings, Run } from '../support/scenario.ts';
import { startServices } from '../support/services.ts';
import type { Services } from '../support/services.ts';
import { sshdMissing } from '../support/sshd.ts';

/*
 * Every run of every suite is searched for what is secret in it: Scenario.expectClean and plugin() do that by themselves. Here every
 * secret there is, is planted at once, every service repeats in its errors what it was sent, and a run goes as far as each of them.
 */

const PASSPHRASE = 'planted passphrase of 0f7c4e the key';
const OWN_TOKEN = 'hvs.plantedtokenofaperson0123456789ab';
const BOT_TOKEN = 'xoxb-1234567890-planted-b0t-t0k3n-77aa';
/** Known to nobody; only its form gives it away. */
const AGENT_SECRETS = ['ghp_plantedbytheagent0123456789abcdefABCD', 'sk-ant-api03-planted-by-the-agent-4f5e', 'AKIAPLANTEDBYAGENT42'];

describe('the search itself', () => {
  const secret = 'planted-for-the-search-51ab/77+c?';
  const found = (text: string): boolean => {
    const planted = new Planted();
    planted.add('it', `-----BEGIN X-----\n${secret}\nshort\n-----END X-----\n`);
    try {
      planted.expectNoneIn({ text });
    } catch {
      return true;
    }
    return false;
  };

  test.each([
    ['as it is', `a ${secret} b`],
    ['URL-encoded', `?token=${encodeURIComponent(secret)}&x`],
    ['in base64', Buffer.from(`a:${secret}`).toString('base64')],
    ['in base64 at another place', Buffer.from(`user:${secret}:x`).toString('base64')],
    ['in base64 for URLs', Buffer.from(`ab${secret}`).toString('base64url')],
    ['in base64 over several lines', (Buffer.from(`user:${secret}`).toString('base64').match(/.{1,10}/g) ?? []).join('\n')],
    ['over several lines', secret.replaceAll(/.{7}/g, '$&\n')],
    ['cut off', `Error: ${secret.slice(0, 26)}...`],
    ['cut off at its beginning', `...${secret.slice(8)}`],
  ])('finds a secret %s', (_, text) => {
    expect(found(text)).toBe(true);
  });

  test('finds nothing where there is none, and does not take the frame of a key for one', () => {
    expect(found('-----BEGIN X-----\n********\n-----END X-----')).toBe(false);
  });
});

describe.skipIf(sshdMissing)(`with secrets planted everywhere (${sshdMissing ?? 'sshd, Vault, Slack'})`, () => {
  let scenario: Scenario;
  let services: Services;
  afterEach(async () => {
    await services.stop();
    scenario.remove();
  });

  /** A homelab in which every service repeats in its error what it was sent. */
  async function everySecret(): Promise<void> {
    scenario = new Scenario({ '2026-01-10-web.md': postMortem('2026-01-10', 'Web down', [raise('web', 3, { priority: 'P0' }), raise('dns', 2)]) }, [raising('web', 3), raising('dns', 2)]);
    services = await startServices(scenario);
    const { stage, planted, settings } = scenario;
    const key = join(stage.dir, 'locked');
    makeKey(key, 'ed25519', '-N', PASSPHRASE);
    services.sshd.authorize(readFileSync(`${key}.pub`, 'utf8'));
    planted.add('the key with a passphrase', readFileSync(key, 'utf8'));
    for (const [index, secret] of AGENT_SECRETS.entries()) planted.add(`secret ${index} of the agent`, secret);
    Object.assign(settings, { ssh_key: readFileSync(key, 'utf8'), ssh_passphrase: PASSPHRASE, log_level: 'debug', vault_retries: '1', slack_retries: '1', slack_timeout: '5s' });
    scenario.applyAll();
  }

  /** With the key from Vault. */
  const fromVault: GivenSettings = { ssh_key: null, ssh_passphrase: null };

  /** Says what it was sent, as some gateways do: path, headers, body. */
  function vaultRepeats(status: number): void {
    services.vault.set({
      onRequest: ({ path, token, body }) => {
        const text = JSON.stringify({ errors: [`403 permission denied: ${path} token=${token} ${Buffer.from(token ?? '').toString('base64')} body=${body}`] });
        services.vault.set({ failures: path.endsWith('/login') ? [] : Array(3).fill({ status, body: text }) as { status: number; body: string }[] });
      },
    });
  }

  async function failing(settings: GivenSettings, message: RegExp): Promise<Run> {
    const run = await scenario.run(settings);
    expect(run.code, run.output).toBe(1);
    expect(run.output).toMatch(message);
    return run;
  }

  test('a run that goes well', async () => {
    await everySecret();
    const run = await scenario.run();
    expect(run.outcomes, run.output).toEqual({ 'Raise the replicas of web to 3': 'done', 'Raise the replicas of dns to 2': 'done' });
    expect(services.slackTexts()).toHaveLength(1);
    scenario.expectNothingLeft();
  });

  test.each([400, 403, 404, 500])('Vault answers %i and repeats token, path and body', async (status) => {
    await everySecret();
    vaultRepeats(status);
    await failing(fromVault, /Vault/);
    services.vault.set({ onRequest: () => services.vault.set({ failures: [{ status, body: `<html>${scenario.settings['slack_webhook']}` }] }) });
    await failing({ ...fromVault, vault_token: OWN_TOKEN }, /Vault/);
  });

  test('the login at Vault repeats the service account token, cut in two', async () => {
    await everySecret();
    services.vault.set({ onRequest: ({ body }) => services.vault.set({ failures: Array(3).fill({ status: 400, body: JSON.stringify({ errors: [`${'x'.repeat(200)} ${body}`] }) }) as { status: number; body: string }[] }) });
    await failing(fromVault, /Vault/);
  });

  test('Slack repeats the webhook, in an error, in a redirect, and in a page', async () => {
    await everySecret();
    const { webhookUrl } = services.slack;
    const long = `${'x'.repeat(200)} ${webhookUrl}`;
    for (const failure of [
      { status: 403, body: `no_service ${webhookUrl}` },
      { status: 302, headers: { location: `${webhookUrl}/again` }, body: webhookUrl },
      { status: 400, body: JSON.stringify({ ok: false, error: webhookUrl, response_metadata: { messages: [long, encodeURIComponent(webhookUrl), BOT_TOKEN] } }) },
      { status: 500, body: `<html>${Buffer.from(webhookUrl).toString('base64')}</html>` },
    ]) {
      services.slack.failNext(failure, failure, failure);
      const run = await scenario.run({ slack_notify: 'always' });
      expect(run.code, run.output).toBe(0);
      expect(run.output).toMatch(/warning: .*Slack/);
    }
  });

  test('Slack repeats the bot token', async () => {
    await everySecret();
    const proxied = { slack_webhook: null, slack_token: BOT_TOKEN, slack_channel: 'C0123456789' };
    // It asks the real address, which is not there: the error of the network is what is shown.
    const run = await scenario.run({ ...proxied, slack_retries: '0', slack_timeout: '1s' }, { env: { HTTPS_PROXY: `http://user:${BOT_TOKEN}@127.0.0.1:1` } });
    expect(run.code, run.output).toBe(0);
    expect(run.output).toMatch(/warning: .*Slack/);
  });

  test('the banner of the SSH server, and one that is no SSH server, repeat the key and the passphrase', async () => {
    await everySecret();
    const said = `${readFileSync(join(scenario.stage.dir, 'locked'), 'utf8').replaceAll('\n', ' ')} ${PASSPHRASE}`;
    const server = createServer((socket) => socket.end(`${said}\r\nSSH-2.0-${PASSPHRASE.replaceAll(' ', '')}\r\n${said}\r\n`));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    await failing({ ssh_port: String((server.address() as AddressInfo).port), ssh_known_hosts: null, ssh_fingerprint: services.sshd.fingerprint, ssh_connect_timeout: '5s' }, /127\.0\.0\.1:\d+/);
    await failing({ ssh_passphrase: 'planted-wrong-passphrase-1d2c3b' }, /passphrase/);
    await failing({ ssh_key: readFileSync(join(scenario.stage.dir, 'locked'), 'utf8').slice(0, 200) }, /ssh_key/);
    await failing({ ssh_host: PASSPHRASE, ssh_port: PASSPHRASE, workspace: PASSPHRASE }, /ssh_port/);
  });

  test('the agent prints secrets, in what it says, in its answer, in its errors, and in its last words', async () => {
    await everySecret();
    const said = `${AGENT_SECRETS.join(' ')} ${scenario.settings['ssh_passphrase']} ${scenario.settings['slack_webhook']}`;
    const speaks = (['text', 'stdout', 'stderr'] as const).map((where) => ({ do: where, text: `${said}\n` }) as const);
    const { steps = [], ...rule } = raising('web', 3);
    scenario.claude.setRules([
      { ...rule, steps: [...speaks, ...steps], answer: { status: 'done', summary: said, files: ['stacks/web/main.tf'], reason: said } },
      { when: 'dns', steps: [...speaks, { do: 'read', path: said }], answer: { status: 'cannot', summary: said, files: [said], reason: said } },
    ]);
    const run = await scenario.run();
    expect(run.outcomes, run.output).toEqual({ 'Raise the replicas of web to 3': 'done', 'Raise the replicas of dns to 2': 'needs-review' });
    expect(run.output).toContain('********');
    for (const result of [{ subtype: 'error_during_execution', is_error: true, errors: [said], result: said }, { is_error: true, api_error_status: 401, result: said }]) {
      scenario.claude.setRules([{ when: 'dns', steps: speaks, result, exitCode: 1 }]);
      expect((await scenario.run({ retry: 'true' })).output).toContain('Claude Code');
    }
    // Cut off where its first line of complaint is.
    scenario.claude.setRules([{ when: 'dns', steps: [{ do: 'stderr', text: `${'x'.repeat(270)} ${scenario.settings['ssh_passphrase']} ${said}\n` }, { do: 'exit', code: 3 }] }]);
    expect((await scenario.run({ retry: 'true' })).output).toContain('Claude Code');
    expect(AGENT_SECRETS.filter((secret) => scenario.stage.git('log', '--all', '-p').includes(secret))).toEqual([]);
  });

  test('Terraform prints secrets in its warnings, and its plan is full of them', async () => {
    await everySecret();
    const line = `Warning: ${STACK_SECRET} ${AGENT_SECRETS.join(' ')}`;
    const real = readFileSync(join(scenario.bin, 'terraform'), 'utf8');
    scenario.program('terraform', real.replace('const [command, ...words]', `process.stderr.write(${JSON.stringify(`${line}\n`)});\nconst [command, ...words]`));
    const run = await scenario.run();
    expect(run.outcomes, run.output).toEqual({ 'Raise the replicas of web to 3': 'done', 'Raise the replicas of dns to 2': 'done' });
  });

  // Of a plan's values nothing is shown; of an error what has a known form is masked.
  test.each(['plan', 'show', 'apply'])('Terraform prints secrets in the error of its %s', async (command) => {
    await everySecret();
    const real = readFileSync(join(scenario.bin, 'terraform'), 'utf8');
    const fails = `case '${command}': fail('Invalid value', ${JSON.stringify(AGENT_SECRETS.join(' '))});\n  case 'init': {`;
    scenario.program('terraform', real.replace("case 'init': {", fails));
    const run = await scenario.run();
    expect(run.outcomes['Raise the replicas of web to 3'], run.output).not.toBe('done');
    expect(run.output).toMatch(/Invalid value/);
  });

  test('no process of the dev VM has one among its arguments or in its environment', async () => {
    await everySecret();
    const seen = join(scenario.stage.dir, 'seen');
    for (const name of ['git', 'flock', 'terraform', 'timeout']) {
      const real = name === 'terraform' ? scenario.program('real-terraform', readFileSync(join(scenario.bin, 'terraform'), 'utf8')) : `/usr/bin/${name}`;
      scenario.program(name, `#!/bin/sh\n{ tr '\\0' '\\n' < /proc/$$/cmdline; tr '\\0' '\\n' < /proc/$PPID/cmdline; env; } >> '${seen}'\nexec ${real} "$@"\n`);
    }
    scenario.outputs['arguments and environments on the host'] = () => (existsSync(seen) ? readFileSync(seen, 'utf8') : '');
    const run = await scenario.run(fromVault);
    expect(run.outcomes, run.output).toEqual({ 'Raise the replicas of web to 3': 'done', 'Raise the replicas of dns to 2': 'done' });
    expect(readFileSync(seen, 'utf8')).toContain('worktree');
  });
});

describe('the other actions', () => {
  const secrets = { PLUGIN_SSH_KEY: fakeServiceAccountToken(), PLUGIN_SSH_PASSPHRASE: PASSPHRASE, PLUGIN_VAULT_TOKEN: OWN_TOKEN, PLUGIN_SLACK_TOKEN: BOT_TOKEN, PLUGIN_SLACK_CHANNEL: 'C0123456789', HTTPS_PROXY: 'http://127.0.0.1:1' };

  test.each([
    ['a dry run with everything shown', ['--dry-run', '--log-level', 'debug']],
    ['list', ['list', '--format', 'json']],
    ['lint', ['lint', '--log-level', 'debug']],
    ['digest, with a Slack that is not there', ['digest', '--slack-timeout', '1s', '--slack-retries', '0', '--log-level', 'debug']],
    ['notify, of a secret', ['notify', '--message', 'fixed', '--subject', `the token ${BOT_TOKEN} was out`, '--dry-run']],
    ['health, of a check that prints secrets', ['health', '--health-command', `echo "FAIL ${AGENT_SECRETS[0]} ${PASSPHRASE}"; exit 2`]],
    ['settings that are wrong, with secrets in the wrong places', ['--budget-usd', OWN_TOKEN, '--overdue-days', PASSPHRASE, '--action', BOT_TOKEN]],
    ['a setting that is none', [`--${'vault-tokn'}`, OWN_TOKEN]],
  ])('%s', async (_, words) => {
    const scenario = new Scenario({ '2026-01-10-web.md': postMortem('2026-01-10', `Web down with ${OWN_TOKEN}`, [raise('web', 3, { details: `set the token ${OWN_TOKEN}` })]) }, []);
    onTestFinished(() => scenario.remove());
    const { stdout, stderr } = await plugin(scenario.stage.checkout(), words, { env: secrets });
    const planted = new Planted();
    planted.add('a secret with a known form', AGENT_SECRETS[0] ?? '');
    planted.expectNoneIn({ stdout, stderr });
    expect(stdout).not.toBe('');
  });
});

test('a report file and a page that cannot be written do not say more than that', async () => {
  const scenario = new Scenario({ '2026-01-10-web.md': postMortem('2026-01-10', 'Web down', [raise('web', 3)]) }, [raising('web', 3)]);
  onTestFinished(() => scenario.remove());
  writeFileSync(join(scenario.stage.dir, 'a-file'), '');
  scenario.applyAll();
  const run = await scenario.run({ report_file: join(scenario.stage.dir, 'a-file', OWN_TOKEN), vault_token: OWN_TOKEN });
  expect(run.output).toMatch(/report_file/);
});

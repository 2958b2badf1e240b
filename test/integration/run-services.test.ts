import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { StandInStep } from '../fakes/claude-stand-in.ts';
import { LOCALHOST_CERTIFICATE } from '../fakes/certificates.ts';
import { DOCS as DOCS_SUBJECT, fixOf, postMortem, raise, raising, RENAMING } from '../support/homelab.ts';
import type { Row } from '../support/homelab.ts';
import { Scenario, terraformMissing } from '../support/scenario.ts';
import type { Run } from '../support/scenario.ts';
import { startServices } from '../support/services.ts';
import type { Services } from '../support/services.ts';
import { sshdMissing } from '../support/sshd.ts';

const WEB_TODO = raise('web', 3, { priority: 'P0', details: 'One replica is **none**.' });
const WEB: readonly Row[] = [
  WEB_TODO,
  raise('vault', 2),
  { action: 'Buy a second `server` \\| soon', type: 'Architecture' },
];
const DNS: readonly Row[] = [raise('dns', 2, { type: 'Monitor' }), { action: 'Rename the zone', priority: 'P2' }];
const SERVICES = sshdMissing ?? 'sshd, Vault, Slack';

describe.skipIf(sshdMissing).each(['terraform', 'stand-in'] as const)(`a pipeline in the cluster (${SERVICES}), with %s`, (kind) => {
  describe.skipIf(kind === 'terraform' && terraformMissing)(terraformMissing ?? 'two post-mortems in one run', () => {
    let scenario: Scenario;
    let services: Services;
    let run: Run;
    beforeAll(async () => {
      const web = { '2026-01-10-web.md': postMortem('2026-01-10', 'Web down', WEB) };
      const dns = { '2026-02-20-dns.md': postMortem('2026-02-20', 'DNS slow', DNS) };
      scenario = new Scenario({ ...web, ...dns }, [raising('web', 3), raising('vault', 2), raising('dns', 2), RENAMING], kind);
      services = await startServices(scenario);
      scenario.applyAll();
      run = await scenario.run();
    });
    afterAll(async () => {
      await services.stop();
      scenario.remove();
    });

    test('decides on every TODO, and says how each ended', () => {
      expect(run.code, run.output).toBe(0);
      expect(run.outcomes).toEqual({
        'Raise the replicas of web to 3': 'done',
        'Raise the replicas of vault to 2': 'needs-review',
        'Raise the replicas of dns to 2': 'done',
        'Rename the zone': 'needs-review',
      });
      expect(run.report?.awaiting.map(({ action }) => action)).toEqual(['Buy a second server | soon']);
      expect(run.report).toMatchObject({ status: 'completed', cost_usd: 0.4, error: null, notices: [] });
      expect(run.report?.counts).toEqual({ done: 2, needs_review: 2, failed: 0, deferred: 0, awaiting: 1 });
    });

    test('changes what is live exactly where it was allowed to', () => {
      expect(['web', 'dns', 'vault'].map((stack) => scenario.replicas(stack))).toEqual(['3', '2', '1']);
      expect(scenario.stage.read('stacks/web/main.tf')).toContain('replicas = 3');
      expect(scenario.stage.read('stacks/vault/main.tf')).toContain('replicas = 1');
      expect(scenario.stage.read('stacks/dns/main.tf')).toContain('"dns.example"');
    });

    test('pushes a commit a TODO and one for the documents, each with trailers and the skip tag', () => {
      const messages = scenario.stage.git('log', '--reverse', '--format=%B%x00', 'main').split('\0').slice(1);
      const [first = '', second = '', docs = '', ...more] = messages.map((message) => message.trim());
      expect(first.replace(/(?<=-web\.md#)[0-9a-f]{12}/, 'HASH')).toBe(
        [
          'fix(post-mortem): raise the replicas of web to 3 [PM-2026-01-10]',
          '',
          'stacks/web: 1 to change: terraform_data.web (update)',
          '',
          '[ci skip]',
          '',
          'Post-Mortem: docs/post-mortems/2026-01-10-web.md',
          'Post-Mortem-Todo: docs/post-mortems/2026-01-10-web.md#HASH',
          'Co-Authored-By: postmortem-todo-resolver <postmortem-todo-resolver@localhost>',
        ].join('\n'),
      );
      expect(second).toMatch(/^fix\(post-mortem\): raise the replicas of dns to 2 \[PM-2026-02-20\]\n[^]*\[ci skip\]/);
      expect(docs).toBe(
        [
          'docs: update post-mortem follow-up [PM-2026-01-10] [PM-2026-02-20] [ci skip]',
          '',
          'Post-Mortem: docs/post-mortems/2026-01-10-web.md',
          'Post-Mortem: docs/post-mortems/2026-02-20-dns.md',
        ].join('\n'),
      );
      expect(more).toEqual(['']);
      const who = scenario.stage.git('log', '-3', '--format=%an <%ae>%n%cn <%ce>', 'main').trim().split('\n');
      expect([...new Set(who)]).toEqual(['postmortem-todo-resolver <postmortem-todo-resolver@localhost>']);
    });

    test('changes the documents in the cells and rows it must and nowhere else', () => {
      const [web = '', dns = ''] = scenario.stage.git('log', '--reverse', '--format=%H', 'main').split('\n').slice(1);
      const link = (id: string) => `[\`${id.slice(0, 8)}\`](https://git.example.com/home/infra/commit/${id})`;
      const refused = (todo: string, reason: string) => `| — | ${todo} | — | Needs human review: ${reason} <!-- todo:HASH --> |`;
      const today = run.report?.started_at.slice(0, 10);
      const read = (name: string) => scenario.stage.read(`docs/post-mortems/${name}`).replaceAll(/todo:[0-9a-f]{12}/g, 'todo:HASH');
      expect(read('2026-01-10-web.md')).toBe(
        postMortem('2026-01-10', 'Web down', [{ ...WEB_TODO, status: 'Done' }, ...WEB.slice(1)], [
          `| ${today} | Raise the replicas of web to 3 | P0 | Config | ${link(web)} | postmortem-todo-resolver |`,
          refused('Raise the replicas of vault to 2 | P1 | Config', 'stacks/vault/main.tf: is protected (stacks/vault/\\*\\*)'),
          refused('Buy a second `server` \\| soon | P1 | Architecture', 'type Architecture is not one of Alert, Config, Monitor'),
        ]),
      );
      expect(read('2026-02-20-dns.md')).toBe(
        postMortem('2026-02-20', 'DNS slow', [{ ...raise('dns', 2, { type: 'Monitor' }), status: 'Done' }, ...DNS.slice(1)], [
          `| ${today} | Raise the replicas of dns to 2 | P1 | Monitor | ${link(dns)} | postmortem-todo-resolver |`,
          refused('Rename the zone | P2 | Config', 'plan of stacks/dns: terraform_data.dns: would be destroyed and created anew'),
        ]),
      );
    });

    test('shows the agent at work, one readable line a step', () => {
      const steps = run.output.split('\n').filter((line) => line.startsWith('  agent '));
      expect(steps.slice(0, 5)).toEqual([
        '  agent is Claude Code stand-in with stand-in',
        '  agent reads stacks/web/main.tf',
        '  agent edits stacks/web/main.tf',
        '  agent answers',
        '  agent says: Set replicas of web to 3.',
      ]);
      expect(run.output).toContain('Post-mortem TODOs: 2 done, 2 for human review ($0.40, ');
    });

    test('tells Slack once, with titles, links, reasons and the cost', () => {
      const [message = '', ...more] = services.slackTexts();
      expect(more).toEqual([]);
      for (const { action, commit } of run.report?.outcomes ?? []) {
        expect(message).toContain(action);
        if (commit) expect(message).toContain(`<https://git.example.com/home/infra/commit/${commit.id}|${commit.id.slice(0, 8)}>`);
      }
      expect(message).toContain('Post-mortem TODOs: 2 done, 2 for human review');
      expect(message).toContain('|Post-Mortem: Web down>');
      expect(message).toContain('is protected (stacks/vault/');
      expect(message).toContain('$0.40');
      expect(message).toContain('https://ci.example.com/repos/1/pipeline/1');
    });

    test('revokes its Vault token and leaves nothing on the dev VM', () => {
      expect([...services.vault.tokens.values()]).toEqual(['revoked']);
      scenario.expectNothingLeft();
    });
  });
});

describe.skipIf(sshdMissing)(`whatever happens (${SERVICES})`, () => {
  let scenario: Scenario;
  let services: Services;
  beforeAll(async () => {
    const todos = [raise('web', 3, { priority: 'P0' }), raise('dns', 2)];
    scenario = new Scenario({ '2026-01-10-web.md': postMortem('2026-01-10', 'Web down', todos) }, []);
    services = await startServices(scenario);
    scenario.applyAll();
  });
  afterAll(async () => {
    await services.stop();
    scenario.remove();
  });

  test('a field that is not in the secret: the message names those that are, and the token is revoked', async () => {
    const run = await scenario.run({ vault_field: 'ssh_kye' });
    expect(run.code).toBe(1);
    expect(run.report?.error?.message).toMatch(/ssh_kye/);
    expect(run.report?.error?.message + (run.report?.error?.remedy ?? '')).toMatch(/devvm_ssh_key.*other/);
    expect([...services.vault.tokens.values()]).not.toContain('live');
    expect(services.slackTexts().at(-1)).toContain('Post-mortem run failed');
  });

  test('a host that refuses the connection: the token is revoked', async () => {
    const run = await scenario.run({ ssh_port: '1' });
    expect(run.code).toBe(1);
    expect(run.report?.error?.message).toMatch(/127\.0\.0\.1:1 refuses/);
    expect([...services.vault.tokens.values()]).not.toContain('live');
  });

  test('a failure in the middle of the work: the token is revoked, nothing stays behind', async () => {
    const run = await scenario.run({ claude_path: '/nowhere/claude' });
    expect(run.code).toBe(1);
    expect(run.report?.error?.message).toContain('Claude Code cannot be started');
    expect([...services.vault.tokens.values()]).not.toContain('live');
    scenario.expectNothingLeft();
  });

  test('SIGTERM while Vault does not answer: the run ends at once and leaves no live token', async () => {
    services.vault.set({ hangs: /login$/ });
    const asked = services.vault.requests.length;
    const running = scenario.start({ vault_timeout: '1h' });
    await vi.waitFor(() => expect(services.vault.requests.length).toBeGreaterThan(asked), { timeout: 30_000 });
    const askedAt = performance.now();
    running.kill('SIGTERM');
    const run = await running.ended;
    services.vault.set({ hangs: null });
    expect(performance.now() - askedAt).toBeLessThan(20_000);
    expect(run.code, run.output).toBe(143);
    expect(services.slackTexts().at(-1)).toContain('Post-mortem run cancelled');
    expect([...services.vault.tokens.values()]).not.toContain('live');
  });

  test('SIGTERM while the agent works: what was applied is pushed, Slack is told, lock and token are given back, within 20 s', async () => {
    scenario.claude.setRules([raising('web', 3), { when: 'dns', steps: [{ do: 'hang', deaf: true }] }]);
    const calls = scenario.claude.calls().length;
    const running = scenario.start();
    await vi.waitFor(() => expect(scenario.claude.calls()).toHaveLength(calls + 2), { timeout: 30_000 });
    const askedAt = performance.now();
    running.kill('SIGTERM');
    const run = await running.ended;
    expect(performance.now() - askedAt).toBeLessThan(20_000);
    expect(run.code, run.output).toBe(143);
    expect(run.outcomes).toEqual({ 'Raise the replicas of web to 3': 'done', 'Raise the replicas of dns to 2': 'deferred' });
    expect(run.report?.status).toBe('cancelled');
    expect(scenario.subjects().slice(-2)).toEqual([fixOf('web', 3), DOCS_SUBJECT]);
    expect(scenario.replicas('web')).toBe('3');
    expect(services.slackTexts().at(-1)).toContain('Post-mortem run cancelled: 1 done, 1 deferred');
    expect([...services.vault.tokens.values()]).not.toContain('live');
    scenario.expectNothingLeft();
  });
});

describe.skipIf(sshdMissing)(`other ways in (${SERVICES})`, () => {
  let scenario: Scenario;
  let services: Services;
  beforeEach(() => {
    scenario = new Scenario({ '2026-01-10-web.md': postMortem('2026-01-10', 'Web down', [raise('web', 3)]) }, [raising('web', 3)]);
  });
  afterEach(async () => {
    await services.stop();
    scenario.remove();
  });

  test('Vault with a certificate of its own and KV 1, a fingerprint, the second of two hosts; log_level: debug shows no secret', async () => {
    services = await startServices(scenario, { vault: { tls: LOCALHOST_CERTIFICATE, kv: 1 } });
    scenario.planted.add('what the agent prints', 'planted-said-by-the-agent-33d1');
    const said = 'planted-said-by-the-agent-33d1';
    const { steps = [], ...rule } = raising('web', 3);
    const says = (['text', 'stdout', 'stderr'] as const).map((where): StandInStep => ({ do: where, text: `${said}\n` }));
    scenario.claude.setRules([{ ...rule, steps: [...says, ...steps] }]);
    scenario.applyAll();
    const run = await scenario.run({
      vault_ca_cert: services.vault.caPem ?? '',
      ssh_host: `127.0.0.1:1,127.0.0.1:${services.sshd.port}`,
      ssh_known_hosts: null,
      ssh_fingerprint: services.sshd.fingerprint,
      log_level: 'debug',
    });
    expect(run.outcomes, run.output).toEqual({ 'Raise the replicas of web to 3': 'done' });
    expect(run.output).toContain('127.0.0.1:1 refuses the connection');
    expect(run.output).toContain('"action": "Raise the replicas of web to 3"');
    expect([...services.vault.tokens.values()]).toEqual(['revoked']);
    scenario.expectNothingLeft();
  });

  test('the key from a setting: Vault is not asked', async () => {
    services = await startServices(scenario);
    scenario.applyAll();
    const run = await scenario.run({ vault_addr: null, vault_role: null, ssh_key: services.sshd.clientKey.trim().replaceAll('\n', '\\n') });
    expect(run.outcomes, run.output).toEqual({ 'Raise the replicas of web to 3': 'done' });
    expect(services.vault.requests).toHaveLength(0);
  });

  test.each([
    ['fails', Array(10).fill({ status: 500 }) as { status: number }[], '^warning: .*Slack'],
    ['asks to wait', [{ status: 429, headers: { 'retry-after': '1' } }], 'Told Slack'],
  ])('Slack %s: the run goes on, and says so', async (_, failures, said) => {
    services = await startServices(scenario);
    services.slack.failNext(...failures);
    scenario.applyAll();
    const run = await scenario.run({ slack_retries: '1' });
    expect(run.code, run.output).toBe(0);
    expect(run.outcomes).toEqual({ 'Raise the replicas of web to 3': 'done' });
    expect(run.output).toMatch(new RegExp(said, 'm'));
  });
});

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startFakeSlack } from '../fakes/slack.ts';
import type { FakeSlack } from '../fakes/slack.ts';
import { fakeServiceAccountToken, startFakeVault } from '../fakes/vault.ts';
import type { FakeVault, FakeVaultOptions } from '../fakes/vault.ts';
import type { Scenario } from './scenario.ts';
import { startSshd } from './sshd.ts';
import type { Sshd } from './sshd.ts';

/** What a pipeline in the cluster talks to: Vault with a Kubernetes login, the dev VM behind a real sshd, Slack. */
export interface Services {
  readonly vault: FakeVault;
  readonly slack: FakeSlack;
  readonly sshd: Sshd;
  /** Text of every Slack message so far: fallback and blocks. */
  slackTexts(): string[];
  stop(): Promise<void>;
}

/** Starts them and sets the scenario's runs on them; everything secret in there is planted. */
export async function startServices(
  scenario: Scenario,
  options: { readonly vault?: Pick<FakeVaultOptions, 'tls'> & { readonly kv?: 1 | 2 } } = {},
): Promise<Services> {
  const { stage, planted } = scenario;
  const commands = join(stage.dir, 'remote-commands');
  const sshd = await startSshd({ env: scenario.machine, config: [`ForceCommand ${recorder(stage.dir, commands)}`] });
  const { kv = 2, ...given } = options.vault ?? {};
  const secret = { devvm_ssh_key: sshd.clientKey, other: 'planted-beside-the-key-71c0' };
  const vault = await startFakeVault({ ...given, mounts: { 'secret/': { version: kv, secrets: { 'ci/infra': secret } } } });
  const slack = await startFakeSlack({ webhook: 'T000/B000/plantedwebhooksecret1' });
  const jwt = fakeServiceAccountToken();
  mkdirSync(join(stage.dir, 'pod'));
  writeFileSync(join(stage.dir, 'pod/token'), jwt);
  planted.add('the SSH key', sshd.clientKey);
  planted.add('another field of the secret', 'planted-beside-the-key-71c0');
  planted.add('the webhook', 'T000/B000/plantedwebhooksecret1');
  for (const part of jwt.split('.')) planted.add('the service account token', part);
  planted.addLater('the Vault token', () => vault.tokens.keys());
  const slackTexts = () => slack.messages.map((message) => JSON.stringify(message));
  scenario.outputs['command lines on the host'] = () => (existsSync(commands) ? readFileSync(commands, 'utf8') : '');
  scenario.outputs['Slack'] = () => slackTexts().join('\n');
  Object.assign(scenario.settings, {
    runner: 'ssh',
    vault_addr: vault.url,
    vault_role: 'postmortem',
    vault_jwt_path: join(stage.dir, 'pod/token'),
    ssh_host: '127.0.0.1',
    ssh_port: String(sshd.port),
    ssh_username: sshd.user,
    ssh_known_hosts: sshd.knownHostsLine,
    slack_webhook: slack.webhookUrl,
  });
  return {
    vault,
    slack,
    sshd,
    slackTexts,
    async stop() {
      await Promise.all([sshd.stop(), vault.stop(), slack.stop()]);
    },
  };
}

/** A forced command that keeps every command line it is given and runs it as sshd would. */
function recorder(dir: string, file: string): string {
  const path = join(dir, 'record-command');
  writeFileSync(path, `#!/bin/sh\nprintf '%s\\n' "$SSH_ORIGINAL_COMMAND" >> '${file}'\nexec "$SHELL" -c "$SSH_ORIGINAL_COMMAND"\n`, { mode: 0o755 });
  return path;
}

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { installStandIn } from '../../test/fakes/claude-stand-in.ts';
import { startFakeSlack } from '../../test/fakes/slack.ts';
import { examplePlans, installTerraformStandIn } from '../../test/fakes/terraform-stand-in.ts';
import { fakeServiceAccountToken, startFakeVault } from '../../test/fakes/vault.ts';
import { applyAll, EXAMPLE_RULES, git, makeStage, runPlugin, seedExample } from '../../test/support/stage.ts';
import type { Stage } from '../../test/support/stage.ts';
import { startSshServer } from './ssh-server.ts';

/**
 * `npm run demo`: the main job on an embedded stage. Real here: the built plugin, git, SSH, the gates, and Terraform where it is
 * installed. Stand-ins, in this process: Vault, Slack, the dev VM's SSH server; and Claude Code, unless `--claude` is given.
 */

const project = resolve(dirname(process.argv[1] ?? '.'), '..');
const JWT_ROLE = 'ci';

async function main(): Promise<number> {
  const realClaude = process.argv.includes('--claude');
  if (realClaude && !process.env['ANTHROPIC_API_KEY'] && !process.env['CLAUDE_CODE_OAUTH_TOKEN']) {
    console.error('--claude uses the real Claude Code and needs a key: set ANTHROPIC_API_KEY (or CLAUDE_CODE_OAUTH_TOKEN) and start again.');
    return 1;
  }
  const dir = mkdtempSync(join(tmpdir(), 'postmortem-demo-'));
  try {
    return await play(dir, realClaude);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function play(dir: string, realClaude: boolean): Promise<number> {
  const bin = join(dir, 'bin');
  mkdirSync(bin, { recursive: true });
  const stage = makeStage(dir, seedExample(join(project, 'examples')));
  const terraform = useTerraform(bin);
  if (!realClaude) installStandIn(bin, EXAMPLE_RULES, join(project, 'test/fakes/claude-stand-in'));
  const onHost = { HOME: stage.home, PATH: `${bin}:${process.env['PATH'] ?? ''}`, ...(realClaude ? credentials() : {}) };
  applyAll(stage, onHost);

  title('The stage');
  console.log(`A homelab's repository with ${countTodos(stage)} open TODOs in two post-mortems, its remote, and "dev VM", all in ${dir}.
  Claude Code  ${realClaude ? 'the real one, with the key from your environment' : 'a scripted stand-in (it edits what its script says; npm run demo -- --claude uses the real one)'}
  Terraform    ${terraform}
  Vault, Slack stand-ins that speak the real protocols, in this process
  the rest     real: the built plugin, git, SSH, the gates`);

  const ssh = await startSshServer(onHost);
  const vault = await startFakeVault({ role: JWT_ROLE, mounts: { 'secret/': { version: 2, secrets: { 'ci/infra': { devvm_ssh_key: ssh.clientKey } } } } });
  const slack = await startFakeSlack();
  const jwt = join(dir, 'service-account-token');
  writeFileSync(jwt, fakeServiceAccountToken());
  try {
    title('The run, as Woodpecker starts it');
    const ended = await runPlugin(join(project, 'dist/postmortem-plugin.cjs'), {
      cwd: stage.checkout(),
      env: {
        PATH: process.env['PATH'] ?? '',
        CI: 'woodpecker',
        CI_REPO: 'home/infra',
        CI_REPO_URL: 'https://git.home.example/home/infra',
        CI_FORGE_TYPE: 'forgejo',
        CI_COMMIT_BRANCH: 'main',
        CI_PIPELINE_NUMBER: '128',
        CI_PIPELINE_URL: 'https://ci.home.example/repos/7/pipeline/128',
        PLUGIN_VAULT_ADDR: vault.url,
        PLUGIN_VAULT_ROLE: JWT_ROLE,
        PLUGIN_VAULT_JWT_PATH: jwt,
        PLUGIN_SSH_HOST: '127.0.0.1',
        PLUGIN_SSH_PORT: String(ssh.port),
        PLUGIN_SSH_USERNAME: 'infra',
        PLUGIN_SSH_KNOWN_HOSTS: ssh.knownHostsLine,
        PLUGIN_SLACK_WEBHOOK: slack.webhookUrl,
      },
      onOutput: (text) => process.stdout.write(text),
    });
    title('What it left: git log of the remote');
    console.log(stage.git('log', '--reverse', '--format=%C(auto)%h %an%n    %s', 'main').trimEnd());
    title('What it left: the post-mortems');
    console.log(git(stage.dir, '-C', stage.remote, 'diff', '--unified=0', firstCommit(stage), 'main', '--', 'docs').replaceAll(/^(?:diff|index|@@).*\n/gm, '').trimEnd());
    title('What it left: the Slack message');
    for (const message of slack.messages) showSlack(message);
    console.log(`\nVault: ${[...vault.tokens.values()].every((state) => state === 'revoked') ? 'the token of the run is revoked' : 'a token was left alive'}.`);
    if (ended.code !== 0) console.error(`\nThe run ended with code ${ended.code}.`);
    else console.log('\nNext: README.md has the pipeline and the set-up; try it on your own repository with\n  node dist/postmortem-plugin.cjs list "docs/post-mortems/*.md"');
    return ended.code ?? 1;
  } finally {
    ssh.stop();
    await Promise.all([vault.stop(), slack.stop()]);
  }
}

function title(text: string): void {
  console.log(`\n\u001b[1m${text}\u001b[0m\n${'='.repeat(text.length)}`);
}

/** The real Terraform when it is there, else recorded plans. */
function useTerraform(bin: string): string {
  try {
    const found = execFileSync('sh', ['-c', 'command -v terraform'], { encoding: 'utf8' }).trim();
    execFileSync(found, ['version'], { stdio: 'ignore' });
    symlinkSync(found, join(bin, 'terraform'));
    return `the installed one (${found}); its resources are only data`;
  } catch {
    installTerraformStandIn(bin, examplePlans(join(project, 'examples/demo/plans')), join(project, 'test/fakes/terraform-stand-in'));
    return 'not installed: plans recorded with the real one, nothing is applied';
  }
}

function credentials(): Record<string, string> {
  const names = ['ANTHROPIC_API_KEY', 'ANTHROPIC_BASE_URL', 'CLAUDE_CODE_OAUTH_TOKEN', 'HTTPS_PROXY', 'NO_PROXY'];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name] ?? '']] : [])));
}

function countTodos(stage: Stage): number {
  return stage.git('grep', '-c', '| TODO |', 'main', '--', 'docs').trim().split('\n').reduce((sum, line) => sum + Number(line.split(':').at(-1)), 0);
}

function firstCommit(stage: Stage): string {
  return stage.git('rev-list', '--max-parents=0', 'main').trim();
}

interface Block {
  readonly type: string;
  readonly text?: { readonly text: string };
  readonly elements?: readonly { readonly text?: string | { readonly text: string }; readonly url?: string }[];
}

/** A Slack message as text, block by block. */
function showSlack(message: { readonly text: string; readonly blocks: readonly unknown[] }): void {
  for (const block of message.blocks as readonly Block[]) {
    const elements = (block.elements ?? []).map((one) => (typeof one.text === 'string' ? one.text : `[ ${one.text?.text ?? ''} ] ${one.url ?? ''}`));
    const lines = [...(block.text ? [block.text.text] : []), ...elements].join('   ').split('\n');
    for (const line of lines) console.log(`  | ${block.type === 'header' ? line.toUpperCase() : line}`);
    console.log('  |');
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);

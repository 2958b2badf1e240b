import { spawn } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { startFakeSlack } from '../test/fakes/slack.ts';
import { fakeServiceAccountToken, startFakeVault } from '../test/fakes/vault.ts';
import { postMortem, raise, STACKS, stackText } from '../test/support/homelab.ts';
import { sshdMissing, startSshd } from '../test/support/sshd.ts';
import type { Sshd } from '../test/support/sshd.ts';
import { git, makeStage } from '../test/support/stage.ts';
import type { Stage } from '../test/support/stage.ts';
import { warmedCache } from './cache.ts';
import { median } from './median.ts';
import type { BenchRow } from './ssh.ts';

const WHAT = 'the whole pipeline, three TODOs of one post-mortem / the same job as a shell pipeline (curl, jq, openssh, python)';
const ROUNDS = 5;
const DOCUMENT = 'docs/post-mortems/2026-01-10-web.md';
const TODOS = ['dns', 'mail', 'web'].map((stack) => raise(stack, 3));

/** A side of the comparison: what is started in a fresh checkout. */
interface Side {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * The main job from start to exit against Vault and Slack in this process, a real sshd and a real git remote on this machine, with agent and
 * Terraform played by shell scripts that cost both sides the same and next to nothing. Run from the root of the repository.
 */
export async function benchPipeline(): Promise<BenchRow[]> {
  if (sshdMissing !== null) return [{ what: WHAT, skipped: sshdMissing }];
  const dir = mkdtempSync(join(tmpdir(), 'postmortem-bench-pipeline-'));
  const stage = makeStage(dir, seed);
  const machine = { HOME: stage.home, PATH: `${standIns(dir)}:/usr/bin:/bin` };
  const sshd = await startSshd({ env: machine });
  const vault = await startFakeVault({ mounts: { 'secret/': { version: 2, secrets: { 'ci/infra': { devvm_ssh_key: sshd.clientKey } } } } });
  const slack = await startFakeSlack();
  try {
    const jwtFile = join(dir, 'token');
    writeFileSync(jwtFile, fakeServiceAccountToken());
    const services = { vault: vault.url, slack: slack.webhookUrl, jwtFile };
    const sides = [plugin(stage, sshd, services), shell(stage, sshd, services)] as const;
    const run = await rounds(stage, sides, () => slack.messages.length);
    const [ours = [], theirs = []] = run;
    const ratio = median(ours.map((time, round) => time / (theirs[round] ?? Number.NaN)));
    return [{ what: WHAT, ours: median(ours), theirs: median(theirs), unit: 'ms', ratio, target: 0.6 }];
  } finally {
    await Promise.all([sshd.stop(), vault.stop(), slack.stop()]);
    rmSync(dir, { recursive: true, force: true });
  }
}

function seed(folder: string): void {
  cpSync('examples/.gitignore', join(folder, '.gitignore'));
  const files = { [DOCUMENT]: postMortem('2026-01-10', 'Web down', TODOS), ...Object.fromEntries(STACKS.map((name) => [`stacks/${name}/main.tf`, stackText(name)])) };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** A folder for the PATH of the host. */
function standIns(dir: string): string {
  const bin = join(dir, 'bin');
  mkdirSync(bin);
  for (const name of ['claude', 'terraform']) {
    copyFileSync(join('bench/pipeline', name), join(bin, name));
    chmodSync(join(bin, name), 0o755);
  }
  return bin;
}

interface Services {
  readonly vault: string;
  readonly slack: string;
  readonly jwtFile: string;
}

function plugin(stage: Stage, sshd: Sshd, { vault, slack, jwtFile }: Services): Side {
  const bundle = resolve(process.env['POSTMORTEM_BUNDLE'] ?? 'dist/postmortem-plugin.cjs');
  const settings = {
    vault_addr: vault,
    vault_role: 'postmortem',
    vault_jwt_path: jwtFile,
    ssh_host: '127.0.0.1',
    ssh_port: String(sshd.port),
    ssh_username: sshd.user,
    ssh_known_hosts: sshd.knownHostsLine,
    slack_webhook: slack,
    workspace: stage.workspace,
    plan_command: 'terraform plan -input=false -out={plan}',
    show_command: 'terraform show -json {plan}',
    apply_command: 'terraform apply -input=false {plan}',
  };
  const env = Object.fromEntries(Object.entries(settings).map(([name, value]) => [`PLUGIN_${name.toUpperCase()}`, value]));
  return { name: 'the plugin', command: [process.execPath, bundle], env: { ...env, CI_COMMIT_BRANCH: 'main', NODE_COMPILE_CACHE: warmedCache(stage.dir, bundle) } };
}

function shell(stage: Stage, sshd: Sshd, { vault, slack, jwtFile }: Services): Side {
  const env = {
    VAULT_ADDR: vault,
    VAULT_ROLE: 'postmortem',
    JWT_FILE: jwtFile,
    SSH_HOST: '127.0.0.1',
    SSH_PORT: String(sshd.port),
    SSH_USER: sshd.user,
    KNOWN_HOSTS: sshd.knownHostsLine,
    WORKSPACE: stage.workspace,
    BRANCH: 'main',
    SLACK_WEBHOOK: slack,
  };
  return { name: 'the shell pipeline', command: ['bash', resolve('bench/pipeline/shell.sh')], env };
}

/** Times of every side in milliseconds, taken in turns; the first round only warms up. */
async function rounds(stage: Stage, sides: readonly Side[], messages: () => number): Promise<number[][]> {
  const times = sides.map((): number[] => []);
  const start = stage.git('rev-parse', 'main').trim();
  const checkout = stage.checkout();
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [index, side] of sides.entries()) {
      const told = messages();
      const time = await timed(side, checkout);
      check(stage, side, messages() - told);
      if (round > 0) times[index]?.push(time);
      reset(stage, start);
    }
  }
  return times;
}

function timed(side: Side, cwd: string): Promise<number> {
  const [program, ...words] = side.command;
  const startedAt = performance.now();
  const child = spawn(program, words, { cwd, env: { PATH: '/usr/bin:/bin', HOME: cwd, ...side.env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  return new Promise((done, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) done(performance.now() - startedAt);
      else reject(new Error(`${side.name} ended with ${code}:\n${output}`));
    });
  });
}

/** A comparison means something only when both did the job. */
function check(stage: Stage, side: Side, messages: number): void {
  const subjects = stage.git('log', '--format=%s', '-4', 'main').trim().split('\n').map((line) => line.split(':')[0]);
  const done = stage.read(DOCUMENT).match(/\| Done \|$/gm)?.length;
  const raised = TODOS.length === ['dns', 'mail', 'web'].filter((stack) => stage.read(`stacks/${stack}/main.tf`).includes('replicas = 3')).length;
  const fixes = subjects.filter((subject) => subject === 'fix(post-mortem)').length;
  if (done !== TODOS.length || fixes !== TODOS.length || subjects[0] !== 'docs' || !raised || messages !== 1) {
    throw new Error(`${side.name} did not do its job: ${JSON.stringify({ done, subjects, raised, messages })}`);
  }
}

/** Everything as before the run. */
function reset(stage: Stage, commit: string): void {
  stage.git('update-ref', 'refs/heads/main', commit);
  git(stage.workspace, 'update-ref', 'refs/remotes/origin/main', commit);
  for (const left of [join(stage.home, 'state'), `${stage.workspace}.post-mortem`, `${stage.workspace}.shell`]) rmSync(left, { recursive: true, force: true });
  git(stage.workspace, 'worktree', 'prune');
}

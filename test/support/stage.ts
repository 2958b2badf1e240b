import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { StandInRule } from '../fakes/claude-stand-in.ts';

/**
 * The stage of a run in a temp folder: a bare remote, the workspace on "the dev VM" (a folder here), a shallow checkout as Woodpecker
 * makes it. For the integration tests and the demo: no vitest here.
 */
export interface Stage {
  readonly dir: string;
  readonly remote: string;
  readonly home: string;
  readonly workspace: string;
  /** Makes a fresh shallow checkout of the remote, as each pipeline gets one. */
  checkout(): string;
  /** Commits files to the remote from a clone of its own, as a colleague would. `null` removes a file. */
  push(files: Readonly<Record<string, string | null>>, message: string): string;
  /** git in the bare remote. */
  git(...words: string[]): string;
  /** A file on the remote's branch. */
  read(path: string): string;
}

const IDENTITY = { GIT_AUTHOR_NAME: 'Colleague', GIT_AUTHOR_EMAIL: 'colleague@example.com', GIT_COMMITTER_NAME: 'Colleague', GIT_COMMITTER_EMAIL: 'colleague@example.com' };

/** git without the configuration of whoever runs this. */
export function git(cwd: string, ...words: string[]): string {
  const env = { ...process.env, ...IDENTITY, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
  return execFileSync('git', words, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1e8 });
}

/**
 * @param dir an empty folder
 * @param seed copies what the repository begins with into a folder
 */
export function makeStage(dir: string, seed: (folder: string) => void, branch = 'main'): Stage {
  const remote = join(dir, 'remote.git');
  const home = join(dir, 'home');
  const workspace = join(home, 'code', 'infra');
  mkdirSync(join(home, 'code'), { recursive: true });
  git(dir, 'init', '--quiet', '--bare', `--initial-branch=${branch}`, remote);
  const colleague = join(dir, 'colleague');
  git(dir, 'init', '--quiet', `--initial-branch=${branch}`, colleague);
  seed(colleague);
  git(colleague, 'add', '--all');
  git(colleague, 'commit', '--quiet', '-m', 'Infrastructure and post-mortems');
  git(colleague, 'remote', 'add', 'origin', remote);
  git(colleague, 'push', '--quiet', 'origin', branch);
  git(dir, 'clone', '--quiet', remote, workspace);
  let checkouts = 0;
  return {
    dir,
    remote,
    home,
    workspace,
    checkout() {
      checkouts += 1;
      const folder = join(dir, `checkout-${checkouts}`);
      git(dir, 'clone', '--quiet', '--depth', '1', `file://${remote}`, folder);
      return folder;
    },
    push(files, message) {
      git(colleague, 'fetch', '--quiet', 'origin');
      git(colleague, 'reset', '--quiet', '--hard', `origin/${branch}`);
      for (const [path, content] of Object.entries(files)) {
        if (content === null) rmSync(join(colleague, path));
        else {
          mkdirSync(dirname(join(colleague, path)), { recursive: true });
          writeFileSync(join(colleague, path), content);
        }
      }
      git(colleague, 'add', '--all');
      git(colleague, 'commit', '--quiet', '-m', message);
      git(colleague, 'push', '--quiet', 'origin', branch);
      return git(colleague, 'rev-parse', 'HEAD').trim();
    },
    git: (...words) => git(remote, ...words),
    read: (path) => git(remote, 'show', `${branch}:${path}`),
  };
}

/** Copies the example repository of `examples/`. */
export function seedExample(examples: string): (folder: string) => void {
  return (folder) => {
    for (const entry of ['.gitignore', '.claude', '.woodpecker', 'docs', 'scripts', 'stacks']) {
      if (existsSync(join(examples, entry))) cpSync(join(examples, entry), join(folder, entry), { recursive: true });
    }
  };
}

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Runs the built bundle as Woodpecker does: no arguments, settings in the environment, output merged. */
export function runPlugin(
  bundle: string,
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>>; readonly onOutput?: (text: string, kill: (signal: NodeJS.Signals) => void) => void },
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [bundle], { cwd: options.cwd, env: options.env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const take = (chunk: Buffer) => {
      output += chunk.toString('utf8');
      options.onOutput?.(chunk.toString('utf8'), (signal) => child.kill(signal));
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}

/** What the stand-in for Claude Code does for the TODOs of the example repository. */
export const EXAMPLE_RULES: readonly StandInRule[] = [
  {
    when: 'Raise the cache of the resolver',
    steps: [
      { do: 'read', path: 'stacks/dns/main.tf' },
      { do: 'edit', path: 'stacks/dns/main.tf', from: 'cache_mib = 64', to: 'cache_mib = 256' },
    ],
    answer: { status: 'done', summary: 'Raised cache_mib of the resolver to 256.', files: ['stacks/dns/main.tf'] },
    costUsd: 0.11,
  },
  {
    when: 'Add an alert on the rate of SERVFAIL answers',
    steps: [
      { do: 'read', path: 'stacks/monitoring/main.tf' },
      {
        do: 'edit',
        path: 'stacks/monitoring/main.tf',
        from: '    DiskFull = {',
        to: '    DnsServfailRate = {\n      expr     = "rate(dns_servfail_total[10m]) / rate(dns_queries_total[10m]) > 0.05"\n      for      = "10m"\n      severity = "critical"\n    }\n    DiskFull = {',
      },
    ],
    answer: { status: 'done', summary: 'Added the rule DnsServfailRate.', files: ['stacks/monitoring/main.tf'] },
    costUsd: 0.14,
  },
  {
    when: 'Shorten the lease of database credentials',
    steps: [{ do: 'edit', path: 'stacks/vault/main.tf', from: '24h', to: '1h' }],
    answer: { status: 'done', summary: 'Shortened max_ttl to 1h.', files: ['stacks/vault/main.tf'] },
    costUsd: 0.05,
  },
  {
    when: 'Rename the zone',
    steps: [{ do: 'edit', path: 'stacks/dns/main.tf', from: 'zone = "home.example"', to: 'zone = "lan.home.example"' }],
    answer: { status: 'done', summary: 'Renamed the zone.', files: ['stacks/dns/main.tf'] },
    costUsd: 0.07,
  },
  {
    when: 'Add an uptime monitor for the NAS file service',
    steps: [
      { do: 'read', path: 'stacks/uptime/main.tf' },
      {
        do: 'edit',
        path: 'stacks/uptime/main.tf',
        from: '  monitors = {\n',
        to: '  monitors = {\n    nas_nfs = { kind = "tcp", target = "192.0.2.10:2049", interval_s = 60 }\n',
      },
    ],
    answer: { status: 'done', summary: 'Added the TCP monitor nas_nfs.', files: ['stacks/uptime/main.tf'] },
    costUsd: 0.09,
  },
];

/** Applies every stack once, as a living homelab has done long ago. */
export function applyAll(stage: Stage, env: Readonly<Record<string, string>>): void {
  for (const stack of ['dns', 'monitoring', 'uptime', 'vault']) {
    execFileSync(join(stage.workspace, 'scripts', 'tg'), ['apply', '--non-interactive'], { cwd: join(stage.workspace, 'stacks', stack), env: { ...env }, stdio: 'pipe' });
    rmSync(join(stage.workspace, 'stacks', stack, '.terraform'), { recursive: true, force: true });
  }
}

/** The text of a file below the stage's folder. */
export function textOf(...path: string[]): string {
  return readFileSync(join(...path), 'utf8');
}

import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { ReportFile } from '../../src/report/json.ts';
import { installStandIn } from '../fakes/claude-stand-in.ts';
import type { StandInRule } from '../fakes/claude-stand-in.ts';
import { bundle, project } from './bundle.ts';
import { seedHomelab, STACK_SECRET, STACKS } from './homelab.ts';
import { Planted } from './planted.ts';
import { processesWith } from './processes.ts';
import { git, makeStage } from './stage.ts';
import type { Ended, Stage } from './stage.ts';

/** Which Terraform the "dev VM" of a scenario has. */
export type TerraformKind = 'terraform' | 'stand-in';

/** Why the real Terraform cannot take part, for the title of a suite that is skipped; `null` when it can. */
export const terraformMissing: string | null = pathOf('terraform') === null ? 'skipped: terraform is not installed' : null;

/** A run of the plugin. */
export interface Run extends Ended {
  /** The report file, `null` when none was written. */
  readonly report: ReportFile | null;
  /** Outcomes by action. */
  readonly outcomes: Readonly<Record<string, string>>;
  readonly durationMs: number;
}

/** A run that is still going on. */
export interface RunningPlugin {
  readonly pid: number | undefined;
  readonly ended: Promise<Run>;
  kill(signal: NodeJS.Signals): void;
  output(): string;
}

/** Another checkout than a fresh one, and variables beside the settings. */
export interface Where {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Settings as in the yml; `null` takes away one that scenarios set. */
export type GivenSettings = Readonly<Record<string, string | null>>;

/** A homelab with a remote, a dev VM and pipelines that run the built bundle. Made for one test or a suite; `remove` it at the end. */
export class Scenario {
  readonly stage: Stage;
  /** First on the PATH of the dev VM. */
  readonly bin: string;
  readonly claude: ReturnType<typeof installStandIn>;
  readonly planted = new Planted();
  /** What else a run puts out, by where; read when it has ended. */
  readonly outputs: Record<string, () => string> = {};
  /** The environment of the dev VM's user. */
  readonly machine: Readonly<Record<string, string>>;
  /** Set for every run. */
  settings: Record<string, string> = {};
  private runs = 0;

  constructor(
    postMortems: Readonly<Record<string, string>>,
    rules: readonly StandInRule[],
    terraform: TerraformKind = 'stand-in',
    seed: typeof seedHomelab = seedHomelab,
  ) {
    const dir = mkdtempSync(join(tmpdir(), 'postmortem-run-'));
    this.stage = makeStage(dir, (folder) => seed(folder, postMortems));
    this.bin = join(dir, 'bin');
    mkdirSync(this.bin);
    if (terraform === 'stand-in') this.program('terraform', readFileSync(join(project, 'test/fakes/terraform-stand-in'), 'utf8'));
    this.claude = installStandIn(join(dir, 'claude'), rules);
    this.machine = { HOME: this.stage.home, PATH: `${this.bin}:${process.env['PATH'] ?? ''}` };
    this.settings = { runner: 'local', claude_path: this.claude.path };
    this.planted.add('a value of a stack', STACK_SECRET, 'on the host');
  }

  /** Puts an executable on the PATH of the dev VM. */
  program(name: string, text: string): string {
    const path = join(this.bin, name);
    writeFileSync(path, text.replace(/^#!\/usr\/bin\/env node/, `#!${process.execPath}`));
    chmodSync(path, 0o755);
    return path;
  }

  /** The environment of a user whose PATH lacks some programs and has all others of this machine. */
  machineWithout(...names: string[]): Readonly<Record<string, string>> {
    const tools = mkdtempSync(join(this.stage.dir, 'tools-'));
    for (const folder of (this.machine['PATH'] ?? '').split(':').filter((entry) => existsSync(entry))) {
      for (const name of readdirSync(folder)) {
        if (!names.includes(name) && !existsSync(join(tools, name))) symlinkSync(join(folder, name), join(tools, name));
      }
    }
    return { ...this.machine, PATH: tools };
  }

  /** Applies every stack once, as a living homelab has done long ago. */
  applyAll(): void {
    for (const stack of STACKS) this.tg(stack, 'apply', '--non-interactive');
  }

  /** `scripts/tg` by hand, in a stack of the workspace. */
  tg(stack: string, ...words: string[]): string {
    return this.tgIn(this.stage.workspace, stack, ...words);
  }

  /** The same in another checkout. */
  tgIn(checkout: string, stack: string, ...words: string[]): string {
    const cwd = join(checkout, 'stacks', stack);
    const output = execFileSync('../../scripts/tg', words, { cwd, env: this.machine, stdio: 'pipe', encoding: 'utf8' });
    rmSync(join(cwd, '.terraform'), { recursive: true, force: true });
    return output;
  }

  /** The replicas a stack really has, by its state. */
  replicas(stack: string): string | null {
    const path = join(this.stage.home, '.local/state/infra', `${stack}.tfstate`);
    const state = existsSync(path) ? readFileSync(path, 'utf8') : '';
    return /replicas(?:"?:| =) ?"?(\d+)/.exec(state)?.[1] ?? null;
  }

  /** Subjects of the commits since the first, oldest first. */
  subjects(): string[] {
    return this.stage.git('log', '--reverse', '--format=%s', 'main').trim().split('\n').slice(1);
  }

  /** One pipeline: a fresh checkout, the bundle, its end. What it puts out is searched for planted secrets and raw events. */
  run(settings: GivenSettings = {}, where: Where = {}): Promise<Run> {
    return this.start(settings, where).ended;
  }

  start(settings: GivenSettings = {}, where: Where = {}): RunningPlugin {
    const { dir } = this.stage;
    const number = (this.runs += 1);
    const reportFile = join(dir, `report-${number}.json`);
    const given: GivenSettings = { ...this.settings, report_file: reportFile, ...settings };
    const machine = given['runner'] === 'local' ? this.machine : { PATH: '/usr/bin:/bin', HOME: join(dir, 'pod') };
    const env: Record<string, string> = { ...machine, ...pipeline(number), ...where.env };
    for (const [name, value] of Object.entries(given)) if (value !== null) env[`PLUGIN_${name.toUpperCase()}`] = value;
    this.planted.addSettings(env);
    const startedAt = performance.now();
    const child = spawn(process.execPath, [bundle], { cwd: where.cwd ?? this.stage.checkout(), env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve(code));
    }).then((code): Run => {
      const text = existsSync(reportFile) ? readFileSync(reportFile, 'utf8') : '';
      const report = text === '' ? null : (JSON.parse(text) as ReportFile);
      this.expectClean({ [`the log of run ${number}`]: output, [`the report of run ${number}`]: text });
      const outcomes = Object.fromEntries((report?.outcomes ?? []).map(({ action, outcome }) => [action, outcome]));
      return { code, output, report, outcomes, durationMs: performance.now() - startedAt };
    });
    return { pid: child.pid, ended, kill: (signal) => child.kill(signal), output: () => output };
  }

  /**
   * Nothing planted got out: not in what a run prints, reports or tells, not into git, not onto the dev VM's disk, and not into a command
   * line there; and no log holds an event of the agent as it came. Every run of every suite ends with it.
   */
  expectClean(texts: Readonly<Record<string, string>>): void {
    // Some tests take the remote away.
    const ask = (...words: string[]) => (existsSync(this.stage.remote) ? this.stage.git(...words) : '');
    const messages = ask('log', '--all', '--format=%B');
    const documents = ask('log', '--all', '-p', '--format=', '--', 'docs');
    const elsewhere = Object.fromEntries(Object.entries(this.outputs).map(([where, read]) => [where, read()]));
    const commands = this.claude.calls().map(({ argv, cwd, prompt }) => [...argv, cwd, prompt].join('\n')).join('\n');
    this.planted.expectNoneIn({ ...texts, ...elsewhere, 'commit messages': messages, documents, "the agent's command lines": commands });
    const commits = ask('log', '--all', '-p', '-U0', '--text');
    this.planted.expectNoneOnHost({ commits, ...filesBelow(this.stage.home) });
    for (const [where, text] of Object.entries(texts)) {
      if (where.startsWith('the log')) expect(text, where).not.toMatch(/"type" ?: ?"(?:assistant|user|system|result)"/);
    }
  }

  /** What a run must not leave on the dev VM: processes, its worktree, what git knows of it, a held lock. */
  expectNothingLeft(): void {
    expect(processesWith(this.stage.dir), 'processes').toEqual([]);
    expect(this.left(), 'files of the run').toEqual([]);
    expect(git(this.stage.workspace, 'worktree', 'list').trim().split('\n'), 'worktrees').toHaveLength(1);
    expect(git(this.stage.workspace, 'status', '--porcelain', '--ignored'), 'the workspace').toBe('');
    const folder = `${this.stage.workspace}.post-mortem`;
    if (existsSync(folder)) execFileSync('flock', ['-n', join(folder, 'run.lock'), 'true']);
  }

  private left(): string[] {
    const folder = `${this.stage.workspace}.post-mortem`;
    const kept = new Set(['run.lock', 'apply.lock', 'holder']);
    return existsSync(folder) ? readdirSync(folder).filter((name) => !kept.has(name)) : [];
  }

  remove(): void {
    rmSync(this.stage.dir, { recursive: true, force: true });
  }
}

/** The files of the dev VM's user by their paths, but for what git has packed, which `git log` shows. */
function filesBelow(home: string): Record<string, string> {
  const files: Record<string, string> = {};
  try {
    // Links are not followed: hostile repositories have some to everywhere.
    for (const entry of readdirSync(home, { withFileTypes: true })) {
      const path = join(home, entry.name);
      if (entry.isDirectory() && !path.endsWith('/.git/objects')) Object.assign(files, filesBelow(path));
      else if (entry.isFile()) files[path] = readFileSync(path, 'latin1');
    }
  } catch {
    // A process that outlives its run for a moment has removed it, or nobody may read it.
  }
  return files;
}

/** What Woodpecker says of a pipeline of a Forgejo repository. */
function pipeline(number: number): Record<string, string> {
  return {
    CI_REPO: 'home/infra',
    CI_REPO_URL: 'https://git.example.com/home/infra',
    CI_FORGE_TYPE: 'forgejo',
    CI_COMMIT_BRANCH: 'main',
    CI_PIPELINE_NUMBER: String(number),
    CI_PIPELINE_URL: `https://ci.example.com/repos/1/pipeline/${number}`,
  };
}

function pathOf(program: string): string | null {
  const folder = (process.env['PATH'] ?? '').split(':').find((entry) => existsSync(join(entry, program)));
  return folder === undefined ? null : join(folder, program);
}

import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { Faults, POINTS } from '../support/faults.ts';
import type { Point } from '../support/faults.ts';
import { postMortem, raise, raising } from '../support/homelab.ts';
import { processesWith } from '../support/processes.ts';
import { Scenario } from '../support/scenario.ts';
import type { Run } from '../support/scenario.ts';
import { startServices } from '../support/services.ts';
import type { Services } from '../support/services.ts';
import { sshdMissing } from '../support/sshd.ts';
import { git } from '../support/stage.ts';

/**
 * A fault at every point of a run, over a real sshd, then a run without faults. The run under test has one TODO that is implemented and
 * one that an agent refuses.
 */

const FILE = 'docs/post-mortems/2026-01-10-web.md';
const WEB = raise('web', 3, { priority: 'P0' });
const REFUSED = { action: 'Ask for the impossible', priority: 'P1' };

interface Fault {
  readonly points: readonly Point[];
  happen(stage: { readonly scenario: Scenario; readonly services: Services; readonly kill: (signal: NodeJS.Signals) => void }): void;
  /** Whether the run goes on by itself afterwards. */
  readonly goesOn: boolean;
  /** Between the runs. */
  readonly repair?: (scenario: Scenario) => void;
  expectFirst(result: Result): void;
}

/** Where something can come between what the run has read and what it writes. */
const BETWEEN: readonly Point[] = ['worktree made', 'agent at work', 'planned', 'applying', 'committed', 'docs committed', 'mid-push'];
const diskMissing = process.getuid?.() === 0 && canMount() ? null : 'skipped: only root can make a small disk';

const FAULTS: Readonly<Record<string, Fault>> = {
  SIGKILL: {
    points: POINTS,
    happen: ({ kill }) => kill('SIGKILL'),
    goesOn: false,
    expectFirst: ({ first, slack }) => {
      expect(first.code).toBeNull();
      expect(slack).toHaveLength(1);
    },
  },
  SIGTERM: {
    points: POINTS,
    happen: ({ kill }) => kill('SIGTERM'),
    goesOn: true,
    expectFirst: ({ first, slack }) => {
      expect(first.code, first.output).toBe(143);
      expect(slack).toHaveLength(2);
      expect(slack[0]).toMatch(/cancelled/i);
    },
  },
  'connection cut': {
    points: POINTS,
    happen: ({ services }) => services.sshd.killSessions(),
    goesOn: false,
    expectFirst: ({ first, slack }) => {
      expect(first.code, first.output).toBe(1);
      expect(first.report?.error?.message).toMatch(/connection to .* was lost|reached/);
      expect(slack).toHaveLength(2);
      expect(slack[0]).toMatch(/connection/);
    },
  },
  'remote moves': {
    points: BETWEEN,
    happen: ({ scenario }) => void scenario.stage.push({ 'notes.txt': 'of a colleague\n' }, 'Notes'),
    goesOn: true,
    expectFirst: ({ first, scenario }) => {
      expect(first.code, first.output).toBe(0);
      expect(scenario.stage.read('notes.txt')).toBe('of a colleague\n');
    },
  },
  'row is edited': {
    points: BETWEEN,
    happen: ({ scenario: { stage } }) => void stage.push({ [FILE]: stage.read(FILE).replace('to 3 | Config |  |', 'to 3 | Config | by the weekend |') }, 'Say until when'),
    goesOn: true,
    expectFirst: ({ first, scenario }) => {
      expect(first.code, first.output).toBe(0);
      expect(scenario.stage.read(FILE)).toContain('| P0 | Raise the replicas of web to 3 | Config | by the weekend | Done |');
    },
  },
  'remote conflicts': {
    points: BETWEEN,
    happen: ({ scenario: { stage } }) => void stage.push({ 'stacks/web/main.tf': stage.read('stacks/web/main.tf').replace('replicas = 1', 'replicas = 2') }, 'Two are enough'),
    goesOn: true,
    // As the message says: merged by hand, here in favour of what is live.
    repair: ({ stage }) => {
      const [aside = ''] = stage.git('for-each-ref', '--format=%(refname:short)', 'refs/heads/post-mortem').trim().split('\n');
      const clone = join(stage.dir, 'merge');
      git(stage.dir, 'clone', '--quiet', stage.remote, clone);
      git(clone, 'merge', '--quiet', '-X', 'theirs', '-m', 'Merge', `origin/${aside}`);
      git(clone, 'push', '--quiet', 'origin', 'main', `:${aside}`);
    },
    expectFirst: ({ first, slack }) => {
      expect(first.code, first.output).toBe(1);
      expect(first.report?.error?.message).toMatch(/not on main: main has changed in the same places meanwhile/);
      expect(slack[0]).toMatch(/post-mortem\/[0-9a-f]{12}/);
    },
  },
  ...(diskMissing
    ? {}
    : {
        'disk full': {
          points: BETWEEN,
          happen: ({ scenario }) => fillDisk(scenario),
          goesOn: true,
          repair: ({ stage }) => rmSync(join(stage.home, 'code/filled')),
          expectFirst: ({ first }) => {
            if (first.code !== 0) expect(first.output).toMatch(/no space left|out of diskspace|disk is full|make room there/i);
          },
        } satisfies Fault,
      }),
};

interface Cell {
  readonly point: Point;
  readonly fault: string;
}

/** What came of a cell; everything the tests look at. */
interface Result {
  readonly first: Run;
  readonly second: Run;
  readonly slack: readonly string[];
  readonly calls: number;
  readonly scenario: Scenario;
}

const CELLS: readonly Cell[] = Object.entries(FAULTS).flatMap(([fault, { points }]) => points.map((point) => ({ point, fault })));
const AT_ONCE = 4;

describe.skipIf(sshdMissing)(`a fault at every point of a run${sshdMissing ? ` (${sshdMissing})` : ''}`, () => {
  const results = new Map<Cell, Result | Error>();

  beforeAll(async () => {
    const queue = [...CELLS];
    const worker = async () => {
      for (let cell = queue.shift(); cell; cell = queue.shift()) {
        results.set(cell, await play(cell).catch((error: unknown) => (error instanceof Error ? error : new Error(String(error)))));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }, 900_000);

  afterAll(() => {
    console.log(matrix(results));
    for (const result of results.values()) if (!(result instanceof Error)) remove(result.scenario);
  });

  if (diskMissing) test.skip(`disk full (${diskMissing})`, () => {});

  describe.each(Object.entries(FAULTS))('%s', (fault, { points, expectFirst }) => {
    test.each(points)('when %s', (point) => {
      const result = [...results].find(([cell]) => cell.fault === fault && cell.point === point)?.[1];
      if (!result || result instanceof Error) throw result ?? new Error('it was not played');
      expectRecovered(result);
      // Only an agent that was stopped at work, or whose answer nobody could write down, is asked again.
      const lost = point === 'agent at work' && ['SIGKILL', 'SIGTERM', 'connection cut', 'disk full'].includes(fault);
      expect(result.calls, `${result.first.output}\n=== second run\n${result.second.output}`).toBe(lost ? 3 : 2);
      expectFirst(result);
    });
  });
});

/** Runs up to the point, lets the fault happen, and runs again. */
async function play({ point, fault: name }: Cell): Promise<Result> {
  const scenario = new Scenario({ '2026-01-10-web.md': postMortem('2026-01-10', 'Web down', [WEB, REFUSED]) }, []);
  const fault = FAULTS[name];
  if (!fault) throw new Error(`no fault ${name}`);
  if (name === 'disk full') makeSmallDisk(scenario);
  const services = await startServices(scenario);
  const faults = new Faults(scenario);
  try {
    scenario.tg('web', 'apply', '--non-interactive');
    const { steps = [], ...rest } = raising('web', 3);
    scenario.claude.setRules([{ ...rest, steps: [...steps, { do: 'run', argv: ['pause', 'agent at work'] }] }, { when: REFUSED.action, answer: { status: 'cannot', summary: 'No.', files: [], reason: 'it is impossible' } }]);
    Object.assign(scenario.settings, { plan_command: faults.planCommand, show_command: faults.showCommand, apply_command: faults.applyCommand });
    faults.arm(point);
    const running = scenario.start();
    await faults.reached(running.ended);
    fault.happen({ scenario, services, kill: running.kill });
    if (fault.goesOn) faults.go();
    const first = await running.ended;
    await lockIsFree(scenario);
    fault.repair?.(scenario);
    const next = scenario.start();
    if (!fault.goesOn && (point === 'applying' || point === 'applied')) {
      // An apply that has lost its run goes on by itself, and the next run waits for it.
      await vi.waitFor(() => expect(next.output()).toContain('waiting for its end'), { timeout: 20_000 });
      faults.go();
    }
    const second = await next.ended;
    const slack = services.slackTexts();
    const calls = scenario.claude.calls().length;
    if (second.report?.status === 'nothing-to-do' && existsSync(`${scenario.stage.workspace}.post-mortem/worktree`)) {
      // It contacted nobody: what the first run has left on the host goes with the next run that has something to do.
      scenario.stage.push({ 'docs/post-mortems/2026-01-11-more.md': postMortem('2026-01-11', 'More', [{ action: 'Ask for the impossible again' }]) }, 'More');
      await scenario.run();
    }
    return { first, second, slack, calls, scenario };
  } finally {
    faults.close();
    await services.stop();
  }
}

/** A disk of its own for the workspace and the folder of the run. */
function makeSmallDisk({ stage }: Scenario): void {
  const code = join(stage.home, 'code');
  renameSync(code, `${code}.old`);
  mkdirSync(code);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', code]);
  cpSync(`${code}.old`, code, { recursive: true });
  rmSync(`${code}.old`, { recursive: true });
}

function fillDisk({ stage }: Scenario): void {
  spawnSync('dd', ['if=/dev/zero', `of=${join(stage.home, 'code/filled')}`, 'bs=4k'], { stdio: 'ignore' });
}

function remove(scenario: Scenario): void {
  spawnSync('umount', [join(scenario.stage.home, 'code')], { stdio: 'ignore' });
  scenario.remove();
}

/** Containers may be root and not allowed to. */
function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'postmortem-mount-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]).status === 0;
  if (mounted) spawnSync('umount', [folder]);
  rmSync(folder, { recursive: true });
  return mounted;
}

/** The host has noticed that the first run is gone. */
async function lockIsFree({ stage }: Scenario): Promise<void> {
  const lock = `${stage.workspace}.post-mortem/run.lock`;
  await vi.waitFor(() => existsSync(lock) && execFileSync('flock', ['-n', lock, 'true']), { timeout: 30_000 });
}

/** After both runs: one apply, one commit, all of it on the branch and in the document, nothing left. */
function expectRecovered({ first, second, scenario }: Result): void {
  const { stage } = scenario;
  const both = `${first.output}\n=== second run\n${second.output}`;
  expect(second.code, both).toBe(0);
  expect(scenario.replicas('web'), both).toBe('3');
  expect(serial(scenario), 'applies that changed the state').toBe(2);
  expect(stage.git('for-each-ref', '--format=%(refname)').trim(), both).toBe('refs/heads/main');
  expect(scenario.subjects().filter((subject) => subject.startsWith('fix(post-mortem)')), both).toEqual(['fix(post-mortem): raise the replicas of web to 3 [PM-2026-01-10]']);
  const rows = stage.read(FILE).split('\n');
  expect(rows, both).toContainEqual(expect.stringMatching(/^\| P0 \| Raise the replicas of web to 3 \|.*\| Done \|$/));
  const row = rows.find((line) => line.includes('| postmortem-todo-resolver |'));
  const [commit = ''] = /(?<=commit\/)[0-9a-f]{40}/.exec(row ?? '') ?? [];
  expect(stage.git('log', '-1', '--format=%s', commit, '--').trim(), both).toBe('fix(post-mortem): raise the replicas of web to 3 [PM-2026-01-10]');
  stage.git('merge-base', '--is-ancestor', commit, 'main');
  expect(rows, both).toContainEqual(expect.stringMatching(/^\| — \| Ask for the impossible \|.*Needs human review: the agent cannot do it: it is impossible/));
  scenario.expectNothingLeft();
  expect(processesWith(stage.dir)).toEqual([]);
}

/** How often the state of web was written: once when it was made. */
function serial({ stage }: Scenario): number {
  return (JSON.parse(readFileSync(join(stage.home, '.local/state/infra/web.tfstate'), 'utf8')) as { serial: number }).serial;
}

const SHORT: Readonly<Record<string, string>> = { done: 'D', 'needs-review': 'R', failed: 'F', deferred: '.', known: 'K' };

/**
 * Point by fault: exit code and outcomes of the first run, then of the second. D done, R left to a person, F failed, . put off, K known to
 * be done, - none.
 */
function matrix(results: ReadonlyMap<Cell, Result | Error>): string {
  const faults = Object.keys(FAULTS);
  const cell = (point: Point, fault: string) => {
    const result = [...results].find(([one]) => one.point === point && one.fault === fault)?.[1];
    if (!result) return '-';
    if (result instanceof Error) return result.message.split('\n')[0]?.slice(0, 40) ?? '';
    const found = ({ report }: Run) => (report?.outcomes ?? []).map(({ outcome, reason }) => SHORT[reason.startsWith('was implemented before') ? 'known' : outcome] ?? outcome).join('') || '-';
    return `${result.first.code ?? 'dead'} ${found(result.first)} > ${result.second.code ?? 'dead'} ${found(result.second)}`;
  };
  const table = [['point', ...faults], ...POINTS.map((point) => [point, ...faults.map((fault) => cell(point, fault))])];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  return table.map((row) => row.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  ').trimEnd()).join('\n');
}

describe('two runs at once', () => {
  test('the second says who holds the workspace and since when, touches nothing, and fails', async () => {
    const scenario = new Scenario({ '2026-01-10-web.md': postMortem('2026-01-10', 'Web down', [WEB]) }, [raising('web', 3)]);
    const faults = new Faults(scenario);
    onTestFinished(() => {
      faults.close();
      scenario.remove();
    });
    scenario.tg('web', 'apply', '--non-interactive');
    Object.assign(scenario.settings, { plan_command: faults.planCommand, apply_command: faults.applyCommand });
    faults.arm('applying');
    const first = scenario.start();
    await faults.reached(first.ended);
    const second = await scenario.run();
    expect(second.code, second.output).toBe(1);
    expect(second.report?.error?.message).toMatch(/^the workspace is in use on this machine: https:\/\/ci\.example\.com\/repos\/1\/pipeline\/1, since \d{4}-\d\d-\d\dT/);
    expect(second.report?.outcomes).toEqual([]);
    faults.go();
    expect((await first.ended).outcomes).toEqual({ [WEB.action]: 'done' });
    scenario.expectNothingLeft();
  });
});

describe('what an agent had finished when the run died', () => {
  test.each([
    ['is taken up on top of what others have pushed meanwhile', { 'notes.txt': 'of a colleague\n' }, 1],
    ['is not, when that changes the same file: the agent is asked again', { 'stacks/web/main.tf': null }, 2],
  ])('%s', async (_, change, calls) => {
    const scenario = new Scenario({ '2026-01-10-web.md': postMortem('2026-01-10', 'Web down', [WEB]) }, [raising('web', 3)]);
    const faults = new Faults(scenario);
    onTestFinished(() => {
      faults.close();
      scenario.remove();
    });
    const { stage } = scenario;
    scenario.tg('web', 'apply', '--non-interactive');
    Object.assign(scenario.settings, { plan_command: faults.planCommand });
    faults.arm('patch gated');
    const first = scenario.start();
    await faults.reached(first.ended);
    first.kill('SIGKILL');
    await first.ended;
    await lockIsFree(scenario);
    stage.push(Object.fromEntries(Object.entries(change).map(([path, text]) => [path, text ?? `# Reviewed\n${stage.read(path)}`])), 'Of a colleague');
    const second = await scenario.run();
    expect(second.outcomes, second.output).toEqual({ [WEB.action]: 'done' });
    expect(scenario.claude.calls().length, second.output).toBe(calls);
    expect(second.report?.outcomes[0]?.cost_usd === 0, second.output).toBe(calls === 1);
    expect(stage.read('stacks/web/main.tf')).toContain('replicas = 3');
    scenario.expectNothingLeft();
  });
});

describe('what a killed git has left', () => {
  test('locks of the worktree do not stop the next run', async () => {
    const scenario = new Scenario({ '2026-01-10-web.md': postMortem('2026-01-10', 'Web down', [WEB]) }, [raising('web', 3)]);
    const faults = new Faults(scenario);
    onTestFinished(() => {
      faults.close();
      scenario.remove();
    });
    scenario.tg('web', 'apply', '--non-interactive');
    faults.arm('agent answered');
    const first = scenario.start();
    await faults.reached(first.ended);
    first.kill('SIGKILL');
    await first.ended;
    await lockIsFree(scenario);
    for (const lock of ['index.lock', 'HEAD.lock']) writeFileSync(join(scenario.stage.workspace, '.git/worktrees/worktree', lock), '');
    const second = await scenario.run();
    expect(second.outcomes, second.output).toEqual({ [WEB.action]: 'done' });
    scenario.expectNothingLeft();
  });
});

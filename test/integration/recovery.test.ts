import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Faults, POINTS } from '../support/faults.ts';
import type { Point } from '../support/faults.ts';
import { postMortem, raise, raising } from '../support/homelab.ts';
import { processesWith } from '../support/processes.ts';
import { Scenario } from '../support/scenario.ts';
import type { Run } from '../support/scenario.ts';
import { startServices } from '../support/services.ts';
import type { Services } from '../support/services.ts';
import { sshdMissing } from '../support/sshd.ts';

/**
 * A fault at every point of a run, over a real sshd, then a run without faults. The run under test has one TODO that is implemented and
 * one that an agent refuses.
 */

const FILE = 'docs/post-mortems/2026-01-10-web.md';
const WEB = raise('web', 3, { priority: 'P0' });
const REFUSED = { action: 'Ask for the impossible', priority: 'P1' };

const FAULTS = {
  'SIGKILL': ({ kill }) => kill('SIGKILL'),
  'SIGTERM': ({ kill }) => kill('SIGTERM'),
  'connection cut': ({ services }) => services.sshd.killSessions(),
} satisfies Record<string, (fault: { kill: (signal: NodeJS.Signals) => void; services: Services }) => void>;
type Fault = keyof typeof FAULTS;

interface Cell {
  readonly point: Point;
  readonly fault: Fault;
}

/** What came of a cell; everything the tests look at. */
interface Result {
  readonly first: Run;
  readonly second: Run;
  readonly slack: readonly string[];
  readonly calls: number;
  readonly scenario: Scenario;
}

const CELLS: readonly Cell[] = POINTS.flatMap((point) => (Object.keys(FAULTS) as Fault[]).map((fault) => ({ point, fault })));
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
    for (const result of results.values()) if (!(result instanceof Error)) result.scenario.remove();
  });

  describe.each(Object.keys(FAULTS) as Fault[])('%s', (fault) => {
    test.each(POINTS)('when %s', (point) => {
      const result = [...results].find(([cell]) => cell.fault === fault && cell.point === point)?.[1];
      if (!result || result instanceof Error) throw result ?? new Error('it was not played');
      expectRecovered(result);
      if (fault === 'SIGTERM') {
        expect(result.first.code, result.first.output).toBe(143);
        expect(result.slack[0], 'the message on the first run').toMatch(/cancelled/i);
      }
      if (fault === 'connection cut') {
        expect(result.first.code, result.first.output).toBe(1);
        expect(result.first.report?.error?.message).toMatch(/connection to .* was lost|reached/);
        expect(result.slack[0]).toMatch(/connection/);
      }
      expect(result.slack).toHaveLength(fault === 'SIGKILL' ? 1 : 2);
    });
  });
});

/** Runs up to the point, lets the fault happen, and runs again. */
async function play({ point, fault }: Cell): Promise<Result> {
  const scenario = new Scenario({ '2026-01-10-web.md': postMortem('2026-01-10', 'Web down', [WEB, REFUSED]) }, []);
  const services = await startServices(scenario);
  const faults = new Faults(scenario);
  try {
    scenario.applyAll();
    const { steps = [], ...rest } = raising('web', 3);
    scenario.claude.setRules([{ ...rest, steps: [...steps, { do: 'run', argv: ['pause', 'agent at work'] }] }, { when: REFUSED.action, answer: { status: 'cannot', summary: 'No.', files: [], reason: 'it is impossible' } }]);
    Object.assign(scenario.settings, { plan_command: faults.planCommand, show_command: faults.showCommand, apply_command: faults.applyCommand });
    faults.arm(point);
    const running = scenario.start();
    await faults.reached(running.ended);
    FAULTS[fault]({ kill: running.kill, services });
    const isApply = point === 'applying' || point === 'applied';
    // A signal lets the run finish what it is at; an apply that lost its run goes on by itself, and the next run waits for it.
    if (fault === 'SIGTERM') faults.go();
    const first = await running.ended;
    await lockIsFree(scenario);
    const next = scenario.start();
    if (isApply && fault !== 'SIGTERM') {
      await vi.waitFor(() => expect(next.output()).toContain('waiting for its end'), { timeout: 20_000 });
      faults.go();
    }
    const second = await next.ended;
    return { first, second, slack: services.slackTexts(), calls: scenario.claude.calls().length, scenario };
  } finally {
    faults.close();
    await services.stop();
  }
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

/** Point by fault: how both runs ended, what the second one found, and how often the agent was called (2 is the least). */
function matrix(results: ReadonlyMap<Cell, Result | Error>): string {
  const faults = Object.keys(FAULTS) as Fault[];
  const cell = (point: Point, fault: Fault) => {
    const result = [...results].find(([one]) => one.point === point && one.fault === fault)?.[1];
    if (!result) return '-';
    if (result instanceof Error) return result.message.split('\n')[0]?.slice(0, 40) ?? '';
    const ended = `${result.first.code ?? 'killed'}, ${result.second.code ?? 'killed'}`;
    const found = (result.second.report?.outcomes ?? []).map(({ outcome, reason }) => (reason.startsWith('was implemented before') ? 'known' : outcome));
    return `${ended}; ${found.join(', ') || 'nothing to do'}; ${result.calls} calls`;
  };
  const table = [['point', ...faults], ...POINTS.map((point) => [point, ...faults.map((fault) => cell(point, fault))])];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  return table.map((row) => row.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  ').trimEnd()).join('\n');
}

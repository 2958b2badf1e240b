import { readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { StandInStep } from '../fakes/claude-stand-in.ts';
import { ANSWER, DNS_CHANGE, EVIL, expectStopAndGoOn, FIRST, LAST, looseAgent, replicas, rowOf, sh } from '../support/loose-agent.ts';
import { raising } from '../support/homelab.ts';
import { commandLineOf, processesWith } from '../support/processes.ts';

describe('an agent whose cost nobody knows', () => {
  test.each([
    ['null', { total_cost_usd: null }],
    ['negative', { total_cost_usd: -1 }],
    ['a text', { total_cost_usd: '0.01' }],
    ['missing', { total_cost_usd: undefined }],
  ])('stops the run: %s', async (_, result) => {
    const scenario = looseAgent(() => ({ result: result as Record<string, unknown> }));
    if (!('total_cost_usd' in result) || result.total_cost_usd === undefined) {
      // JSON has no undefined: a result event of its own, the last one counts.
      scenario.claude.setRules([
        raising('mail', 2),
        { when: EVIL, steps: [DNS_CHANGE, { do: 'event', event: { type: 'result', subtype: 'success', is_error: false, num_turns: 3, structured_output: ANSWER } }, { do: 'exit', code: 0 }] },
        raising('web', 3),
      ]);
    }
    const run = await scenario.run();
    expect(run.outcomes, run.output).toEqual({ [FIRST.action]: 'done', [EVIL]: 'failed', [LAST.action]: 'deferred' });
    expect(run.report?.error?.message).toMatch(/did not say what the call cost/);
    expect(run.code).toBe(1);
    expect(replicas(scenario)).toEqual(['2', '1', '1']);
  });
});

describe('an agent that ends in no orderly way', () => {
  test.each([
    ['with success, and the exit code 3', { exitCode: 3 }, /exit code 3|^Claude Code failed/],
    ['with an error, and the exit code 0', { result: { subtype: 'error_during_execution', is_error: true } }, /^Claude Code failed/],
  ])('%s: a person looks at this TODO, the next is done', async (_, rule, reason) => {
    const scenario = looseAgent(() => rule);
    const run = await scenario.run();
    expect(run.outcomes, run.output).toEqual({ [FIRST.action]: 'done', [EVIL]: 'needs-review', [LAST.action]: 'done' });
    expect(run.report?.outcomes.find(({ action }) => action === EVIL)?.reason).toMatch(reason);
    expect(rowOf(scenario, EVIL)).toMatch(/Needs human review: Claude Code failed/);
    expect(run.code).toBe(0);
    expect(scenario.replicas('dns')).toBe('1');
    scenario.expectNothingLeft();
  });

  test.each([
    ['without a result', { steps: [DNS_CHANGE, { do: 'exit', code: 3 }] }, /exit code 3/],
    ['in garbage', { steps: [DNS_CHANGE, { do: 'stdout', text: '{"type":"result"\n\u0000\u0007[[[[\n"result"\nnull\n[]\n' }, { do: 'exit', code: 0 }] }, /without a result/],
  ] as const)('%s: nobody knows its cost, the run stops', async (_, rule, reason) => {
    const scenario = looseAgent(() => rule);
    await expectStopAndGoOn(scenario, {}, { outcome: 'needs-review', reason });
  });
});

test('an agent that is killed by somebody else: nobody knows its cost, the run stops', async () => {
  const scenario = looseAgent(({ stage }) => ({ steps: [DNS_CHANGE, { do: 'write', path: join(stage.dir, 'ready'), content: '' }, { do: 'hang' }] }));
  const { dir } = scenario.stage;
  const killer = watch(dir, (_, name) => {
    // Claude Code itself, not the shells and unshare around it.
    const program = `${process.execPath} ${scenario.claude.path} `;
    if (name === 'ready') for (const pid of processesWith(program)) if (commandLineOf(pid).startsWith(program)) process.kill(pid, 'SIGKILL');
  });
  onTestFinished(() => killer.close());
  await expectStopAndGoOn(scenario, {}, { outcome: 'needs-review', reason: /killed|without a result/ });
});

describe('an agent that does not end', () => {
  const hang: readonly StandInStep[] = [DNS_CHANGE, { do: 'child', argv: ['sleep', `9872.${process.pid}`], pidFile: 'pid', clearEnvironment: true }, { do: 'hang', deaf: true }];

  test.each([
    ['it prints nothing, and is deaf to signals', { idle_timeout: '1s' }, /no sign of life for 1 s/],
    ['its time is over, and it is deaf to signals', { todo_timeout: '3s' }, /time limit of \d/],
  ])('%s: it is stopped with all of its children', async (_, settings, reason) => {
    const scenario = looseAgent(() => ({ steps: hang }));
    await expectStopAndGoOn(scenario, settings, { outcome: 'needs-review', reason });
    expect(processesWith(`9872.${process.pid}`)).toEqual([]);
    scenario.expectNothingLeft();
  });

  test.each([
    ['lines', `${'x'.repeat(200)}\n`.repeat(5000)],
    ['one line', 'x'.repeat(1_000_000)],
  ])('it prints %s without end: it is stopped, and the plugin stays small', async (_, text) => {
    const scenario = looseAgent(() => ({ steps: [DNS_CHANGE, { do: 'flood', text }] }));
    const running = scenario.start();
    const peaks: number[] = [];
    const timer = setInterval(() => peaks.push(peakMemoryMib(running.pid)), 100);
    const run = await running.ended;
    clearInterval(timer);
    expect(run.outcomes, run.output).toEqual({ [FIRST.action]: 'done', [EVIL]: 'needs-review', [LAST.action]: 'deferred' });
    expect(run.report?.outcomes[1]?.reason).toBe('the agent was stopped: it printed without end');
    expect(rowOf(scenario, EVIL)).toMatch(/printed without end/);
    expect(run.code).toBe(1);
    expect(Math.max(...peaks)).toBeLessThan(150);
    scenario.expectNothingLeft();
  });
});

/** The most memory a process has had so far; 0 when it has ended. */
function peakMemoryMib(pid: number | undefined): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

test('where there are no process namespaces, what it leaves is found by its environment and session', async () => {
  const nap = `sleep 9873.${process.pid}`;
  const scenario = looseAgent(({ stage }) => ({
    steps: [
      DNS_CHANGE,
      { do: 'child', argv: nap.split(' '), pidFile: join(stage.dir, 'pid') },
      sh(`${nap} & nohup ${nap} > /dev/null 2>&1 & env -i ${nap} &`),
    ],
  }));
  const run = await scenario.run({}, { env: scenario.machineWithout('unshare') });
  expect(run.outcomes, run.output).toEqual({ [FIRST.action]: 'done', [EVIL]: 'done', [LAST.action]: 'done' });
  expect(run.output).toContain('no process namespaces on this machine');
  expect(processesWith(nap)).toEqual([]);
  scenario.expectNothingLeft();
});

describe('a program that is not Claude Code as it was started', () => {
  test.each([
    ['has tools it was not given', { type: 'system', subtype: 'init', tools: ['Read', 'Bash'], permissionMode: 'dontAsk' }, /tools it was not given: Bash/],
    ['does not keep to its permission mode', { type: 'system', subtype: 'init', tools: ['Read'], permissionMode: 'bypassPermissions' }, /dontAsk/],
  ])('%s: the run stops before anything is gated', async (_, event, reason) => {
    const scenario = looseAgent(() => ({ steps: [DNS_CHANGE, { do: 'event', event }, { do: 'hang' }] }));
    const run = await scenario.run();
    expect(run.outcomes, run.output).toEqual({ [FIRST.action]: 'done', [EVIL]: 'failed', [LAST.action]: 'deferred' });
    expect(run.report?.error?.message).toMatch(reason);
    expect(run.code).toBe(1);
    expect(scenario.replicas('dns')).toBe('1');
    scenario.expectNothingLeft();
  });
});

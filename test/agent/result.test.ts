import { describe, expect, it } from 'vitest';
import { readAnswer } from '../../src/agent/answer.ts';
import type { StreamSummary } from '../../src/agent/events.ts';
import { judge } from '../../src/agent/result.ts';
import type { ExecResult } from '../../src/host/host.ts';

const ANSWER = { status: 'done', summary: 'sets the input', files: ['stacks/web/main.tf'] };
const SUCCESS = {
  type: 'result',
  subtype: 'success',
  is_error: false,
  num_turns: 3,
  total_cost_usd: 0.25,
  structured_output: ANSWER,
};
const LIMITS = { sessionId: 'id', claudePath: 'claude', budgetUsd: 2, timeoutMs: 1_800_000, idleTimeoutMs: 300_000 };

function verdict(result: unknown, exec: Partial<ExecResult> = {}, stream: Partial<StreamSummary> = {}) {
  return judge(
    { code: 0, stdout: '', stderr: '', truncated: false, ended: 'exited', ...exec },
    { result, started: true, unreadableLines: 0, breach: null, ...stream },
    LIMITS,
  );
}

describe('an ended agent call', () => {
  it('is answered when everything says so', () => {
    expect(verdict(SUCCESS)).toEqual({
      kind: 'answered',
      answer: { ...ANSWER, reason: null },
      costUsd: 0.25,
      sessionId: 'id',
      turns: 3,
    });
    expect(verdict({ ...SUCCESS, structured_output: { ...ANSWER, status: 'already-done', reason: 'line 3' } }).kind).toBe(
      'answered',
    );
  });

  it.each([
    ['an exit code', SUCCESS, { code: 1 }],
    ['is_error beside success', { ...SUCCESS, is_error: true, result: 'Claude is unwell' }, {}],
    ['is_error missing', { ...SUCCESS, is_error: undefined }, {}],
    ['is_error as text', { ...SUCCESS, is_error: 'false' }, {}],
    ['another subtype', { ...SUCCESS, subtype: 'error_during_execution' }, {}],
    ['a subtype nobody knows', { ...SUCCESS, subtype: 'success_perhaps' }, {}],
    ['no turns', { ...SUCCESS, num_turns: 0 }, {}],
    ['no structured answer', { ...SUCCESS, structured_output: undefined, result: JSON.stringify(ANSWER) }, {}],
    ['an answer of another shape', { ...SUCCESS, structured_output: { ...ANSWER, files: 'all' } }, {}],
    ['an answer with more in it', { ...SUCCESS, structured_output: { ...ANSWER, approved: true } }, {}],
    ['an unknown status', { ...SUCCESS, structured_output: { ...ANSWER, status: 'approved' } }, {}],
    ['no result', null, {}],
    ['a time limit', SUCCESS, { ended: 'timeout', code: null } as const],
    ['an idle limit', SUCCESS, { ended: 'idle', code: null } as const],
    ['a signal', SUCCESS, { ended: 'signal', code: null } as const],
    ['an abort', SUCCESS, { ended: 'aborted', code: 0 } as const],
    ['no cost', { ...SUCCESS, total_cost_usd: undefined }, {}],
  ])('is not answered with %s', (_, result, exec) => {
    expect(verdict(result, exec).kind).not.toBe('answered');
  });

  it.each([undefined, null, 'free', -1, Number.NaN, Number.POSITIVE_INFINITY])(
    'has no known cost when it says %j',
    (total_cost_usd) => {
      expect(verdict({ ...SUCCESS, total_cost_usd })).toMatchObject({ kind: 'failed', costUsd: null });
      expect(verdict({ ...SUCCESS, total_cost_usd, structured_output: null })).toMatchObject({
        kind: 'refused',
        costUsd: null,
      });
    },
  );

  it.each(['timeout', 'idle', 'output', 'signal', 'aborted'] as const)(
    'has no known cost when it was ended (%s): the response cut off is not in the result',
    (ended) => {
      expect(verdict({ ...SUCCESS, total_cost_usd: 0 }, { ended, code: null }).costUsd).toBeNull();
    },
  );

  it('is cancelled when it was aborted, and failed when it was aborted for a breach', () => {
    expect(verdict(null, { ended: 'aborted', code: null })).toEqual({ kind: 'cancelled', costUsd: null });
    expect(verdict(null, { ended: 'aborted', code: null }, { breach: 'it has tools it was not given: Bash' })).toMatchObject({
      kind: 'failed',
      affects: 'run',
      reason: 'Claude Code was stopped: it has tools it was not given: Bash',
    });
  });

  it.each([
    ['timeout', 'the agent was stopped after its time limit of 30 min', /todo_timeout/],
    ['idle', 'the agent was stopped: no sign of life for 5 min', /idle_timeout/],
  ] as const)('names the limit and its setting (%s)', (ended, reason, remedy) => {
    expect(verdict(null, { ended, code: null })).toMatchObject({
      kind: 'failed',
      reason,
      remedy: expect.stringMatching(remedy),
      affects: 'todo',
    });
  });

  it('is over budget, with what was spent', () => {
    const result = {
      ...SUCCESS,
      subtype: 'error_max_budget_usd',
      is_error: true,
      total_cost_usd: 2.1,
      structured_output: undefined,
    };
    expect(verdict(result, { code: 1 })).toMatchObject({ kind: 'over-budget', costUsd: 2.1 });
  });

  it.each([
    ['Not logged in · Please run /login', null, /not logged in/, 'run'],
    ['Failed to authenticate', 401, /not logged in, or its login was refused/, 'run'],
    ['no such model', 404, /no such model/, 'run'],
    ['Repeated 529 Overloaded errors', null, /cannot be reached/, 'run'],
    ['Unable to connect to API (ConnectionRefused)', null, /cannot be reached/, 'run'],
    ['rate', 429, /cannot be reached/, 'run'],
    ['Prompt is too long', 400, /failed: Prompt is too long/, 'todo'],
  ])('says what is wrong: %s', (text, api_error_status, reason, affects) => {
    const result = { ...SUCCESS, is_error: true, api_error_status, result: text, total_cost_usd: 0 };
    expect(verdict(result, { code: 1 })).toMatchObject({
      kind: 'failed',
      reason: expect.stringMatching(reason),
      affects,
      costUsd: 0,
    });
  });

  it('says when Claude Code is not there, which costs nothing', () => {
    const result = verdict(null, { code: 127, stderr: "\nenv: 'claude': No such file or directory\n" }, { started: false });
    expect(result).toMatchObject({
      kind: 'failed',
      affects: 'run',
      costUsd: 0,
      remedy: expect.stringContaining('claude_path'),
    });
  });

  it('shows only the beginning of what Claude Code complains of', () => {
    const stderr = `error: unknown option '--agents'\n${'minified();'.repeat(5_000)}`;
    const result = verdict(null, { code: 1, stderr }, { started: false });
    expect(result).toMatchObject({
      kind: 'failed',
      reason: "Claude Code did not start (exit code 1, error: unknown option '--agents')",
      costUsd: null,
    });
    expect(JSON.stringify(verdict(null, { code: 1, stderr: 'x'.repeat(9_000) })).length).toBeLessThan(800);
  });
});

describe('an answer', () => {
  it('is hostile text: one line, printable, capped', () => {
    const answer = readAnswer({
      status: 'cannot',
      summary: `a\n# b\u001b[2J\u202e${'c'.repeat(10_000)}`,
      files: Array(10_000).fill('x\ny'),
      reason: ' \n ',
    });
    expect(answer?.summary).toMatch(/^a # bc+…$/);
    expect(answer?.summary).toHaveLength(300);
    expect(answer?.files).toHaveLength(200);
    expect(answer?.files[0]).toBe('x y');
    expect(answer?.reason).toBeNull();
  });
});

import type { DecidedTodo, Decision, PostMortem, Todo } from '../../src/postmortem/model.ts';
import type { RunReport, TodoOutcome } from '../../src/report/report.ts';

/** A TODO of a table row, complete, with what the test cares about changed. */
export function todo(change: Partial<Todo> = {}): Todo {
  return {
    id: 'docs/post-mortems/2026-05-25-disk.md#0123abcd',
    file: 'docs/post-mortems/2026-05-25-disk.md',
    line: 42,
    column: 3,
    source: 'table',
    action: 'Add an alert for a full disk',
    actionMarkdown: 'Add an alert for a full disk',
    priority: 'P0',
    priorityFrom: 'column',
    priorityRaw: 'P0',
    type: 'Alert',
    typeFrom: 'column',
    details: 'at 90 %',
    owner: 'sre',
    statusRaw: 'TODO',
    state: 'open',
    statusRange: { start: 10, end: 14 },
    textHash: 'feedbeef',
    ...change,
  };
}

export function postMortem(change: Partial<PostMortem> = {}): PostMortem {
  return {
    file: 'docs/post-mortems/2026-05-25-disk.md',
    title: 'The disk was full',
    date: '2026-05-25',
    todos: [],
    followUp: [],
    problems: [],
    ...change,
  };
}

export function decided(kind: Decision['kind'], change: Partial<Todo> = {}, reason = 'Alert is a safe type'): DecidedTodo {
  return { todo: todo(change), postMortem: postMortem(), decision: { kind, reason } };
}

export function outcome(change: Partial<TodoOutcome> = {}): TodoOutcome {
  return {
    todo: todo(),
    postMortemTitle: 'The disk was full',
    kind: 'done',
    reason: 'applied 1 change in stacks/monitoring',
    commit: { id: 'abcdef0123456789abcdef0123456789abcdef01', url: 'https://git.example.com/ops/infra/commit/abcdef01' },
    costUsd: 0.42,
    durationMs: 72_000,
    ...change,
  };
}

export function runReport(change: Partial<RunReport> = {}): RunReport {
  return {
    status: 'completed',
    dryRun: false,
    repository: 'ops/infra',
    branch: 'main',
    shard: null,
    pipelineUrl: 'https://ci.example.com/repos/1/pipeline/12',
    pipelineNumber: '12',
    host: 'wizard@10.0.10.10:22',
    startedAt: new Date('2026-06-01T10:00:00Z'),
    durationMs: 254_000,
    costUsd: 1.234,
    outcomes: [],
    awaiting: [],
    problems: [],
    notices: [],
    error: null,
    fileUrl: (path, line) =>
      `https://git.example.com/ops/infra/src/branch/main/${path}${line === undefined ? '' : `#L${line}`}`,
    ...change,
  };
}

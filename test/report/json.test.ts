import { describe, expect, it } from 'vitest';
import { Redactor } from '../../src/log.ts';
import { listJson, reportJson } from '../../src/report/json.ts';
import { decided, outcome, postMortem, runReport, todo } from '../support/reports.ts';

describe('the list for programs', () => {
  const file = 'docs/post-mortems/2026-05-25-disk.md';
  const rows = [
    decided('implement', { line: 1, details: 'at 90 %' }),
    decided('review', { line: 2, type: 'Migration', priority: 'P1' }, 'Migration is no safe type'),
    decided('skip', { line: 3, type: null }, 'refused before'),
    decided('skip', { line: 4, state: 'closed' }, 'done'),
    decided('implement', { line: 1, file: 'docs/post-mortems/other.md' }),
  ];

  it('has per file the fields that scripts read, in that shape', () => {
    const [first] = listJson([postMortem({ file })], rows, new Redactor());
    expect(first).toMatchObject({
      file,
      todos: [{ priority: 'P0', action: 'Add an alert for a full disk', type: 'Alert', details: 'at 90 %', safe: true }],
      skipped: [
        { priority: 'P1', type: 'Migration', safe: false, reason: 'Migration is no safe type', line: 2 },
        { type: '', safe: false, decision: 'skip' },
      ],
      safe_todos: 1,
      skipped_todos: 2,
    });
  });

  it('lists every post-mortem, in order, also those without open TODOs', () => {
    const files = ['docs/post-mortems/other.md', 'docs/post-mortems/none.md', file];
    const listed = listJson(
      files.map((name) => postMortem({ file: name })),
      rows,
      new Redactor(),
    );
    expect(listed.map((item) => [item.file, item.safe_todos, item.skipped_todos])).toEqual([
      ['docs/post-mortems/other.md', 1, 0],
      ['docs/post-mortems/none.md', 0, 0],
      [file, 1, 2],
    ]);
    expect(listed[1]).toMatchObject({ todos: [], skipped: [] });
  });
});

describe('the report file', () => {
  const report = runReport({
    outcomes: [
      outcome(),
      outcome({
        todo: todo({ type: null }),
        kind: 'failed',
        reason: 'planted-secret-in-a-reason',
        commit: null,
        costUsd: null,
        durationMs: null,
      }),
    ],
    awaiting: [decided('review', { line: 50 }, 'no safe type')],
    notices: ['a notice'],
    costUsd: Number.NaN,
  });

  it('holds the run, and is the same after a round trip through JSON', () => {
    const written = reportJson(report, new Redactor());
    expect(JSON.parse(JSON.stringify(written))).toEqual(written);
    expect(written).toMatchObject({
      version: 1,
      status: 'completed',
      dry_run: false,
      repository: 'ops/infra',
      started_at: '2026-06-01T10:00:00.000Z',
      duration_ms: 254_000,
      cost_usd: null,
      counts: { done: 1, needs_review: 0, failed: 1, deferred: 0, awaiting: 1 },
      notices: ['a notice'],
      error: null,
    });
    expect(written.outcomes[0]).toMatchObject({
      outcome: 'done',
      post_mortem: 'The disk was full',
      line: 42,
      url: 'https://git.example.com/ops/infra/src/branch/main/docs/post-mortems/2026-05-25-disk.md#L42',
      commit: { id: 'abcdef0123456789abcdef0123456789abcdef01' },
      cost_usd: 0.42,
    });
    expect(written.awaiting[0]).toMatchObject({ line: 50, reason: 'no safe type' });
  });

  it('holds no secret', () => {
    const redactor = new Redactor();
    redactor.add('planted-secret-in-a-reason');
    expect(JSON.stringify(reportJson(report, redactor))).not.toContain('planted-secret');
    expect(
      JSON.stringify(listJson([postMortem()], [decided('review', {}, 'planted-secret-in-a-reason')], redactor)),
    ).not.toContain('planted-secret');
  });
});

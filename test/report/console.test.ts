import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decisionTable, outcomeTable, problemLines, summary } from '../../src/report/console.ts';
import { formatDuration, formatUsd } from '../../src/report/format.ts';
import { textWidth } from '../../src/postmortem/text-width.ts';
import { cellText, wrapped } from '../../src/report/width.ts';
import { decided, outcome, runReport, todo } from '../support/reports.ts';

describe('the table of decisions', () => {
  it('shows line, priority, type, action, decision and reason', () => {
    const text = decisionTable([
      decided('implement', { line: 42 }),
      decided('review', { line: 43, priority: 'P1', type: null, action: 'Migrate the disk' }, 'unknown type'),
      decided('skip', { line: 44, priority: 'P2', type: 'Config', action: 'Tune NFS' }, 'refused before, waits for a person'),
    ]);
    expect(text.split('\n')).toEqual([
      'Line  Prio  Type    Action                        Decision        Reason',
      '----  ----  ------  ----------------------------  --------------  ----------------------------------',
      'docs/post-mortems/2026-05-25-disk.md',
      '42    P0    Alert   Add an alert for a full disk  implement       Alert is a safe type',
      '43    P1    -       Migrate the disk              needs a person  unknown type',
      '44    P2    Config  Tune NFS                      skip            refused before, waits for a person',
    ]);
  });

  it('names each file above its rows', () => {
    const text = decisionTable([decided('implement', { file: 'docs/a.md' }), decided('implement', { file: 'docs/old/b.md' })]);
    expect(text).toMatch(/^Line[^]*\ndocs\/a\.md\n42 [^]*\ndocs\/old\/b\.md\n42 /);
  });

  it('wraps long texts inside their columns', () => {
    const [, , , first, second] = decisionTable(
      [decided('review', { action: 'one two three '.repeat(6), line: 7 }, 'four five six '.repeat(6))],
      { columns: 90 },
    ).split('\n');
    expect(first).toMatch(/^7 +P0 +Alert +one two .* needs a person +four five/);
    expect(second).toMatch(/^ {18,}\w/);
  });

  it('is empty without TODOs', () => expect(decisionTable([])).toBe(''));

  it('keeps columns in line with wide characters', () => {
    const lines = decisionTable([
      decided('implement', { file: 'docs/\u969c\u5bb3.md', action: '\u76e3\u8996\u3092\u8ffd\u52a0\u3059\u308b' }, 'one'),
      decided('implement', { file: 'docs/a.md', action: 'Add \u{1f6a8} alert' }, 'two'),
      decided('implement', { file: 'docs/a.md', action: 'e\u0301 and \u00e9' }, 'ten'),
    ]).split('\n');
    const starts = lines.filter((line) => /(one|two|ten)$/.test(line)).map((line) => textWidth(line.slice(0, line.search(/(one|two|ten)$/))));
    expect(new Set(starts).size).toBe(1);
  });

  it('cannot be forged by text from outside', () => {
    const nasty = 'a\u001b[2K\u001b]0;title\u0007\r\nP0  forged row\u202e\u0000b';
    const text = decisionTable([decided('review', { action: nasty, type: nasty, file: nasty }, nasty)]);
    expect(text).not.toMatch(/[\u001b\u0007\r\u202e\u0000]/);
    expect(text.split('\n').filter((line) => line.startsWith('P0'))).toEqual([]);
  });

  it('colours only when asked, and says the same without', () => {
    const rows = [decided('implement'), decided('review')];
    const coloured = decisionTable(rows, { colour: 'ansi' });
    expect(coloured).toContain('\u001b[32mimplement\u001b[0m');
    expect(coloured.replaceAll(/\u001b\[\d+m/g, '')).toBe(decisionTable(rows));
  });

  it('fits its width whatever it holds, and loses no word that is not cut', () => {
    const wild = fc.string({
      unit: fc.constantFrom('a', 'bb', ' ', '/', '-', '\u76e3', '\u{1f6a8}', 'e\u0301', '\u200d', '\n'),
      maxLength: 500,
    });
    const rows = fc.array(fc.record({ action: wild, type: fc.option(wild), file: wild, reason: wild }), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(rows, fc.integer({ min: 60, max: 200 }), (wildRows, columns) => {
        const text = decisionTable(
          wildRows.map(({ reason, ...change }) => decided('review', change, reason)),
          { columns },
        );
        for (const line of text.split('\n')) expect(textWidth(line)).toBeLessThanOrEqual(columns);
      }),
      { numRuns: 100 },
    );
  });

  it('takes a 100 kB cell', () => {
    const text = decisionTable([decided('review', { action: 'x'.repeat(100_000) })]);
    expect(text.length).toBeLessThan(5000);
    expect(text).toContain('...');
  });
});

describe('the table of outcomes', () => {
  it('shows outcome, commit, cost, time and reason', () => {
    const text = outcomeTable(
      runReport({
        outcomes: [
          outcome({ reason: 'ok' }),
          outcome({ kind: 'failed', reason: 'time', commit: null, costUsd: null, durationMs: null }),
        ],
      }),
      { columns: 160 },
    );
    const [, , , done, failed] = text.split('\n');
    expect(done).toMatch(/^42 +P0 +Add an alert for a full disk +Done +abcdef01 +\$0\.42 +1m 12s +ok$/);
    expect(failed).toMatch(/Failed +- +- +- +time$/);
  });
});

describe('problem lines', () => {
  it('begin with a place an editor can open, the remedy below', () => {
    const problem = {
      file: 'docs/a.md',
      line: 3,
      column: 7,
      level: 'error',
      rule: 'broken-table-row',
      message: 'the row has\n2 cells',
      remedy: 'Write 5.',
    } as const;
    expect(problemLines([problem, { ...problem, level: 'info', remedy: '' }])).toEqual([
      'docs/a.md:3:7 error broken-table-row the row has 2 cells',
      '    Write 5.',
      'docs/a.md:3:7 info broken-table-row the row has 2 cells',
    ]);
  });
});

describe('the closing lines', () => {
  it('say how it went, what it cost, where the commits are, and what a person should know', () => {
    const lines = summary(
      runReport({
        outcomes: [outcome(), outcome({ todo: todo({ action: 'Tune NFS' }), kind: 'needs-review', commit: null })],
        awaiting: [decided('review')],
        problems: [{ file: 'a.md', line: 1, column: 1, level: 'error', rule: 'r', message: 'm', remedy: '' }],
        notices: ['1 commit lies unpushed\nin ~/code/infra'],
      }),
    );
    expect(lines).toEqual([
      'Post-mortem TODOs: 1 done, 1 for human review ($1.23, 4m 14s)',
      '1 commit:',
      '  abcdef01 Add an alert for a full disk https://git.example.com/ops/infra/commit/abcdef01',
      'Waiting for a person: 1 TODO',
      '1 problem in the post-mortems, 1 error',
      'Note: 1 commit lies unpushed in ~/code/infra',
    ]);
  });

  it('of a failed run say what happened and what to do', () => {
    expect(
      summary(runReport({ status: 'failed', costUsd: 0, error: { message: 'Vault is sealed', remedy: 'Unseal it.' } })),
    ).toEqual(['Post-mortem run failed ($0.00, 4m 14s)', 'What happened: Vault is sealed', 'What to do: Unseal it.']);
  });
});

describe('figures', () => {
  it('money never looks free when it is not, or not known', () => {
    expect([0, 0.001, 0.01, 1.005, 12.345, Number.NaN, Number.POSITIVE_INFINITY].map(formatUsd)).toEqual([
      '$0.00',
      'under $0.01',
      '$0.01',
      '$1.00',
      '$12.35',
      'cost unknown',
      'cost unknown',
    ]);
  });

  it('times are in the unit people use', () => {
    expect([-5, 0, 950, 1000, 59_400, 59_600, 61_000, 3_599_900, 7_260_000, Number.NaN].map(formatDuration)).toEqual([
      '0.0s',
      '0.0s',
      '0.9s',
      '1s',
      '59s',
      '1m 00s',
      '1m 01s',
      '1h 00m',
      '2h 01m',
      'time unknown',
    ]);
  });
});

describe('text on a terminal', () => {
  it.each([
    ['abc', 3],
    ['\u76e3\u8996', 4],
    ['\u{1f6a8}', 2],
    ['\u26a0\ufe0f', 2],
    ['e\u0301', 1],
    ['\uff76', 1],
    ['\uff21', 2],
    ['\ud55c', 2],
    ['\u2014', 1],
    ['', 0],
    ['\u0e14\u0e35', 1],
  ])('%j takes %d columns', (text, width) => expect(textWidth(text)).toBe(width));

  it('is broken at spaces, after slashes, and inside what is too long', () => {
    expect(wrapped('docs/post-mortems/a.md:42', 12)).toEqual(['docs/post-', 'mortems/', 'a.md:42']);
    expect(wrapped('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrapped('abcdefghij', 4)).toEqual(['abcd', 'efgh', 'ij']);
    expect(wrapped('', 4)).toEqual(['']);
  });

  it('is cut with dots, and only when it is too long', () => {
    expect(cellText('abcdef', 6)).toBe('abcdef');
    expect(cellText('abcdefg', 6)).toBe('abc...');
    expect(cellText(`${' '.repeat(50)}a`, 6)).toBe('...');
    expect(cellText('ab\u{1f6a8}defg', 6)).toBe('ab...');
  });
});

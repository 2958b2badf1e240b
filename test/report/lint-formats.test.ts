import { describe, expect, it } from 'vitest';
import { formatLint, type LintReport } from '../../src/report/lint-formats.ts';
import type { Problem } from '../../src/postmortem/model.ts';
import { RULES } from '../../src/postmortem/lint.ts';

const error: Problem = {
  file: 'docs/post-mortems/2026-04-14 a,b:c.md',
  line: 11,
  column: 4,
  level: 'error',
  rule: 'unknown-status',
  message: 'the status "50% :: done, \u001b[31mnearly" says neither open nor done',
  remedy: 'Begin the status with TODO.',
};
const warning: Problem = { ...error, level: 'warning', rule: 'not-of-the-rules', line: 12, message: 'b', remedy: '' };
const info: Problem = { ...error, level: 'info', rule: 'missing-column', line: 13, message: 'c' };
const report: LintReport = { problems: [error, warning, info], fixed: [{ ...info, rule: 'status-spelling' }], files: 2, rules: RULES };

describe('the report of lint', () => {
  it('has one line per problem and its remedy below for people', () => {
    expect(formatLint(report, 'text').split('\n')).toEqual([
      'docs/post-mortems/2026-04-14 a,b:c.md:13 repaired status-spelling: c',
      'docs/post-mortems/2026-04-14 a,b:c.md:11:4 error unknown-status the status "50% :: done, nearly" says neither open nor done',
      '    Begin the status with TODO.',
      'docs/post-mortems/2026-04-14 a,b:c.md:12:4 warning not-of-the-rules b',
      'docs/post-mortems/2026-04-14 a,b:c.md:13:4 info missing-column c',
      '    Begin the status with TODO.',
      '1 error, 1 warning, 1 note in 2 post-mortems, 1 repaired',
      '',
    ]);
  });

  it('is JSON for scripts', () => {
    expect(JSON.parse(formatLint(report, 'json'))).toEqual({ files: 2, errors: 1, warnings: 1, infos: 1, problems: report.problems, fixed: report.fixed });
  });

  it('is workflow commands for GitHub, in which no text can end or forge a command', () => {
    expect(formatLint(report, 'github').split('\n')).toEqual([
      '::error file=docs/post-mortems/2026-04-14 a%2Cb%3Ac.md,line=11,col=4,title=unknown-status::the status "50%25 :: done, nearly" says neither open nor done%0ABegin the status with TODO.',
      '::warning file=docs/post-mortems/2026-04-14 a%2Cb%3Ac.md,line=12,col=4,title=not-of-the-rules::b',
      '::notice file=docs/post-mortems/2026-04-14 a%2Cb%3Ac.md,line=13,col=4,title=missing-column::c%0ABegin the status with TODO.',
      '1 error, 1 warning, 1 note in 2 post-mortems, 1 repaired',
      '',
    ]);
    const hostile = formatLint({ ...report, problems: [{ ...error, file: 'a\n::set-output name=x::y', message: 'b\r\n::stop-commands::x' }] }, 'github');
    expect(hostile.match(/^::/gm)).toHaveLength(1);
  });

  it('is SARIF 2.1.0 for code scanning: every result points to a rule and to a place', () => {
    interface Sarif {
      version: string;
      $schema: string;
      runs: {
        tool: { driver: { name: string; rules: { id: string; shortDescription: { text: string } }[] } };
        columnKind: string;
        results: { ruleId: string; ruleIndex: number; level: string; message: { text: string }; locations: { physicalLocation: { artifactLocation: { uri: string }; region: object } }[] }[];
      }[];
    }
    const sarif = JSON.parse(formatLint(report, 'sarif')) as Sarif;
    const [run] = sarif.runs;
    expect(sarif).toMatchObject({ version: '2.1.0', $schema: expect.stringMatching(/^https:.*sarif.*2\.1\.0.*\.json$/) as string });
    expect(run).toMatchObject({ columnKind: 'utf16CodeUnits', tool: { driver: { name: 'postmortem-plugin' } } });
    const rules = run?.tool.driver.rules ?? [];
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
    expect(rules.every(({ shortDescription }) => shortDescription.text !== '')).toBe(true);
    expect(run?.results.map(({ ruleId, ruleIndex }) => rules[ruleIndex]?.id === ruleId)).toEqual([true, true, true]);
    expect(run?.results.map(({ level }) => level)).toEqual(['error', 'warning', 'note']);
    expect(run?.results[0]).toMatchObject({
      message: { text: expect.stringContaining('Begin the status with TODO.') as string },
      locations: [{ physicalLocation: { artifactLocation: { uri: 'docs/post-mortems/2026-04-14%20a%2Cb%3Ac.md' }, region: { startLine: 11, startColumn: 4 } } }],
    });
  });
});

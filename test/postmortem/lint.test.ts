import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { lintPostMortem, RULES } from '../../src/postmortem/lint.ts';
import type { LintOptions, Rule } from '../../src/postmortem/lint-rule.ts';
import type { Problem } from '../../src/postmortem/model.ts';

const file = 'docs/post-mortems/2026-04-14-dns-outage.md';
const options: LintOptions = {
  today: '2026-04-20',
  overdueDays: { P0: 14, P1: 30, P2: 90, P3: null },
  types: ['Alert', 'Config', 'Monitor', 'Migration', 'Runbook', 'Architecture'],
  safeTypes: ['Alert', 'Config', 'Monitor'],
  commitExists: (id) => id === '35646841',
};

function lint(text: string, more: Partial<LintOptions> = {}): Problem[] {
  return lintPostMortem(text, file, { ...options, ...more });
}

/** `line:column rule` of what is found. */
function places(text: string, more: Partial<LintOptions> = {}): string[] {
  return lint(text, more).map(({ line, column, rule }) => `${line}:${column} ${rule}`);
}

/** An example of the documentation as a whole document. */
function documentOf(example: string): string {
  return example.startsWith('#') ? example : `# Post-Mortem: DNS outage\n\n**Date**: 2026-04-14\n\n## Prevention Plan\n\n${example}\n`;
}

describe.each(RULES.map((rule): [string, Rule] => [rule.id, rule]))('the rule %s', (id, { level, bad, good, exampleFile = file, about, check }) => {
  const found = (example: string): Problem[] => lintPostMortem(documentOf(example), exampleFile, options).filter(({ rule }) => rule === id);

  it('finds fault with its bad example, with a remedy', () => {
    expect(found(bad)).not.toEqual([]);
    for (const problem of found(bad)) {
      expect(problem.message).toMatch(/^[^\n]+$/);
      expect(problem.remedy).toMatch(/^[^\n]+$/);
      expect(check === 'parser' ? level : problem.level).toBe(level);
    }
  });

  it('finds no fault with its good example', () => {
    expect(found(good)).toEqual([]);
  });

  it('is documented in one line and named in kebab-case', () => {
    expect(about).toMatch(/^[A-Z][^\n]+[.]$/);
    expect(id).toMatch(/^[a-z]+(?:-[a-z]+)*$/);
  });
});

const clean = `# Post-Mortem: DNS outage

| Field | Value |
|-------|-------|
| **Date** | 2026-04-14 |

## Prevention Plan

| Priority | Action | Type | Details | Status |
|----------|--------|------|---------|--------|
| P1 | Alert when a zone is older than a day | Alert | zone_age_seconds > 86400 for 15m | TODO |
| P3 | Restart the resolver nightly | Config | \`resolver.tf\` | Done (PR #12) |
`;

describe('a post-mortem', () => {
  it('written as the template has it has no problems', () => {
    expect(lint(clean)).toEqual([]);
    expect(lint(`\ufeff${clean.replaceAll('\n', '\r\n')}`)).toEqual([]);
  });

  it('has its problems at the very cells, in their order', () => {
    const text = clean
      .replace('| P1 | Alert when a zone is older than a day | Alert | zone_age_seconds > 86400 for 15m | TODO |', '|  soon | Improve monitoring | Alrt |  | maybe |')
      .replace('| **Date** | 2026-04-14 |', '| **Date** | 2025-04-14 |');
    expect(places(text)).toEqual(['5:14 date-contradiction', '11:4 unknown-priority', '11:11 vague-action', '11:32 unknown-type', '11:42 unknown-status']);
  });

  it('has them at the same lines and columns behind a byte order mark, in CRLF and in a quote', () => {
    const text = clean.replace('| Alert | zone', '| Alrt | zone');
    expect(places(text)).toEqual(['11:48 unknown-type']);
    expect(places(`\ufeff${text.replaceAll('\n', '\r\n')}`)).toEqual(['11:48 unknown-type']);
    expect(places(text.replaceAll(/^\|/gm, '> |'))).toEqual(['11:50 unknown-type']);
  });

  it('gets the nearest known word suggested', () => {
    const [type] = lint(clean.replace('| Alert | zone', '| Alrt | zone'));
    expect(type?.remedy).toMatch(/Did you mean Alert\?$/);
    const [status] = lint(clean.replace('| TODO |', '| TODOO |'));
    expect(status).toMatchObject({ rule: 'unknown-status', level: 'error', remedy: expect.stringMatching(/Did you mean TODO\?$/) as string });
    const [combined] = lint(clean.replace('| Alert | zone', '| Alert + Runbok | zone'));
    expect(combined).toMatchObject({ message: 'the type "Runbok" is not known', remedy: expect.stringMatching(/Did you mean Runbook\?$/) as string });
  });

  it('is not blamed for what is done already', () => {
    expect(lint(clean.replace('| P3 | Restart the resolver nightly | Config |', '| whenever | Fix it | Magic |'))).toEqual([]);
  });

  it('needs a plan, or has to say that it needs none', () => {
    const without = clean.slice(0, clean.indexOf('| Priority'));
    expect(places(without)).toEqual(['7:1 no-prevention-plan']);
    expect(places(`${without}No action items.\n`)).toEqual([]);
    expect(places(clean.slice(0, clean.indexOf('## Prevention')))).toEqual(['1:1 no-prevention-plan']);
    expect(places(`${without}- [ ] Alert when a zone is old. Owner: anna\n`)).toEqual([]);
  });

  it('may have lasted several days, one of which its file is named after', () => {
    expect(places(clean.replace('| 2026-04-14 |', '| 2026-04-13 to 2026-04-14 |'))).toEqual([]);
    expect(places(clean.replace('| 2026-04-14 |', '| 2026-04-12 to 2026-04-13 |'))).toEqual(['5:14 date-contradiction']);
  });

  it('counts the days an item is open by its priority, or by its due date', () => {
    expect(places(clean, { today: '2026-05-14' })).toEqual([]);
    expect(lint(clean, { today: '2026-05-15' })).toMatchObject([{ line: 11, column: 8, rule: 'overdue', message: 'the item is open for 31 days; P1 allows 30' }]);
    expect(places(clean, { today: '2030-01-01', overdueDays: { P1: null } })).toEqual([]);
    const due = clean.replace('| Details |', '| Due |').replace('zone_age_seconds > 86400 for 15m', '2026-05-01').replace('`resolver.tf`', '2026-05-01');
    expect(places(due, { today: '2026-05-01' }).filter((place) => place.includes('overdue'))).toEqual([]);
    expect(places(due, { today: '2026-05-02' })).toContain('11:56 overdue');
  });

  it('has its Follow-up commits looked up, unless nobody can tell', () => {
    const row = '\n## Follow-up Implementation\n\n| Date | Action | Commit | Implemented By |\n|---|---|---|---|\n| — | x | — | Needs human review |\n| 2026-04-15 | y | PR #12 | anna |\n';
    const text = `${clean}${row}| 2026-04-15 | z | [\`deadbeef\`](https://x/commit/deadbeef00) | anna |\n`;
    expect(places(text)).toEqual(['20:20 commit-not-in-history']);
    expect(places(text, { commitExists: () => null })).toEqual([]);
    expect(places(text, { commitExists: () => true })).toEqual([]);
  });

  it('has owners where people have work to do, once per table that has no column for them', () => {
    const migration = clean.replaceAll('| Alert |', '| Migration |');
    expect(places(migration)).toEqual(['9:1 no-owner']);
    expect(places(migration.replaceAll('Details', 'Owner').replace('zone_age_seconds > 86400 for 15m', 'TBD'))).toEqual(['9:1 missing-column', '11:60 no-owner']);
    expect(places(migration.replaceAll('Details', 'Owner'))).toEqual(['9:1 missing-column']);
  });

  it('names things in its actions, in any language', () => {
    const vague = ['Fix it', 'Improve monitoring', 'Add more alerts', 'Investigate', 'Review the documentation', 'Update our runbooks and processes'];
    const clear = ['Improve monitoring of Vault', 'Add alerts for NFS', 'Review 53 volumes', 'Update `runbook.md`', 'Restart', 'Überwachung verbessern', '監視を改善する', 'Add more alerts on queue depth', 'Fix #12'];
    const found = (action: string): boolean => places(clean.replace('Alert when a zone is older than a day', action)).some((place) => place.endsWith('vague-action'));
    expect(vague.filter((action) => !found(action))).toEqual([]);
    expect(clear.filter((action) => action !== 'Restart' && found(action))).toEqual([]);
  });

  it('is not taken for a template because of tags, links or code', () => {
    const text = clean.replace('## Prevention', '## What `<action>` did <br>\n\n[name](x) <https://x.example>\n\n## Prevention');
    expect(lint(text)).toEqual([]);
    expect(places(clean.replace('| **Date** | 2026-04-14 |', '| **Date** | 2026-04-14 |\n| **Duration** | <duration> |'))).toEqual(['6:18 placeholder']);
    expect(places(clean.replace('# Post-Mortem: DNS outage', '# Post-Mortem: <title>'))).toEqual(['1:1 placeholder']);
  });
});

const corpus = fileURLToPath(new URL('../../../shared/corpus/', import.meta.url));
const documents = ['infra/docs', 'public/docs'].flatMap((folder) => (existsSync(corpus + folder) ? readdirSync(corpus + folder).map((name) => `${folder}/${name}`) : []));

describe.skipIf(documents.length === 0)(`the corpus${documents.length === 0 ? ' (skipped: ../shared/corpus is absent)' : ''}`, () => {
  const known = new Set(RULES.map(({ id }) => id));

  it.each(documents)('%s has problems of documented rules only, at places that exist', (name) => {
    const text = readFileSync(corpus + name, 'utf8');
    const lines = text.split(/\r\n|\n|\r/);
    for (const problem of lintPostMortem(text, name, options)) {
      expect(known).toContain(problem.rule);
      expect(problem.column).toBeGreaterThan(0);
      expect(problem.column).toBeLessThanOrEqual((lines[problem.line - 1] ?? '').length + 1);
    }
  });

  it('has the contradicting headers of 2026-04-14 at the header, and its statuses are understood', () => {
    const text = readFileSync(`${corpus}infra/docs/2026-04-14-nfs-fsid0-dns-vault-outage.md`, 'utf8');
    const found = lintPostMortem(text, 'docs/post-mortems/2026-04-14-nfs.md', options);
    expect(found.filter(({ rule }) => rule === 'header-contradicts-cells').map(({ line, column }) => [line, column])).toEqual([[97, 20], [108, 20], [117, 20], [127, 20]]);
    expect(found.filter(({ level }) => level === 'error' ).map(({ rule }) => rule)).toEqual(expect.not.arrayContaining(['unknown-status', 'no-status-column']));
  });
});

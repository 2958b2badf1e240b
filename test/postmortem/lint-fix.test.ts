import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../src/postmortem/classify.ts';
import { fixPostMortem } from '../../src/postmortem/fix.ts';
import { linesOf } from './edited.ts';
import { parsePostMortem } from '../../src/postmortem/parse.ts';

const file = 'docs/post-mortems/2026-04-14-x.md';
const decisions = { safeTypes: ['Alert', 'Config', 'Monitor'], retry: 'never' } as const;

function plan(...lines: string[]): string {
  return ['# Post-Mortem', '', '## Prevention Plan', '', ...lines, ''].join('\n');
}

describe('the repair of a post-mortem', () => {
  it('spells TODO and Done as the template does, and nothing else', () => {
    const text = plan(
      '| Priority | Action | Type | Details | Status |', '|--|--|--|--|--|',
      '| P1 | todo list for a done deal | Alert | done | todo |', '| P1 | b | Alert | x | **To do** (see #1) |', '| P1 | c | Alert | x | DONE |', '| P1 | d | Alert | x | completed |', '| P1 | e | Alert | x | to-do |',
    );
    const { text: repaired, fixed } = fixPostMortem(text, file);
    expect(repaired).toBe(text.replace('| done | todo |', '| done | TODO |').replace('**To do**', '**TODO**').replace('| DONE |', '| Done |').replace('| to-do |', '| TODO |'));
    expect(fixed.map(({ line, rule }) => [line, rule])).toEqual([7, 8, 9, 11].map((line) => [line, 'status-spelling']));
  });

  it('adds the columns a table lacks where the template has them, saying only what the rows count as already', () => {
    const text = plan('### P1 Soon', '', '| Action | Owner | Status |', '|--------|-------|--------|', '| Add an alert for full disks | anna | TODO |', '| Paint the bikeshed | | TODO |');
    const { text: repaired, fixed } = fixPostMortem(text, file);
    expect(repaired).toBe(
      plan(
        '### P1 Soon', '',
        '| Priority | Action | Type | Details | Owner | Status |', '|----------|--------|------|---------|-------|--------|',
        '| P1 | Add an alert for full disks | Alert |  | anna | TODO |', '| P1 | Paint the bikeshed |  |  | | TODO |',
      ),
    );
    expect(fixed).toMatchObject([{ line: 7, rule: 'missing-column' }]);
  });

  it('adds an empty Status: what is open is a decision', () => {
    const text = plan('| Priority | Action | Type | Details |', '| --- | --- | --- | --- |', '| P1 | Add an alert for full disks | Alert | x |');
    const { text: repaired, fixed } = fixPostMortem(text, file);
    expect(repaired).toBe(plan('| Priority | Action | Type | Details | Status |', '| --- | --- | --- | --- | ------ |', '| P1 | Add an alert for full disks | Alert | x |  |'));
    expect(fixed).toMatchObject([{ rule: 'no-status-column' }]);
  });

  it('keeps an aligned table aligned', () => {
    const text = plan('| Action                 | Status      |', '|------------------------|-------------|', '| Migrate Vault to a SSD | to do       |', '| Add an alert for disks | In progress |');
    expect(fixPostMortem(text, file).text).toBe(
      plan(
        '| Priority | Action                 | Type      | Details | Status      |', '|----------|------------------------|-----------|---------|-------------|',
        '| P2       | Migrate Vault to a SSD | Migration |         | TODO        |', '| P2       | Add an alert for disks | Alert     |         | In progress |',
      ),
    );
  });

  it('keeps line endings, byte order mark and a missing newline at the end', () => {
    const text = `\ufeff${plan('| Action | Status |', '|---|---|', '| Add an alert for full disks | todo |').trimEnd().replaceAll('\n', '\r\n')}`;
    const expected = `\ufeff${plan('| Priority | Action | Type | Details | Status |', '|----------|---|------|---------|---|', '| P2 | Add an alert for full disks | Alert |  | TODO |').trimEnd().replaceAll('\n', '\r\n')}`;
    expect(fixPostMortem(text, file).text).toBe(expected);
  });

  it('leaves tables alone that a person has to put right first', () => {
    for (const lines of [['Action | Status', '--|--', 'Add an alert | TODO'], ['Action | Status |', '--|--|', 'Add an alert | TODO |'], ['| Action | Status |', '|---|---|', '| Add an alert |'], ['| Action | Status |', '|---|---|', '| Add | an | alert | TODO |']]) {
      expect(fixPostMortem(plan(...lines), file)).toEqual({ text: plan(...lines), fixed: [] });
    }
  });
});

/** What a repair may never do. */
function holds(text: string, name: string): void {
  const { text: repaired, fixed } = fixPostMortem(text, name);
  const [before, after] = [parsePostMortem(text, name), parsePostMortem(repaired, name)];
  const said = ({ todos }: typeof before): unknown[] => todos.map(({ id, line, action, details, priority, type, owner, state, textHash }) => [id, line, action, details, priority, type, owner, state, textHash]);
  expect(said(after)).toEqual(said(before));
  expect(after.todos.map((todo) => decide(todo, after, decisions).kind)).toEqual(before.todos.map((todo) => decide(todo, before, decisions).kind));
  expect({ title: after.title, date: after.date, followUp: after.followUp }).toEqual({ title: before.title, date: before.date, followUp: before.followUp });
  expect(fixPostMortem(repaired, name)).toEqual({ text: repaired, fixed: [] });
  if (fixed.length === 0) {
    expect(repaired).toBe(text);
  }
  const old = linesOf(text);
  const now = linesOf(repaired);
  expect(now).toHaveLength(old.length);
  // Only lines of tables change, and cells are only added or spelt anew.
  for (const [index, line] of old.entries()) {
    const letters = (each: string | undefined): string => (each ?? '').toLowerCase();
    if (line !== now[index]) {
      expect(line).toContain('|');
      for (const cell of line.split('|')) {
        expect(letters(now[index]).replaceAll(/[\s-]+/g, '')).toContain(letters(cell).replaceAll(/[\s-]+/g, ''));
      }
    }
  }
}

const corpus = fileURLToPath(new URL('../../../shared/corpus/', import.meta.url));
const documents = ['infra/docs', 'infra/before-follow-up', 'public/docs'].flatMap((folder) => (existsSync(corpus + folder) ? readdirSync(corpus + folder).map((name) => `${folder}/${name}`) : []));

describe.skipIf(documents.length === 0)(`the repair of the corpus${documents.length === 0 ? ' (skipped: ../shared/corpus is absent)' : ''}`, () => {
  it.each(documents)('%s says the same afterwards, and a second repair changes nothing', (name) => {
    holds(readFileSync(corpus + name, 'utf8'), name);
  });
});

describe('the repair of generated documents', () => {
  const name = fc.constantFrom('Action', 'Status', 'Type', 'Priority', 'Details', 'Owner', 'Due', '#', 'Notes', 'Bug', 'Item', 'Maßnahme');
  const cell = fc.constantFrom('todo', 'TODO', 'DONE', 'Add an alert for disks', 'Migrate Vault', '[P0] Review it', 'P1', '', '—', 'Alert', 'a \\| b', '`x`', 'anna', '2026-05-01', '✅ done', '<action>', 'n/a DONE', '監視を追加する');
  const pipes = fc.constantFrom<readonly [string, string]>(['| ', ' |'], ['', ''], ['|', '|'], ['> | ', ' |'], ['  | ', ' | ']);

  it('says the same afterwards, and a second one changes nothing', () => {
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 6 }), fc.array(fc.array(cell, { minLength: 6, maxLength: 6 }), { maxLength: 5 }), pipes, fc.nat(7), (names, rows, [start, end], ragged) => {
        const lines = [names, names.map(() => '---'), ...rows.map((row, index) => row.slice(0, names.length + (ragged === index ? 1 : 0)))].map((cells) => start + cells.join(' | ') + end);
        holds(plan(...lines), file);
      }),
      { numRuns: 500 },
    );
  });
});

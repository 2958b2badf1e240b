import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tablesOf } from '../../src/postmortem/outline.ts';
import { parsePostMortem } from '../../src/postmortem/parse.ts';
import { fixPostMortem } from '../../src/postmortem/fix.ts';
import type { PostMortem } from '../../src/postmortem/model.ts';
import { actionTable, anyDocument } from './markdown.ts';
import { runs } from './runs.ts';

const FILE = 'docs/post-mortems/2026-04-14-x.md';

/** Lines as people count them: CRLF, LF and CR end one. */
const linesOf = (text: string): string[] => text.split(/\r\n|\n|\r/);

function expectPlacesInside(text: string, { todos, followUp, problems }: PostMortem): void {
  const lines = linesOf(text);
  for (const { line, column } of [...todos, ...problems]) {
    expect(lines[line - 1], `line ${line}`).toBeDefined();
    expect(column).toBeGreaterThanOrEqual(1);
    expect(column).toBeLessThanOrEqual((lines[line - 1] ?? '').length + 1);
  }
  for (const { line } of followUp) expect(lines[line - 1]).toBeDefined();
  for (const { statusRange, statusRaw, line, source } of todos) {
    if (statusRange === null) continue;
    const { start, end } = statusRange;
    expect([source, 0 <= start && start <= end && end <= text.length]).toEqual(['table', true]);
    expect(linesOf(text.slice(0, start)).length, 'the status stands in the line of its TODO').toBe(line);
    expect(linesOf(text.slice(0, end)).length).toBe(line);
    expect(statusRaw).not.toBeNull();
  }
}

describe('any text', () => {
  test('is read without an error, with places that are in it, identities that differ, and texts that are one printable line', () => {
    fc.assert(
      fc.property(anyDocument, (text) => {
        const read = parsePostMortem(text, FILE);
        expectPlacesInside(text, read);
        expect(new Set(read.todos.map(({ id }) => id)).size).toBe(read.todos.length);
        for (const { action, details, type, owner } of read.todos) {
          // eslint-disable-next-line no-control-regex
          for (const shown of [action, details, type ?? '', owner ?? '']) expect(shown).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
          expect(action.trim()).not.toBe('');
        }
      }),
      runs(1_200),
    );
  });

  test('gives the same open rows whether only they are asked for or everything is', () => {
    fc.assert(
      fc.property(fc.oneof(anyDocument, fc.tuple(anyDocument, actionTable, anyDocument).map((parts) => parts.join('\n\n'))), (text) => {
        const [all, open] = [parsePostMortem(text, FILE), parsePostMortem(text, FILE, { want: 'open' })];
        expect(open.todos).toEqual(all.todos.filter(({ source, state }) => source === 'table' && state === 'open'));
        expect([open.file, open.date]).toEqual([all.file, all.date]);
      }),
      runs(800),
    );
  });

  test('is only ever automated from a row of a table that says it is open', () => {
    const openWord = /todo|to do|open|not (?:yet )?started|progress|pending|\[ \]|wip|offen|未着手|blocked|needs|🚧|⏳|❌|⬜|☐/i;
    fc.assert(
      fc.property(anyDocument, (text) => {
        for (const { line } of parsePostMortem(text, FILE, { want: 'open' }).todos) {
          expect(linesOf(text)[line - 1]).toContain('|');
          expect(linesOf(text)[line - 1]).toMatch(openWord);
        }
      }),
      runs(600),
    );
  });
});

describe('an action table among any text', () => {
  test('loses no row: each is a TODO or a problem in its line', () => {
    fc.assert(
      fc.property(actionTable, anyDocument, (table, after) => {
        const text = `${table}\n\n${after}`;
        const { todos, problems } = parsePostMortem(text, FILE);
        const spokenOf = new Set([...todos, ...problems].map(({ line }) => line));
        const [first] = tablesOf(text);
        const rows = linesOf(table).flatMap((line, index) => (index > 3 && line.startsWith('| ') ? [index + 1] : []));
        expect(first?.header.line).toBe(3);
        expect(rows.length).toBeGreaterThan(0);
        expect(rows.filter((line) => !spokenOf.has(line)).map((line) => linesOf(text)[line - 1])).toEqual([]);
      }),
      runs(600),
    );
  });

  test('is repaired without a change of what it says, once and for all', () => {
    fc.assert(
      fc.property(fc.oneof(actionTable, anyDocument), (text) => {
        const { text: fixed } = fixPostMortem(text, FILE);
        const told = (from: string) => parsePostMortem(from, FILE).todos.map(({ id, line, state, priority, type, textHash }) => [id, line, state, priority, type, textHash]);
        expect(told(fixed)).toEqual(told(text));
        expect(fixPostMortem(fixed, FILE).text).toBe(fixed);
      }),
      runs(400),
    );
  });
});

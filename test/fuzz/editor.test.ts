import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyFollowUp } from '../../src/postmortem/edit.ts';
import type { FollowUpEntry, Todo } from '../../src/postmortem/model.ts';
import { parsePostMortem } from '../../src/postmortem/parse.ts';
import { doneEntry, reviewEntry, strayChanges } from '../postmortem/edited.ts';
import { actionTable, anyDocument } from './markdown.ts';
import { runs } from './runs.ts';

/**
 * The editor over any text. test/postmortem/edit-properties.test.ts holds it to more over documents that are well-formed, and over the
 * corpus; here are those that are not, and those that changed after their TODOs were read.
 */

const FILE = 'docs/post-mortems/2026-04-14-x.md';
/** With one kind of line ending: where they are mixed, a line can keep its bytes and yet be told apart from its ending. */
const document = fc
  .tuple(fc.oneof(anyDocument, actionTable, fc.tuple(anyDocument, actionTable, anyDocument).map((parts) => parts.join('\n\n'))), fc.constantFrom('\n', '\r\n', '\r'))
  .map(([text, ending]) => text.replaceAll(/\r\n|\r|\n/g, ending));
const reason = fc.oneof(fc.constantFrom('| a |', '`', '\\', '-->', '## Heading', 'a\nb', '\u202e', '<!-- todo:aaaaaaaaaaaa -->', '<script>', ''), fc.string({ unit: 'binary', maxLength: 40 }));
const ends = fc.array(fc.record({ kind: fc.constantFrom('done', 'review'), reason }), { minLength: 1, maxLength: 5 });

type End = { readonly kind: string; readonly reason: string };

function entriesFor(todos: readonly Todo[], choices: readonly End[]): FollowUpEntry[] {
  return todos.map((todo, index) => {
    const { kind, reason: why } = choices[index % choices.length] ?? { kind: 'done', reason: '' };
    return kind === 'done' ? doneEntry(todo, index.toString(16).padStart(8, 'a').repeat(5)) : reviewEntry(todo, why);
  });
}

/** The TODOs a run works on. */
function openRows(text: string): readonly Todo[] {
  return parsePostMortem(text, FILE, { want: 'open' }).todos;
}

describe('any text, edited', () => {
  test('keeps every byte but status cells and Follow-up rows, says the same with the new statuses, and is done after once', () => {
    fc.assert(
      fc.property(document, ends, (text, choices) => {
        const before = parsePostMortem(text, FILE);
        const entries = entriesFor(openRows(text), choices);
        const closed = entries.filter(({ kind }) => kind === 'done').map(({ todo }) => todo);
        const { text: edited, notFound } = applyFollowUp(text, FILE, entries);
        expect(notFound).toEqual([]);
        expect(strayChanges(text, edited, closed, before.followUp.map(({ line }) => line))).toEqual([]);
        const isClosed = new Set(closed.map(({ id }) => id));
        const said = ({ id, action, priority, type, details, owner, state }: Todo) => [id, action, priority, type, details, owner, isClosed.has(id) ? 'closed' : state];
        expect(parsePostMortem(edited, FILE).todos.map(said)).toEqual(before.todos.map(said));
        expect(applyFollowUp(edited, FILE, entries).text).toBe(edited);
      }),
      runs(400),
    );
  });

  test('with nothing to write stays as it is', () => {
    fc.assert(
      fc.property(document, (text) => {
        expect(applyFollowUp(text, FILE, []).text).toBe(text);
      }),
      runs(300),
    );
  });
});

test('entries of a document that has changed since it was read: no error, no other TODO is closed, and once is enough', () => {
  fc.assert(
    fc.property(document, document, ends, (then, now, choices) => {
      const entries = entriesFor(openRows(then), choices);
      const { text: edited, notFound } = applyFollowUp(now, FILE, entries);
      const done = new Set(entries.filter(({ kind }) => kind === 'done').map(({ todo }) => todo.action));
      const stillOpen = new Set(openRows(edited).map(({ id }) => id));
      for (const { id, action } of openRows(now)) expect(stillOpen.has(id) || done.has(action), `${action} was closed by no entry`).toBe(true);
      expect(notFound.every((entry) => entries.includes(entry))).toBe(true);
      expect(applyFollowUp(edited, FILE, entries).text).toBe(edited);
    }),
    runs(250),
  );
});

import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { corpus, corpusIsHere } from './score.ts';
import { outlineOf } from '../../src/postmortem/outline.ts';
import { parsedText, plainText } from '../../src/postmortem/plain.ts';
import { parsePostMortem } from '../../src/postmortem/parse.ts';
import { parseWhole, wholeOutlineOf } from '../../src/postmortem/whole.ts';
import { statusMarks, statusPhrases } from '../../src/postmortem/status-words.ts';

// Whole-document parsing is slow, and machines are busy.
vi.setConfig({ testTimeout: 300_000 });

/** The fast path against a Markdown parser over the whole document: the same blocks, the same TODOs. */
function expectSame(text: string): void {
  expect(plainBlocks(outlineOf(text))).toEqual(plainBlocks(wholeOutlineOf(text)));
  expect(parsePostMortem(text, 'x.md')).toEqual(parseWhole(text, 'x.md'));
}

/** Blocks without their links to each other, so that a difference is shown where it is. */
function plainBlocks({ blocks }: ReturnType<typeof outlineOf>): unknown[] {
  return blocks.map((block) => {
    if (block.kind === 'table') {
      const { header, alignment, rows, range, columns } = block.table;
      return { range, columns, rows: [header, alignment, ...rows].map(({ line, column, cells, kind }) => ({ line, column, cells, kind })) };
    }
    return block.kind === 'item' ? { ...block, parent: block.parent?.line } : block.kind === 'paragraph' ? { ...block, item: block.item?.line } : block;
  });
}

const word = fc.constantFrom('add', 'an', 'alert', '`a|b`', '`rate(x)`', '**bold**', '*em*', '[link](https://a.example/x)', '[ref]', 'a_b_c', '~~old~~', '<br>', 'x \\| y', '5 * 3', '&amp;', '🚀', '追加', 'P1', '[^1]', '<b>', '1.5', '#5');
const words = fc.array(word, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(' ').replace(/^</, 'a <'));
const status = fc.constantFrom('TODO', 'Done', 'Open', '✅', '', 'In progress', 'Done (PR #1)', '`TODO`', 'who knows');
const tableRow = fc.tuple(words, status).map(([action, state]) => `| P1 | ${action} | Alert | ${state} |`);
const table = fc
  .tuple(fc.constantFrom('| Priority | Action | Type | Status |\n|---|---|---|---|', '| Priority | Action | Type | Status |\n| :-- | --- | --: | :-: |', 'Priority | Action | Type | Status\n--- | --- | --- | ---'), fc.array(tableRow, { maxLength: 4 }))
  .map(([head, rows]) => [head, ...rows].join('\n'));
/** Nested, wrapped and boxed items (numbers other than 1 would not start a list right below code in micromark); a list is followed by a blank line, where micromark's lazy lines are not everybody's. */
const marker = fc.constantFrom('- ', '* ', '1. ', '1) ', '- [ ] ', '- [x] ', '-\t', '- - ', '-   ');
const indent = fc.constantFrom('', '', '  ', '    ', '\t', '   ');
const list = fc
  .tuple(marker, words, fc.array(fc.tuple(indent, fc.oneof(marker, marker, fc.constant('')), words, fc.constantFrom('\n', '\n', '\n\n')), { maxLength: 5 }))
  .map(([first, text, more]) => `${first}${text}\n${more.map((parts) => parts.join('')).join('')}`);
const block = fc.oneof(
  fc.constantFrom('## Action Items', '### P0 — now', '# Title', 'Actions\n-------', '## Timeline ##', '**Completed:**', '---', '***', '```\n| a | b |\n|---|---|\n```', '~~~sh\n- [ ] x\n~~~', '<!-- a\n- [ ] b\n-->', '<details>', '</details>', '<div>\ntext', '> quote\nlazy', '    code', '[ref]: https://a.example', '[^1]: note', '> - [ ] quoted', '> 1. one\n> 2. two', '1. one\n2. two\n10. ten', '## ', '#hash', '```', 'text\n<!-- c -->\nmore'),
  words,
  table,
  list,
  // Followed by a blank line: micromark takes a header right below such a table for text.
  table.map((text) => `${text.replaceAll(/^/gm, '> ')}\n`),
  table.map((text) => `- The list:\n\n${text.replaceAll(/^/gm, '  ')}\n`),
);
const separator = fc.constantFrom('\n\n', '\n\n', '\n\n', '\n  \n');
const paragraphOfLines = fc.array(fc.oneof(words, table), { minLength: 1, maxLength: 3 }).map((lines) => lines.join('\n'));
const document = fc.array(fc.tuple(fc.oneof(block, block, paragraphOfLines), separator), { maxLength: 12 }).map((blocks) => blocks.flat().join(''));

describe('the fast path reads what a whole-document Markdown parser reads', () => {
  test.skipIf(!corpusIsHere)('on every document of the corpus (skipped where ../shared/corpus is absent)', () => {
    for (const folder of ['infra/docs/', 'infra/before-follow-up/', 'public/docs/']) {
      for (const file of readdirSync(new URL(folder, corpus))) {
        expectSame(readFileSync(new URL(folder + file, corpus), 'utf8'));
      }
    }
  });

  test('on generated documents', () => {
    fc.assert(fc.property(document, fc.constantFrom('\n', '\r\n', '\r'), (text, ending) => expectSame(text.replaceAll('\n', ending))), { numRuns: 400 });
  });

  test('with `want: open` as the open rows of all', () => {
    const anyStatus = fc.constantFrom(...Object.values(statusPhrases).flatMap((list) => list.split('|')), ...Object.values(statusMarks).flatMap((marks) => [...marks]));
    const decorated = fc.tuple(fc.constantFrom('', '**', '`', '[ ] ', '(', '✅ ', '"', '- ', '_', '\\', 'n/a '), anyStatus, fc.constantFrom('', ' (needs x)', ': soon', '**')).map((parts) => parts.join(''));
    const rows = fc.array(fc.tuple(words, decorated), { minLength: 1, maxLength: 2 });
    const around = fc.oneof(fc.constant(''), document);
    const statusTable = fc.tuple(rows, fc.boolean()).map(([cells, piped]) =>
      [['Action', 'Bug', 'Status'], ['---', '---', '---'], ...cells.map(([action, state]) => [action, state, state])].map((row) => (piped ? `| ${row.join(' | ')} |` : row.join(' | '))).join('\n'),
    );
    fc.assert(
      fc.property(fc.tuple(around, statusTable, around), fc.constantFrom('\n', '\r\n', '\r'), ([before, table, after], ending) => {
        const text = `${before}## Action items\n\n${table}\n\n${after}`.replaceAll('\n', ending);
        const open = parsePostMortem(text, 'x.md', { want: 'open' });
        const all = parsePostMortem(text, 'x.md');
        expect(open.todos).toEqual(all.todos.filter(({ source, state }) => source === 'table' && state === 'open'));
        expect(open.date).toBe(all.date);
      }),
      { numRuns: 400 },
    );
  });
});

describe('the quick way to plain text', () => {
  const piece = fc.constantFrom('a', 'B', ' ', ' ', '*', '**', '_', '__', '`', '``', '[', ']', '(', ')', '!', '\\', '~~', '<', '>', '&', '.', '-', 'é', '追', '1', '|', ':', 'https://a.example');
  test('gives what the parser gives', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        const markdown = pieces.join('').trim();
        expect(plainText(markdown)).toBe(plainText(parsedText(markdown, []).replaceAll(/[\\`*_[\]<>&~]/g, '\\$&')));
      }),
      { numRuns: 3000 },
    );
  });
});

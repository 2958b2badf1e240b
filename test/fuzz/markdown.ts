import fc from 'fast-check';

/** Texts that look like post-mortems, or begin to: what generators of well-formed documents never make. */

const WORDS = ['add', 'an alert', '`a|b`', '`x', '**bold', '*', '[link](https://a.example/(x))', '[a](', '[ref]', '~~old~~', '<br>', '<b', 'x \\| y', '\\', '&amp;', '🚀', '追加', '\u202e', '\u0000', '\u200b', '<!--', '-->', '```', '~~~', '[P1]', 'P0', '$(id)', '{{ x }}', '😀\ud83d', '|', '||', '…'];
const STATUSES = ['TODO', 'Done', 'Open', '✅', '', ' ', 'In progress', 'Done (needs TF)', '`TODO`', '**TODO**', '[ ]', '[x]', 'offen', '未着手', 'who knows', 'TODO / Done', '~~TODO~~', 'Blocked', 'todo see #3', '<status>'];
const LINES = ['# Post-Mortem: x', '## Prevention Plan', '## Action Items', '### P0 now', '## Follow-up Implementation', '## Timeline', '---', '===', '***', '> ', '- ', '  - ', '1. ', '- [ ] add x', '- [x] add y', '\t', '    ', '<details>', '</details>', '<!--', '-->', '```sh', '```', '~~~', '[ref]: https://x', '[^1]: note', '**Date**: 2026-01-02', 'status: open', '| Field | Value |', '|-------|-------|', '| **Date** | 2026-01-02 |'];
const HEADERS = ['| Priority | Action | Type | Details | Status |', '| Action | Owner | Status |', 'Action | Status', '| Status | Action |', '|Action|Type|Priority|', '| Maßnahme | Verantwortlich | Status |', '| Date | Action | Priority | Type | Commit | Implemented By |', '| アクション | 担当 | 状態 |', '| Action | Action | Status |'];
const ALIGNMENTS = ['|---|---|---|---|---|', '|---|---|---|', '--- | ---', '|:-:|--:|', '|', '| --- | - | --- | --- | --- | --- |', ''];

const text = fc.array(fc.oneof({ arbitrary: fc.constantFrom(...WORDS), weight: 4 }, fc.string({ unit: 'binary', maxLength: 12 }), fc.string({ maxLength: 12 })), { maxLength: 5 }).map((words) => words.join(' '));
const cell = fc.oneof({ arbitrary: fc.constantFrom(...STATUSES), weight: 2 }, text, fc.constantFrom('P0', 'P1', 'Alert', 'Config', 'Runbook + Config'));
const row = fc.tuple(fc.array(cell, { maxLength: 7 }), fc.boolean()).map(([cells, piped]) => (piped ? `| ${cells.join(' | ')} |` : cells.join('|')));
const table = fc.tuple(fc.constantFrom(...HEADERS), fc.constantFrom(...ALIGNMENTS), fc.array(row, { maxLength: 4 })).map(([head, alignment, rows]) => [head, alignment, ...rows].join('\n'));
const block = fc.oneof(fc.constantFrom(...LINES), text, row, table, table.map((lines) => lines.replaceAll(/^/gm, '> ')), table.map((lines) => lines.replaceAll(/^/gm, '  ')));

/** Any text: mostly pieces of Markdown in any order, sometimes noise. */
export const anyDocument = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(fc.array(fc.tuple(block, fc.constantFrom('\n', '\n\n', '\n\n', '')), { maxLength: 14 }), fc.constantFrom('\n', '\r\n', '\r'), fc.constantFrom('', '\ufeff', '\n', '---\ntitle: x\n---\n'))
      .map(([blocks, ending, head]) => head + blocks.flat().join('').replaceAll('\n', ending)),
  },
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: fc.constantFrom(...'|-:# \n\r\t`*_[]()<>!\\&~x1.'), maxLength: 200 }),
);

/** An action table as the template has it, its cells anything that is on one line. */
export const actionTable = fc
  .tuple(fc.array(fc.array(fc.oneof(cell, fc.constantFrom('add an alert on load', 'move the disk', 'TODO')).map((content) => content.replaceAll(/[\r\n]/g, ' ')), { minLength: 3, maxLength: 6 }), { minLength: 1, maxLength: 6 }), fc.constantFrom('\n', '\r\n', '\r'))
  .map(([rows, ending]) => ['## Prevention Plan', '', '| Priority | Action | Type | Status |', '|---|---|---|---|', ...rows.map((cells) => `| ${cells.join(' | ')} |`), '', 'End.'].join(ending));

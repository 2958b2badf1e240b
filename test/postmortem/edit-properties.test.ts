/** What must hold for every document: the real ones of the corpus, and generated ones. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyFollowUp } from '../../src/postmortem/edit.ts';
import { doneEntry, reviewEntry, strayChanges } from './edited.ts';
import type { FollowUpEntry, Todo } from '../../src/postmortem/model.ts';
import { parsePostMortem } from '../../src/postmortem/parse.ts';

const corpus = fileURLToPath(new URL('../../../shared/corpus/', import.meta.url));
const folders = ['infra/docs', 'infra/before-follow-up', 'public/docs'].map((folder) => `${corpus}${folder}`);
const documents = folders.filter(existsSync).flatMap((folder) => readdirSync(folder).map((name) => `${folder}/${name}`));

const hostileText = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.constantFrom(
    '| a | b |', '`a | b`', '``a ` b``', '\\', '\\|', 'ends in \\', '<!-- todo:aaaaaaaaaaaa -->', '-->', '<script>alert(1)</script>', '[x](javascript:1)', '![](http://x/y)',
    '**bold', '~~x~~', 'a\nb\r\nc', '## Heading', '\u202eevil\u202c', '\u001b[31mred', '✅ 🚧 :x:', '&lt;b&gt; &amp;', '$(touch x) `id`', '| --- | --- |', '- [ ] x', '😀'.repeat(400), 'x'.repeat(2000), 'TODO', ' ',
  ),
);

const kinds = fc.array(fc.record({ kind: fc.constantFrom('done', 'review', 'none'), reason: hostileText }), { minLength: 1, maxLength: 12 });

function entriesFor(todos: readonly Todo[], choices: readonly { kind: string; reason: string }[]): FollowUpEntry[] {
  return todos.flatMap((todo, index) => {
    const choice = choices[index % choices.length];
    return choice === undefined || choice.kind === 'none'
      ? []
      : [choice.kind === 'done' ? doneEntry(todo, index.toString(16).padStart(8, 'a').repeat(5)) : reviewEntry(todo, choice.reason)];
  });
}

/** What must hold for a document and entries of its open rows. */
function holds(text: string, file: string, choices: readonly { kind: string; reason: string }[]): void {
  const before = parsePostMortem(text, file);
  const entries = entriesFor(before.todos.filter(({ state, source }) => state === 'open' && source === 'table'), choices);
  const closed = entries.filter(({ kind }) => kind === 'done').map(({ todo }) => todo);
  const { text: edited, notFound } = applyFollowUp(text, file, entries);
  const after = parsePostMortem(edited, file);

  expect(notFound).toEqual([]);
  expect(strayChanges(text, edited, closed, before.followUp.map(({ line }) => line))).toEqual([]);
  const isClosed = new Set(closed.map(({ id }) => id));
  expect(after.todos.map(({ id, state }) => [id, state])).toEqual(before.todos.map(({ id, state }) => [id, isClosed.has(id) ? 'closed' : state]));
  expect(after.todos.map(({ action, priority, type, details, owner, textHash }) => [action, priority, type, details, owner, textHash])).toEqual(
    before.todos.map(({ action, priority, type, details, owner, textHash }) => [action, priority, type, details, owner, textHash]),
  );
  expect(after.title).toBe(before.title);
  for (const entry of entries) {
    const rows = after.followUp.filter(({ action, textHash, commit }) =>
      action.replace(/^\[P\d\] /, '') === entry.todo.action && (entry.kind === 'done' ? entry.commit.id.startsWith(commit) && commit !== '' : textHash === entry.todo.textHash),
    );
    expect(rows.length, `rows of "${entry.todo.action.slice(0, 60)}" (${entry.kind})`).toBeGreaterThanOrEqual(1);
  }
  expect(applyFollowUp(edited, file, entries).text).toBe(edited);
}

describe.skipIf(documents.length === 0)(`every document of the corpus (${documents.length === 0 ? 'skipped: ../shared/corpus is absent' : documents.length})`, () => {
  it.each(documents.map((path) => [path.slice(corpus.length), readFileSync(path, 'utf8')]))('%s', (name, text) => {
    fc.assert(fc.property(kinds, (choices) => holds(text, name, choices)), { numRuns: 12 });
  });
});

const cellText = fc.oneof(
  fc.constantFrom('Add an alert for `kube_pod_status{a\\|b}`', 'Move [Vault](https://x/(y)) to SSD 🚀', 'Review **all** NFS PVs', 'Add `a \\| b` check', '見直しを行う', '[P1] Add a check', '**[P0]** Add a probe', 'Set `x_y_z` \\| "q"', 'Fix <br> line', 'C:\\\\path\\\\', 'a ~~b~~ c'),
  fc.string({ minLength: 1, maxLength: 30 }).map((raw) => `do ${raw.replaceAll(/[\r\n|\\`<>]/g, ' ').trim()} now`),
);
const status = fc.constantFrom('TODO', 'Todo', '**TODO**', 'In progress (see #12)', 'Open', 'Not yet started', 'Done (needs TF)', '[ ]', '🚧 WIP', '', 'maybe', 'Done', '`TODO`', 'offen', '未着手', 'TODO see #3', '**Blocked** on vendor');
const row = fc.record({ action: cellText, status, type: fc.constantFrom('Alert', 'Config', 'Migration', ''), priority: fc.constantFrom('P0', 'P1', 'P2', '', '—') });
const layout = fc.record({
  eol: fc.constantFrom('\n', '\r\n', '\r'),
  bom: fc.boolean(),
  aligned: fc.boolean(),
  outerPipes: fc.boolean(),
  prefix: fc.constantFrom('', '> ', '  '),
  title: fc.constantFrom('# Post-Mortem: x', '', 'Title\n====='),
  heading: fc.constantFrom('## Prevention Plan', '# Action Items', '### Follow-ups'),
  tail: fc.constantFrom('', '\n', '\n\n', '\n\n---\n\nfooter', '\n\n[ref]: https://x', '\n\n```\ncode', '\n\n<!-- open', '\n\n> quote', '\n\n- item', '   ', '\n   ', '\n\n<details>\n<summary>x</summary>'),
  followUp: fc.constantFrom(
    '', '## Follow-up Implementation\n\n', '## Follow-up Implementation', '## Follow-up Implementation\n\nSome words.\n\n### More\n\ntext', 'Follow-up Implementation\n---\n\n',
    '## Follow-up Implementation\n\n| Date | Action | Priority | Type | Commit | Implemented By |\n|------|--------|----------|------|--------|----------------|',
    '## Follow-up Implementation\n\n| Implemented By | Ticket | Commit | Action |\n|:--|---|--:|---|\n| Jane | #1 | abc1234 | Add an alert for x |\n\n# Next\n\ntext',
    '## Follow-up Implementation\n\n| Date | What |\n|---|---|\n| x | y |\n',
    '## Follow-up Implementation\nSome words\nSetext heading\n---',
  ),
});

type Row = { action: string; status: string; type: string; priority: string };
type Layout = { eol: string; bom: boolean; aligned: boolean; outerPipes: boolean; prefix: string; title: string; heading: string; tail: string; followUp: string };

function documentOf(rows: readonly Row[], { eol, bom, aligned, outerPipes, prefix, title, heading, tail, followUp }: Layout): string {
  const cells = [['Priority', 'Action', 'Type', 'Status'], ['---', '---', '---', '---'], ...rows.map((each) => [each.priority, each.action, each.type, each.status])];
  const widths = [0, 1, 2, 3].map((column) => (aligned ? Math.max(...cells.map((line) => (line[column] ?? '').length)) : 0));
  const table = cells.map((line, index) => {
    const joined = line.map((text, column) => (index === 1 ? '-'.repeat(Math.max(3, widths[column] ?? 0)) : text.padEnd(widths[column] ?? 0))).join(' | ');
    return `${prefix}${outerPipes ? `| ${joined} |` : joined}`;
  });
  const text = [title, '', heading, '', ...table, '', ...(followUp === '' ? [] : [followUp])].join('\n') + tail;
  return (bom ? '\ufeff' : '') + text.replaceAll('\n', eol);
}

describe('generated documents', () => {
  it('keep every byte but the status cells and the Follow-up rows, read back the same, and settle after one edit', () => {
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 6 }), layout, kinds, (rows, shape, choices) => {
        holds(documentOf(rows, shape), 'docs/post-mortems/2026-04-14-x.md', choices);
      }),
      { numRuns: 400 },
    );
  });
});

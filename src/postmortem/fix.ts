/** Repairs what is mechanical in a post-mortem, with the editor's rule: every byte that need not change stays. */
import { applyEdits, type SourceEdit } from './source-edits.ts';
import { cellAt } from './places.ts';
import { columnEdits } from './fix-columns.ts';
import { fillCell } from './cell.ts';
import { LintDocument } from './lint-document.ts';
import { problemsOf, RULES } from './lint.ts';
import { spelling } from './spelling.ts';
import type { PostMortem, Problem } from './model.ts';

/** Tables of one document that are repaired one by one when repairing all of them at once would change what they say. */
const singlyCap = 50;

/**
 * Spells TODO and Done as the template does, and adds the template's columns to action tables that lack them. What is read from the
 * document stays the same, so that a repair never opens, closes or automates anything: a new Priority or Type cell says what the row
 * counts as already, a new Status cell is empty. Twice changes nothing more.
 * @returns `fixed`: what was repaired, with its place in the text as it was
 */
export function fixPostMortem(text: string, file: string): { text: string; fixed: readonly Problem[] } {
  const before = new LintDocument(text, file);
  const spelt = unlessMeaningChanges(before, statusEdits(before));
  const columns = spelt.tables.map((table) => columnEdits(spelt.markdown.text, table));
  const all = unlessMeaningChanges(spelt, columns.flat());
  const after = all !== spelt || columns.length > singlyCap ? all : columns.reduce((document, _, index) => withColumns(document, index), spelt);
  const left = new Set(repairable(after).map(keyOf));
  return { text: after.markdown.text, fixed: repairable(before).filter((problem) => !left.has(keyOf(problem))) };
}

function withColumns(document: LintDocument, index: number): LintDocument {
  const table = document.tables[index];
  return table === undefined ? document : unlessMeaningChanges(document, columnEdits(document.markdown.text, table));
}

/** The document with these edits, or as it was when they change what is read from it. */
function unlessMeaningChanges(document: LintDocument, edits: readonly SourceEdit[]): LintDocument {
  if (edits.length === 0) {
    return document;
  }
  const edited = new LintDocument(applyEdits(document.markdown.text, edits), document.markdown.file);
  return meaning(edited.postMortem) === meaning(document.postMortem) ? edited : document;
}

function meaning({ title, date, todos, followUp }: PostMortem): string {
  const said = todos.map((todo) => [todo.id, todo.line, todo.action, todo.state, todo.priority, todo.type, todo.owner, todo.textHash]);
  return JSON.stringify([title, date, followUp, said]);
}

function statusEdits({ rows, markdown: { text } }: LintDocument): SourceEdit[] {
  return rows.flatMap(({ todo: { statusRange }, row, table }) => {
    const place = statusRange === null ? null : cellAt({ table, row }, statusRange.start);
    const better = statusRange === null ? null : spelling(text.slice(statusRange.start, statusRange.end));
    if (statusRange === null || place === null || better === null) {
      return [];
    }
    const { content } = place.cell;
    const spelt = text.slice(content.start, statusRange.start) + better + text.slice(statusRange.end, content.end);
    return [fillCell(text, table, place.column, place.cell, spelt)];
  });
}

const repairs = RULES.filter(({ id }) => id === 'status-spelling' || id === 'missing-column' || id === 'no-status-column');

/** What the rules that can be repaired find; none of them needs options. */
function repairable(document: LintDocument): Problem[] {
  return repairs.flatMap((rule) => problemsOf(rule, document, { today: '', overdueDays: {}, types: [], safeTypes: [] }));
}

/** Lines stay where they are, columns do not. */
function keyOf({ line, rule }: Problem): string {
  return `${line} ${rule}`;
}

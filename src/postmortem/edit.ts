/** Writes what came of TODOs into a post-mortem: their status, and the Follow-up Implementation table. Every other byte stays. */
import { actionHash } from './identity.ts';
import { alignedWidth, fillCell, padded } from './cell.ts';
import { applyEdits, lineEnd, lineEndingOf, type SourceEdit } from './source-edits.ts';
import { cellsOf, FollowUpBook, templateColumns, type Cells, type Claim } from './follow-up-rows.ts';
import { followUpTables, withFollowUpTable, type FollowUpTable } from './follow-up-section.ts';
import type { FollowUpEntry, FollowUpRow, PostMortem, Todo } from './model.ts';
import { groupBy } from './group.ts';
import { markDone } from './mark-done.ts';
import { outlineOf } from './outline.ts';
import { parsePostMortem } from './parse.ts';
import type { TableRow } from './table.ts';

/**
 * Writes entries into a post-mortem, which may have been edited since its TODOs were read.
 * - `done`: the status of an open row becomes `Done`; a row that is closed already, or whose status nobody can read, stays
 * - every kind: one row in the Follow-up table, made in its section at the end when there is none; an entry other than `done` of a row
 *   that was closed in the meantime is left out
 *
 * Twice with the same entries changes nothing more. Reasons are made safe here, but not searched for secrets.
 * @param text the document as it is now
 * @param file its path, as given to the parser
 * @param entries of this document; the last one counts where a TODO has several
 * @returns `notFound`: entries whose action is no longer in the document; they are in the Follow-up table all the same
 */
export function applyFollowUp(text: string, file: string, entries: readonly FollowUpEntry[]): { text: string; notFound: readonly FollowUpEntry[] } {
  const byAction = groupBy(parsePostMortem(text, file).todos, ({ action }) => actionHash(action));
  const current = locate(byAction, [...new Map(entries.map((entry) => [entry.todo.id, entry])).values()]);
  const toClose = new Set<string>();
  const claims: Claim[] = [];
  for (const [entry, todo] of current) {
    if (entry.kind === 'done' && todo !== null) {
      toClose.add(todo.id);
    }
    if (entry.kind === 'done' || todo?.state !== 'closed') {
      const sharesAction = (byAction.get(actionHash(entry.todo.action))?.length ?? 0) > 1;
      claims.push({ entry, todo: todo ?? entry.todo, sharesAction });
    }
  }
  const marked = toClose.size === 0 ? text : markDone(text, file, toClose);
  const notFound = [...current].filter(([, todo]) => todo === null).map(([entry]) => entry);
  return { text: claims.length === 0 ? marked : withRows(marked, file, claims), notFound };
}

/**
 * Each entry's TODO as the document has it now. Among several with one action, whose numbers change when rows are moved, the one
 * that also has the same type and details is meant.
 */
function locate(byAction: ReadonlyMap<string, readonly Todo[]>, entries: readonly FollowUpEntry[]): Map<FollowUpEntry, Todo | null> {
  const found = new Map<FollowUpEntry, Todo | null>(entries.map((entry) => [entry, null]));
  const taken = new Set<Todo>();
  for (const isMeant of [
    (todo: Todo, { todo: old }: FollowUpEntry) => todo.id === old.id && todo.textHash === old.textHash,
    (todo: Todo, { todo: old }: FollowUpEntry) => todo.textHash === old.textHash,
    (todo: Todo, { todo: old }: FollowUpEntry) => todo.id === old.id,
  ]) {
    for (const entry of entries.filter((each) => found.get(each) === null)) {
      const candidates = byAction.get(actionHash(entry.todo.action)) ?? [];
      const todo = candidates.find((candidate) => !taken.has(candidate) && isMeant(candidate, entry));
      if (todo !== undefined) {
        taken.add(todo);
        found.set(entry, todo);
      }
    }
  }
  return found;
}

interface WrittenRow extends FollowUpRow {
  readonly row: TableRow;
  readonly where: FollowUpTable;
}

function withRows(text: string, file: string, claims: readonly Claim[]): string {
  const before = parsePostMortem(text, file);
  const outline = outlineOf(text);
  const tables = followUpTables(outline);
  const byLine = new Map(before.followUp.map((row) => [row.line, row]));
  const written = tables.flatMap((where) =>
    where.table.rows.flatMap((row): WrittenRow[] => {
      const reading = byLine.get(row.line);
      return reading === undefined ? [] : [{ ...reading, row, where }];
    }),
  );
  const book = new FollowUpBook(written, before.todos);
  const edits: SourceEdit[] = [];
  const added: Cells[] = [];
  for (const claim of claims) {
    const cells = cellsOf(claim.entry, claim.todo);
    const own = book.take(claim);
    if (own === null) {
      added.push(cells);
    } else {
      edits.push(...rowEdits(text, own, cells));
    }
  }
  const target = tables[0];
  if (added.length === 0 || target !== undefined) {
    return applyEdits(text, target === undefined || added.length === 0 ? edits : [...edits, appendedRows(text, target, added)]);
  }
  const rows = added.map((cells) => lineOf(templateColumns.map((column) => padded(cells[column], null))));
  return firstThatReadsBack(withFollowUpTable(text, outline, rows), before, rows.length);
}

/** Second best is a place that only changes the title, of a document that has none: rows nobody finds again would be added again and again. */
function firstThatReadsBack(candidates: Iterable<string>, before: PostMortem, rows: number): string {
  let first: string | null = null;
  let untitled: string | null = null;
  for (const candidate of candidates) {
    const after = parsePostMortem(candidate, before.file);
    if (readsBack(after, before, rows)) {
      if (after.title === before.title) {
        return candidate;
      }
      untitled ??= candidate;
    }
    first ??= candidate;
  }
  return untitled ?? first ?? '';
}

/** Whether the parser finds the new rows, and TODOs as before. */
function readsBack({ todos, followUp }: PostMortem, before: PostMortem, rows: number): boolean {
  return (
    followUp.length === before.followUp.length + rows &&
    todos.length === before.todos.length &&
    todos.every(({ id, state }, index) => id === before.todos[index]?.id && state === before.todos[index].state)
  );
}

/** Fills the cells of a row that differ. The action is the same but for its spelling, which stays. */
function rowEdits(text: string, { row, where }: WrittenRow, cells: Cells): SourceEdit[] {
  const { table, columns } = where;
  if (columns.findLastIndex((column) => column !== null) >= row.cells.length) {
    const own = (index: number): string => text.slice(row.cells[index]?.content.start ?? 0, row.cells[index]?.content.end ?? 0);
    return [{ range: row.range, text: lineOf(columns.map((column, index) => padded(column === null ? own(index) : cells[column], null))) }];
  }
  return columns.flatMap((column, index) => {
    const cell = row.cells[index];
    const content = column === null || column === 'action' ? undefined : cells[column];
    const isSame = cell === undefined || content === undefined || text.slice(cell.content.start, cell.content.end) === content;
    return isSame ? [] : [fillCell(text, table, index, cell, content)];
  });
}

/** New rows below the last one, in quote marks or indentation like it. */
function appendedRows(text: string, { table, columns }: FollowUpTable, rows: readonly Cells[]): SourceEdit {
  const last = table.rows.findLast(({ kind }) => kind === 'body') ?? (table.alignment.cells.length > 0 ? table.alignment : table.header);
  const model = table.alignment.cells.length > 0 ? table.alignment : last;
  const prefix = text.slice(model.range.start - model.column + 1, model.range.start);
  const widths = columns.map((_, index) => alignedWidth(text, table, index));
  const isAligned = widths.every((width) => width !== null);
  const widthOf = (index: number): number | null => (isAligned ? (widths[index] ?? null) : null);
  const lines = rows.map((cells) => lineOf(columns.map((column, index) => padded(column === null ? '' : cells[column], widthOf(index)))));
  const at = lineEnd(text, last.range.end);
  return { range: { start: at, end: at }, text: lines.map((line) => lineEndingOf(text) + prefix + line).join('') };
}

function lineOf(cells: readonly string[]): string {
  return `|${cells.join('|')}|`;
}

/** Writes what came of TODOs into a post-mortem: their status, and the Follow-up Implementation table. Every other byte stays. */
import { actionHash } from './identity.ts';
import { alignedWidth, fillCell, padded } from './cell.ts';
import { applyEdits, lineEnd, lineEndingOf, type SourceEdit } from './source-edits.ts';
import { cellsOf, rowOfEntry, templateColumns, type Claim, type FollowUpColumn } from './follow-up-rows.ts';
import { followUpTables, withFollowUpTable, type FollowUpTable } from './follow-up-section.ts';
import type { FollowUpEntry, FollowUpRow, PostMortem, Todo } from './model.ts';
import { markDone } from './mark-done.ts';
import { outlineOf } from './outline.ts';
import { parsePostMortem } from './parse.ts';
import type { TableRow } from './table.ts';

/**
 * Writes entries into a post-mortem, which may have been edited since its TODOs were read.
 * - `done`: the status of an open row becomes `Done`; a row that is closed already, or whose status nobody can read, stays
 * - both kinds: one row in the Follow-up table, made in its section at the end when there is none; a `review` entry of a row that
 *   was closed in the meantime is left out
 *
 * Twice with the same entries changes nothing more. Reasons are made safe here, but not searched for secrets.
 * @param text the document as it is now
 * @param file its path, as given to the parser
 * @param entries of this document; the last one counts where a TODO has several
 * @returns `notFound`: entries whose action is no longer in the document; they are in the Follow-up table all the same
 */
export function applyFollowUp(text: string, file: string, entries: readonly FollowUpEntry[]): { text: string; notFound: readonly FollowUpEntry[] } {
  const { todos } = parsePostMortem(text, file);
  const current = locate(todos, [...new Map(entries.map((entry) => [entry.todo.id, entry])).values()]);
  const toClose = new Set<string>();
  const claims: Claim[] = [];
  for (const [entry, todo] of current) {
    if (entry.kind === 'done' && todo !== null) {
      toClose.add(todo.id);
    }
    if (entry.kind === 'done' || todo?.state !== 'closed') {
      claims.push({ entry, todo: todo ?? entry.todo, sharesAction: todos.filter((other) => sharesAction(other, entry.todo)).length > 1 });
    }
  }
  const marked = toClose.size === 0 ? text : markDone(text, file, toClose);
  const notFound = [...current].filter(([, todo]) => todo === null).map(([entry]) => entry);
  return { text: claims.length === 0 ? marked : withRows(marked, file, claims), notFound };
}

function sharesAction(one: Todo, other: Todo): boolean {
  return actionHash(one.action) === actionHash(other.action);
}

/**
 * Each entry's TODO as the document has it now. Among several with one action, whose numbers change when rows are moved, the one
 * that also has the same type and details is meant.
 */
function locate(todos: readonly Todo[], entries: readonly FollowUpEntry[]): Map<FollowUpEntry, Todo | null> {
  const found = new Map<FollowUpEntry, Todo | null>();
  const taken = new Set<Todo>();
  const take = (entry: FollowUpEntry, matches: (todo: Todo) => boolean): void => {
    const todo = found.has(entry) ? undefined : todos.find((candidate) => !taken.has(candidate) && matches(candidate));
    if (todo !== undefined) {
      taken.add(todo);
      found.set(entry, todo);
    }
  };
  for (const matches of [
    (todo: Todo, entry: FollowUpEntry) => todo.id === entry.todo.id && todo.textHash === entry.todo.textHash,
    (todo: Todo, entry: FollowUpEntry) => sharesAction(todo, entry.todo) && todo.textHash === entry.todo.textHash,
    (todo: Todo, entry: FollowUpEntry) => todo.id === entry.todo.id,
  ]) {
    for (const entry of entries) {
      take(entry, (todo) => matches(todo, entry));
    }
  }
  return new Map(entries.map((entry) => [entry, found.get(entry) ?? null]));
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
  const free = new Set(written);
  const edits: SourceEdit[] = [];
  const added: Readonly<Record<FollowUpColumn, string>>[] = [];
  for (const claim of claims) {
    const cells = cellsOf(claim.entry, claim.todo);
    const inUse = new Set(before.todos.filter(({ textHash }) => textHash !== claim.todo.textHash).map(({ textHash }) => textHash));
    const own = rowOfEntry([...free], claim, inUse);
    if (own === null) {
      added.push(cells);
    } else {
      free.delete(own);
      edits.push(...rowEdits(text, own, cells));
    }
  }
  const target = tables[0];
  if (added.length === 0 || target !== undefined) {
    return applyEdits(text, target === undefined || added.length === 0 ? edits : [...edits, appendedRows(text, target, added)]);
  }
  const rows = added.map((cells) => lineOf(templateColumns.map((column) => padded(cells[column], null))));
  return firstThatReadsBack(withFollowUpTable(applyEdits(text, edits), outline, rows), before, rows.length);
}

function firstThatReadsBack(candidates: Iterable<string>, before: PostMortem, rows: number): string {
  let first: string | null = null;
  for (const candidate of candidates) {
    if (readsBack(candidate, before, rows)) {
      return candidate;
    }
    first ??= candidate;
  }
  return first ?? '';
}

/** Whether the parser finds the new rows, and title and TODOs as before. */
function readsBack(text: string, before: PostMortem, rows: number): boolean {
  const { title, todos, followUp } = parsePostMortem(text, before.file);
  return (
    title === before.title &&
    followUp.length === before.followUp.length + rows &&
    todos.length === before.todos.length &&
    todos.every(({ id, state }, index) => id === before.todos[index]?.id && state === before.todos[index].state)
  );
}

/** Fills the cells of a row that differ. The action is the same but for its spelling, which stays. */
function rowEdits(text: string, { row, where }: WrittenRow, cells: Readonly<Record<FollowUpColumn, string>>): SourceEdit[] {
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
function appendedRows(text: string, { table, columns }: FollowUpTable, rows: readonly Readonly<Record<FollowUpColumn, string>>[]): SourceEdit {
  const last = table.rows.findLast(({ kind }) => kind === 'body') ?? (table.alignment.cells.length > 0 ? table.alignment : table.header);
  const model = table.alignment.cells.length > 0 ? table.alignment : last;
  const prefix = text.slice(model.range.start - model.column + 1, model.range.start);
  const widths = columns.map((_, index) => alignedWidth(text, table, index));
  const isAligned = widths.every((width) => width !== null);
  const lines = rows.map((cells) => lineOf(columns.map((column, index) => padded(column === null ? '' : cells[column], isAligned ? (widths[index] ?? null) : null))));
  const at = lineEnd(text, last.range.end);
  return { range: { start: at, end: at }, text: lines.map((line) => lineEndingOf(text) + line).join('') };
}

function lineOf(cells: readonly string[]): string {
  return `|${cells.join('|')}|`;
}

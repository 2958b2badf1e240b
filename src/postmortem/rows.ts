/** Rows of action tables as TODOs. Every row ends as a TODO, as a problem, or as both. */
import { inferType } from './infer.ts';
import { isPlaceholder, isTemplateCell } from './placeholder.ts';
import { prefixPriority, readPriority } from './priority.ts';
import { readStatus } from './status.ts';
import { splitRowOutsideCode, type Table, type TableCell, type TableRow } from './table.ts';
import { strayStatus, type TableShape } from './shape.ts';
import type { MarkdownDocument } from './document.ts';
import type { Place } from './place.ts';
import type { Problem, SourceRange, Todo } from './model.ts';

/** A TODO before it has an identity. */
export type TodoDraft = Omit<Todo, 'id' | 'file' | 'textHash'>;

export interface RowReading {
  readonly draft: TodoDraft | null;
  readonly problems: readonly Problem[];
}

/** Cells longer than this (UTF-16 units) are reported, not read: Markdown parsers need quadratic time for hostile ones. */
export const cellCap = 16 * 1024;

/** Rule of the problem a TODO's row has when it is not what a renderer shows: such a row is never automated. */
export const brokenRowRule = 'broken-table-row';

/**
 * Reads one row.
 * @param want `open`: of a row that is not open only the action and the state are read, the rest of its draft is empty
 */
export function readRow(
  document: MarkdownDocument,
  table: Table,
  row: TableRow,
  shape: TableShape,
  place: Place,
  want: 'open' | 'all',
): RowReading {
  const problem = (level: Problem['level'], rule: string, message: string, remedy: string): Problem =>
    document.problem(row, level, rule, message, remedy);
  const oversized = row.cells.findIndex(({ full }) => full.end - full.start > cellCap);
  if (oversized !== -1) {
    const message = `cell ${oversized + 1} is longer than ${cellCap / 1024} KiB; the row is not read`;
    const remedy = 'Move the text out of the table and link to it.';
    return { draft: null, problems: [problem('error', 'oversized-cell', message, remedy)] };
  }
  const { cells, fault } = cellsOf(document, table, row, shape);
  if (cells === null) {
    const message = `the row has ${row.cells.length} cells, its header ${table.columns.length}: it is not read`;
    return { draft: null, problems: [problem('error', brokenRowRule, message, 'Write a | that is part of the text as \\|.')] };
  }
  const draft = draftOf(document, row, cells, shape, place, want);
  if (draft === null) {
    const remedy = 'Write what is to be done, or delete the row.';
    return { draft, problems: [problem('info', 'placeholder', 'the row holds no action yet', remedy)] };
  }
  // GFM fills missing cells up; what matters is whether one of those that decide is among them.
  const cut = [shape.status, shape.type].some((index) => index !== null && index >= cells.length) && draft.state !== 'closed';
  const message = fault ?? (cut ? `the row has ${cells.length} cells, its header ${table.columns.length}` : null);
  return { draft, problems: message === null ? [] : [problem('warning', brokenRowRule, message, remedyOf(row, table))] };
}

function remedyOf(row: TableRow, table: Table): string {
  if (row.kind === 'orphan') {
    return 'Remove what stands between the row and its table.';
  }
  return table.wellFormed
    ? 'Give the row one cell per column; write a | that is part of the text as \\|.'
    : 'Give the table an alignment row (|---|---|) with one cell per column.';
}

interface RowCells {
  /** Under the header's columns; `null` when it cannot be told which is which. */
  readonly cells: readonly TableCell[] | null;
  /** What is wrong with the row. */
  readonly fault: string | null;
}

function cellsOf(document: MarkdownDocument, table: Table, row: TableRow, shape: TableShape): RowCells {
  const wanted = table.columns.length;
  if (row.cells.length > wanted && row.cells.slice(wanted).some(({ content }) => content.end > content.start)) {
    const meant = splitRowOutsideCode(document.text, row.range);
    if (meant.length === wanted) {
      return { cells: meant, fault: 'an unescaped | in a code span cuts the row' };
    }
    const status = row.cells[shape.status ?? -1]?.content;
    const fits = status !== undefined && readStatus(document.slice(status)).kind !== null;
    return { cells: fits ? row.cells : null, fault: `the row has ${row.cells.length} cells, its header ${wanted}` };
  }
  if (row.kind === 'orphan') {
    return { cells: row.cells, fault: `the row is cut off from its table (header in line ${table.header.line})` };
  }
  const fault = table.wellFormed ? null : `the table of this row (header in line ${table.header.line}) is broken`;
  return { cells: row.cells, fault };
}

function draftOf(
  document: MarkdownDocument,
  row: TableRow,
  cells: readonly TableCell[],
  shape: TableShape,
  place: Place,
  want: 'open' | 'all',
): TodoDraft | null {
  const at = (index: number | null): SourceRange | null => {
    const content = index === null ? undefined : cells[index]?.content;
    return content === undefined || content.start === content.end ? null : content;
  };
  const actionRange = at(shape.action);
  const text = document.read(actionRange);
  const isTemplate = cells.some(({ content }) => isTemplateCell(document.slice(content)));
  if (actionRange === null || text === null || isPlaceholder(text) || isTemplate) {
    return null;
  }
  const status = statusOf(document, at, shape);
  const unlessStray = (range: SourceRange | null): SourceRange | null => (range === status.stray ? null : range);
  const prefix = prefixPriority(text);
  const action = prefix === null ? text : text.slice(prefix.end);
  const markdown = document.slice(actionRange);
  const state = /^~~[^~]+~~$/.test(markdown) ? 'closed' : status.state;
  if (want === 'open' && state !== 'open') {
    return { ...emptyDraft, line: row.line, column: row.column, action, state };
  }
  const type = document.read(at(shape.type));
  const inferred = shape.type === null ? inferType(text) : null;
  const details = [...shape.details.map(at), status.stray === null ? null : at(shape.status)];
  return {
    line: row.line,
    column: row.column,
    source: 'table',
    action,
    actionMarkdown: markdown,
    ...priorityOf(document, unlessStray(at(shape.priority)), prefix, place),
    type: type ?? inferred,
    typeFrom: type !== null ? 'column' : inferred !== null ? 'inferred' : null,
    details: details.map((range) => document.read(range)).filter((part) => part !== null).join('; '),
    owner: document.read(unlessStray(at(shape.owner))),
    statusRaw: document.read(status.cell),
    state,
    statusRange: status.word,
  };
}

const emptyDraft: TodoDraft = {
  line: 0,
  column: 0,
  source: 'table',
  action: '',
  actionMarkdown: '',
  priority: 'P2',
  priorityFrom: 'default',
  priorityRaw: null,
  type: null,
  typeFrom: null,
  details: '',
  owner: null,
  statusRaw: null,
  state: 'unknown',
  statusRange: null,
};

interface StatusCell {
  readonly cell: SourceRange | null;
  /** The same cell when its column is not the status column. */
  readonly stray: SourceRange | null;
  readonly word: SourceRange | null;
  readonly state: Todo['state'];
}

function statusOf(document: MarkdownDocument, at: (index: number | null) => SourceRange | null, shape: TableShape): StatusCell {
  const named = at(shape.status);
  const reading = named === null ? null : readStatus(document.slice(named));
  if (named !== null && reading !== null && reading.kind !== null) {
    return { cell: named, stray: null, word: wordAt(named.start, reading), state: reading.state };
  }
  for (const cell of shape.strays.map(at)) {
    const text = cell === null ? null : strayStatus(document.slice(cell));
    if (cell !== null && text !== null) {
      const stray = readStatus(text);
      return { cell, stray: cell, word: wordAt(cell.end - text.length, stray), state: stray.state };
    }
  }
  return { cell: named, stray: null, word: null, state: 'unknown' };
}

function wordAt(offset: number, { start, end }: SourceRange): SourceRange {
  return { start: offset + start, end: offset + end };
}

/** Column, else `[P2]` prefix, else the nearest heading that starts with P0-P3, else P2 (design 4). */
function priorityOf(
  document: MarkdownDocument,
  cell: SourceRange | null,
  prefix: ReturnType<typeof prefixPriority>,
  place: Place,
): Pick<Todo, 'priority' | 'priorityFrom' | 'priorityRaw'> {
  const raw = document.read(cell);
  const priority = raw === null ? null : readPriority(raw);
  if (raw !== null && priority !== null) {
    return { priority, priorityFrom: 'column', priorityRaw: raw };
  }
  if (raw === null && prefix !== null) {
    return { priority: prefix.priority, priorityFrom: 'prefix', priorityRaw: prefix.raw };
  }
  if (raw === null && place.priority !== null) {
    return { priority: place.priority, priorityFrom: 'heading', priorityRaw: place.priority };
  }
  return { priority: 'P2', priorityFrom: 'default', priorityRaw: raw };
}

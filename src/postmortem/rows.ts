/** Rows of action tables as TODOs: which tables hold actions, which column means what, and what each row says. */
import { readPriority } from './priority.ts';
import type { Priority, SourceRange, TodoState } from './model.ts';
import { roleOf, type ColumnRole } from './columns.ts';
import { readStatus } from './status.ts';
import type { SectionKind } from './sections.ts';
import type { Table, TableRow } from './table.ts';

/** Column indexes by what they mean, after looking at the cells too: real headers lie. */
export interface TableShape {
  readonly action: number;
  readonly status: number | null;
  readonly type: number | null;
  readonly priority: number | null;
  readonly owner: number | null;
  readonly details: readonly number[];
  /** Columns where a status may stand although their name says otherwise. */
  readonly strays: readonly number[];
  readonly columns: number;
}

type Reader = (range: SourceRange) => string;

/** Where a table stands. */
export interface Place {
  readonly section: SectionKind;
  readonly headings: readonly string[];
}

/** What kind of table this is: the log of what was implemented, an action table (with its shape), or neither. */
export function shapeOf(table: Table, place: Place, read: Reader): TableShape | null {
  const roles = table.columns.map(roleOf);
  const action = actionColumn(table, roles, place.section, read);
  if (action === null) {
    return null;
  }
  let status = find(roles, 'status');
  const owner = find(roles, 'owner');
  const strays = ['owner', 'ticket', 'due', 'priority'].map((role) => find(roles, role as ColumnRole)).filter((index) => index !== null);
  const details = roles.flatMap((role, index) => (role === 'details' && index !== action ? [index] : []));
  const liar = status === null ? null : statusElsewhere(table, status, strays, read);
  if (liar !== null && status !== null) {
    details.push(status);
    status = liar;
  }
  const free = (index: number | null): number | null => (index === status ? null : index);
  return {
    action,
    status,
    type: find(roles, 'type'),
    priority: free(find(roles, 'priority')),
    owner: free(owner),
    details,
    strays: strays.filter((index) => index !== status),
    columns: table.columns.length,
  };
}

/** The table of what was implemented: by its section, or by columns only it has. */
export function isFollowUpTable(table: Table, place: Place): boolean {
  const roles = table.columns.map(roleOf);
  return roles.includes('implementer') || (place.section === 'follow-up-log' && roles.includes('commit'));
}

function find(roles: readonly (ColumnRole | null)[], role: ColumnRole): number | null {
  const index = roles.indexOf(role);
  return index === -1 ? null : index;
}

function actionColumn(table: Table, roles: readonly (ColumnRole | null)[], section: SectionKind, read: Reader): number | null {
  const has = (...wanted: ColumnRole[]): boolean => wanted.some((role) => roles.includes(role));
  const strong = find(roles, 'action');
  const weak = find(roles, 'weak-action');
  const managed = has('status', 'priority', 'type', 'owner', 'due', 'ticket');
  if (section === 'follow-up-log' || section === 'checklist' || (has('time') && !has('status', 'priority', 'type'))) {
    return null;
  }
  if (strong !== null) {
    const told = (section === 'other' || section === 'steps') && !has('status', 'priority') && !(has('owner') && has('due', 'ticket'));
    return told || (section === 'unknown' && !managed) ? null : strong;
  }
  if (section === 'other' || section === 'steps') {
    return null;
  }
  if (weak !== null) {
    const enough =
      section === 'actions' ? managed : section === 'prevention' || section === 'measures' ? has('status', 'priority', 'owner', 'due') : has('status') && has('owner', 'due', 'priority');
    return enough ? weak : null;
  }
  return section === 'actions' && managed ? widestColumn(table, roles, read) : null;
}

/** In an action section whose action column has a name we do not know: the unnamed column with the longest texts. */
function widestColumn(table: Table, roles: readonly (ColumnRole | null)[], read: Reader): number | null {
  let widest: number | null = null;
  let width = 0;
  for (const [index, role] of roles.entries()) {
    if (role !== null && role !== 'details') {
      continue;
    }
    const total = table.rows.reduce((sum, { cells }) => sum + (cells[index] === undefined ? 0 : read(cells[index].content).length), 0);
    if (total > width) {
      width = total;
      widest = index;
    }
  }
  return widest !== null && width / Math.max(1, table.rows.length) >= 8 ? widest : null;
}

/** A column that holds the statuses although another one is named so: in most rows it does, and oftener than the named one. */
function statusElsewhere(table: Table, status: number, strays: readonly number[], read: Reader): number | null {
  const count = (column: number): number =>
    table.rows.filter(({ cells }) => cells[column] !== undefined && strayStatus(read(cells[column].content)) !== null).length;
  const named = count(status);
  const rows = table.rows.length;
  return strays.find((column) => count(column) * 2 > rows && count(column) > named) ?? null;
}

/** Words that are a status also where nobody expects one. `new` or `no` in an Owner cell are none. */
const clearStatus =
  /^[\s*_~`]*(?:\[[ xX]\]|to-?do|done|open|closed|completed?|pending|in[- ]progress|resolved|fixed|erledigt|offen|in arbeit|fait|en cours|à faire|hecho|pendiente|feito|concluído|pendente|fatto|gedaan|сделано|открыто|выполнено|完了|未着手|対応済み?|已完成|进行中|待办|완료|진행 ?중|✅|☑|✔|❌|⬜|⏳|:white_check_mark:|:x:)(?![\p{L}\p{N}])/iu;

/** Whether a cell of another column is a status and little more; `n/a DONE` in a Bug column is one. */
function strayStatus(text: string): string | null {
  const status = text.replace(/^(?:n\/a|-+|—|–)[\s,;:]+/i, '');
  return status.length <= 40 && clearStatus.test(status) && readStatus(status).known ? status : null;
}

/** A row's cells by meaning. */
export interface RowReading {
  readonly action: SourceRange;
  readonly status: SourceRange | null;
  readonly state: TodoState;
  readonly statusWord: SourceRange | null;
  readonly type: SourceRange | null;
  readonly priority: Priority | null;
  readonly priorityRaw: SourceRange | null;
  readonly owner: SourceRange | null;
  readonly details: readonly SourceRange[];
}

/** Reads one row of an action table. */
export function readRow(row: TableRow, shape: TableShape, read: Reader): RowReading | null {
  const cell = (index: number | null): SourceRange | null => {
    const range = index === null ? undefined : row.cells[index]?.content;
    return range === undefined || range.start === range.end ? null : range;
  };
  const action = cell(shape.action);
  if (action === null) {
    return null;
  }
  const named = cell(shape.status);
  const stray = named !== null && readStatus(read(named)).known ? null : shape.strays.map(cell).find((range) => range !== null && strayStatus(read(range)) !== null);
  const status = stray ?? named;
  const word = status === null ? null : wordRange(status, stray === undefined || stray === null ? read(status) : (strayStatus(read(status)) ?? ''));
  const reading = word === null ? null : readStatus(read(word));
  const except = (range: SourceRange | null): SourceRange | null => (range === stray ? null : range);
  const priorityRaw = except(cell(shape.priority));
  return {
    action,
    status,
    state: reading?.state ?? 'unknown',
    statusWord: word !== null && reading?.known ? { start: word.start + reading.start, end: word.start + reading.end } : null,
    type: cell(shape.type),
    priority: priorityRaw === null ? null : readPriority(read(priorityRaw)),
    priorityRaw,
    owner: except(cell(shape.owner)),
    details: [...shape.details.map(cell), ...(stray && named ? [named] : [])].filter((range) => range !== null),
  };
}

/** The part of a cell that reads `tail`, which is its end. */
function wordRange(cell: SourceRange, tail: string): SourceRange {
  return { start: cell.end - tail.length, end: cell.end };
}

/** Which tables hold actions, and which of their columns means what: by their names, checked against their cells. */
import type { Table } from './table.ts';
import { readStatus } from './status.ts';
import { remembered } from './memo.ts';
import { roleOf, type ColumnRole } from './columns.ts';
import type { SectionKind } from './sections.ts';
import type { SourceRange } from './model.ts';

/** Column indexes by meaning. */
export interface TableShape {
  readonly action: number;
  readonly status: number | null;
  readonly type: number | null;
  readonly priority: number | null;
  readonly owner: number | null;
  readonly details: readonly number[];
  /** Columns of another name in which a status may stand. */
  readonly strays: readonly number[];
  /** The column named as the status although another holds it: the header contradicts its cells. */
  readonly misnamed: number | null;
}

type Roles = readonly (ColumnRole | null)[];
/** Gives what is written at a range. */
type Slice = (range: SourceRange) => string;

/**
 * The shape of an action table, `null` when the table is none.
 * @param section what the headings above it announce
 */
export function shapeOf(table: Table, section: SectionKind, slice: Slice): TableShape | null {
  const roles = table.columns.map(roleOf);
  const action = actionColumn(table, roles, section);
  if (action === null) {
    return null;
  }
  const named = find(roles, 'status');
  const others = ['owner', 'ticket', 'due', 'date', 'priority'] as const;
  const candidates = others.map((role) => find(roles, role)).filter((index) => index !== null);
  const elsewhere = statusElsewhere(table, named, candidates, slice);
  const status = elsewhere ?? named;
  const misnamed = elsewhere === null ? null : named;
  const unlessStatus = (index: number | null): number | null => (index === status ? null : index);
  return {
    action,
    status,
    type: find(roles, 'type'),
    priority: unlessStatus(find(roles, 'priority')),
    owner: unlessStatus(find(roles, 'owner')),
    details: roles.flatMap((role, index) => ((role === 'details' && index !== action) || index === misnamed ? [index] : [])),
    strays: candidates.filter((index) => index !== status),
    misnamed,
  };
}

const statusRoles: ReadonlySet<ColumnRole | null> = new Set(['status', 'owner', 'ticket', 'due', 'date', 'priority']);

/** Whether a table could hold an open action, wherever it stands; sure where it says no. */
export function mayHoldOpenAction(table: Table, slice: Slice): boolean {
  const columns = table.columns.flatMap((name, index) => (statusRoles.has(roleOf(name)) ? [index] : []));
  const isOpen = (range: SourceRange | undefined): boolean => {
    const status = range === undefined ? '' : slice({ start: range.start, end: Math.min(range.end, range.start + 300) });
    const { kind, state } = readStatus(status);
    return kind === null ? readStatus(strayStatus(status) ?? '').state === 'open' : state === 'open';
  };
  return table.rows.some(
    ({ cells }) => cells.length > table.columns.length || columns.some((index) => isOpen(cells[index]?.content)),
  );
}

/** Whether this is the log of what was implemented: by its section, or by a column only it has. */
export function isFollowUpTable(table: Table, section: SectionKind): boolean {
  const roles = table.columns.map(roleOf);
  return roles.includes('implementer') || (section === 'follow-up-log' && roles.includes('commit'));
}

/** The first column of a role. */
export function columnOf(table: Table, role: ColumnRole): number | null {
  return find(table.columns.map(roleOf), role);
}

function find(roles: Roles, role: ColumnRole): number | null {
  const index = roles.indexOf(role);
  return index === -1 ? null : index;
}

function actionColumn(table: Table, roles: Roles, section: SectionKind): number | null {
  const has = (...wanted: ColumnRole[]): boolean => wanted.some((role) => roles.includes(role));
  const managed = has('status', 'priority', 'type', 'owner', 'due', 'ticket');
  const told = section === 'other' || section === 'steps';
  const isLog = (has('time') || (has('date') && section !== 'actions')) && !has('status', 'priority', 'type');
  if (section === 'follow-up-log' || section === 'checklist' || isLog) {
    return null;
  }
  const strong = find(roles, 'action');
  if (strong !== null) {
    const enough = told ? has('status', 'priority') || (has('owner') && has('due', 'ticket')) : section !== 'unknown' || managed;
    return enough ? strong : null;
  }
  const weak = find(roles, 'weak-action');
  if (weak === null || told) {
    return section === 'actions' && managed ? widestColumn(table, roles) : null;
  }
  if (section === 'unknown') {
    return has('status') && has('owner', 'due', 'priority') ? weak : null;
  }
  return (section === 'actions' ? managed : has('status', 'priority', 'owner', 'due')) ? weak : null;
}

/** In an action section whose action column has a name we do not know: the unknown column with the longest texts. */
function widestColumn(table: Table, roles: Roles): number | null {
  let widest: number | null = null;
  let width = 0;
  for (const [index, role] of roles.entries()) {
    const total = table.rows.reduce((sum, { cells }) => sum + lengthOf(cells[index]?.content), 0);
    if ((role === null || role === 'details') && total > width) {
      width = total;
      widest = index;
    }
  }
  return width >= 8 * Math.max(1, table.rows.length) ? widest : null;
}

function lengthOf(range: SourceRange | undefined): number {
  return range === undefined ? 0 : range.end - range.start;
}

/** The column that holds the statuses although it is named otherwise: it does in most rows, and more often than the named one. */
function statusElsewhere(table: Table, named: number | null, candidates: readonly number[], slice: Slice): number | null {
  const count = (column: number): number =>
    table.rows.reduce((sum, { cells }) => {
      const range = cells[column]?.content;
      return sum + (range !== undefined && strayStatus(slice(range)) !== null ? 1 : 0);
    }, 0);
  const inNamed = named === null ? 0 : count(named);
  // In nearly all tables the named column is the one.
  if (named !== null && inNamed === table.rows.length) {
    return null;
  }
  return (
    candidates.find((column) => {
      const here = count(column);
      return here * 2 > table.rows.length && here > inNamed;
    }) ?? null
  );
}

/** Words that are a status also where nobody expects one; `new` or `no` in an Owner cell are none. */
const clearStatus =
  /^[\s*_~`]*(?:\[[ xX]\]|to-?do|done|open|closed|completed?|pending|in[- ]progress|not started|resolved|fixed|erledigt|offen|in arbeit|fait|en cours|à faire|hecho|pendiente|feito|concluído|pendente|fatto|gedaan|сделано|открыто|выполнено|完了|未着手|対応済み?|已完成|进行中|待办|완료|진행 ?중|✅|☑|✔|❌|⬜|⏳|:white_check_mark:|:x:)(?![\p{L}\p{N}])/iu;

/** The status a cell of another column holds, when it holds little else; `n/a DONE` in a Bug column holds one. */
export const strayStatus: (cell: string) => string | null = remembered(readStray);

function readStray(cell: string): string | null {
  const status = cell.length > 60 ? '' : cell.replace(/^(?:n\/a|-+|—|–)[\s,;:]+/i, '');
  return status.length <= 40 && clearStatus.test(status) && readStatus(status).kind !== null ? status : null;
}

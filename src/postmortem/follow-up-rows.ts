/** Rows of the Follow-up Implementation table: what is written into them, and which of them belongs to which TODO. */
import { actionHash } from './identity.ts';
import { cellOfCommit, cellOfMarkdown, cellOfText } from './cell.ts';
import { handOverPrefix, refusalPrefix } from './follow-up.ts';
import { groupBy } from './group.ts';
import type { FollowUpEntry, FollowUpRow, Todo } from './model.ts';
import { plainText } from './plain.ts';
import { prefixPriority } from './priority.ts';
import { roleOf } from './columns.ts';
import type { Table } from './table.ts';

/** The columns that are written, by what they mean. */
export type FollowUpColumn = 'date' | 'action' | 'priority' | 'type' | 'commit' | 'implementer';

/** What is written into each, ready for a cell. */
export type Cells = Readonly<Record<FollowUpColumn, string>>;

/** What the table looks like where we make it. */
export const templateHeader = [
  '| Date | Action | Priority | Type | Commit | Implemented By |',
  '|------|--------|----------|------|--------|----------------|',
] as const;
export const templateColumns: readonly FollowUpColumn[] = ['date', 'action', 'priority', 'type', 'commit', 'implementer'];

/** What each column of a table is for, `null` for columns of people's own; `null` when it cannot take our rows. */
export function columnsOf(table: Table): readonly (FollowUpColumn | null)[] | null {
  const seen = new Set<string>();
  const hasDate = table.columns.some((name) => roleOf(name) === 'date');
  const columns = table.columns.map((name): FollowUpColumn | null => {
    const role = roleOf(name);
    const column = role === 'due' && !hasDate ? 'date' : role;
    if (column === null || seen.has(column) || !isFollowUpColumn(column)) {
      return null;
    }
    seen.add(column);
    return column;
  });
  return seen.has('action') && seen.has('commit') && seen.has('implementer') ? columns : null;
}

function isFollowUpColumn(role: string): role is FollowUpColumn {
  return (templateColumns as readonly string[]).includes(role);
}

/**
 * The cells of an entry.
 * @param todo the TODO as the document has it now, or as it was when its row is gone
 */
export function cellsOf(entry: FollowUpEntry, todo: Todo): Cells {
  const row = {
    action: actionCell(todo),
    priority: cellOfText(todo.priorityRaw ?? todo.priority),
    type: cellOfText(todo.type ?? '—'),
  };
  if (entry.kind === 'done') {
    return { ...row, date: cellOfText(entry.date), commit: cellOfCommit(entry.commit), implementer: cellOfText(entry.implementedBy) };
  }
  const said = entry.kind === 'review' ? `${refusalPrefix} ${cellOfText(entry.reason)}` : `${handOverPrefix}${cellOfText(entry.stacks.join(', '))}`;
  return { ...row, date: '—', commit: '—', implementer: `${said} <!-- todo:${entry.todo.textHash} -->` };
}

/** Characters of an action whose Markdown holds more than the action: a list item with a status or owner in front. */
const actionLimit = 2000;

function actionCell({ action, actionMarkdown }: Todo): string {
  const isWhole = actionKey(plainText(actionMarkdown)) === actionKey(action);
  return isWhole ? cellOfMarkdown(actionMarkdown) : cellOfText(action, actionLimit);
}

/** What is the same in a TODO's action and in the cell of its row, which also holds a `[P2]` in front. */
function actionKey(action: string): string {
  return actionHash(action.slice(prefixPriority(action)?.end ?? 0));
}

/** An entry that looks for its row. */
export interface Claim {
  readonly entry: FollowUpEntry;
  readonly todo: Todo;
  /** Whether another TODO of the document has the same action: then the action alone does not tell whose a row is. */
  readonly sharesAction: boolean;
}

/** The rows there are, each of which can be taken once. */
export class FollowUpBook<Row extends FollowUpRow> {
  private readonly byAction: ReadonlyMap<string, readonly Row[]>;
  private readonly byMarker: ReadonlyMap<string | null, readonly Row[]>;
  private readonly markersInUse: ReadonlySet<string>;
  private readonly taken = new Set<Row>();

  /** @param todos of the document: rows that bear the marker of one are not another's */
  constructor(rows: readonly Row[], todos: readonly Todo[]) {
    this.byAction = groupBy(rows, ({ action }) => actionKey(action));
    this.byMarker = groupBy(rows, ({ textHash }) => textHash);
    this.markersInUse = new Set(todos.map(({ textHash }) => textHash));
  }

  /**
   * The row an entry replaces: the one about its commit, else the one with its marker, else one with its action that names no commit
   * or that we wrote. A row with a commit that a person wrote is a record of its own and stays.
   */
  take({ entry, todo, sharesAction }: Claim): Row | null {
    const free = (rows: readonly Row[] | undefined): readonly Row[] => (rows ?? []).filter((row) => !this.taken.has(row));
    const sameAction = free(this.byAction.get(actionKey(todo.action)));
    const found =
      sameAction.find((row) => entry.kind === 'done' && isCommit(row.commit, entry.commit.id)) ??
      [entry.todo, todo].flatMap(({ textHash }) => free(this.byMarker.get(textHash)))[0] ??
      sameAction.find((row) => hasNoCommit(row) && (row.textHash === null || !this.markersInUse.has(row.textHash))) ??
      sameAction.find((row) => entry.kind === 'done' && !sharesAction && row.implementedBy === entry.implementedBy);
    if (found !== undefined) {
      this.taken.add(found);
    }
    return found ?? null;
  }
}

function isCommit(written: string, id: string): boolean {
  return written.length >= 7 && id.startsWith(written.toLowerCase());
}

function hasNoCommit({ commit }: FollowUpRow): boolean {
  return /^[\s—–-]*$|^(?:n\/a|none)$/iu.test(commit);
}

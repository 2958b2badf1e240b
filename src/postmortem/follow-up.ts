/** The Follow-up Implementation table: what was implemented, and what was refused. */
import { columnOf } from './shape.ts';
import { refusalMarker } from './identity.ts';
import type { FollowUpRow, PostMortem, Todo } from './model.ts';
import type { MarkdownDocument } from './document.ts';
import type { Table } from './table.ts';

/** What a refused TODO's row begins with in the "Implemented By" column; the reason and a marker follow. */
export const refusalPrefix = 'Needs human review:';

/** What the row of a TODO begins with whose change is another shard's to make; the stacks and a marker follow. */
export const handOverPrefix = 'Waits for the shard of ';

/** The stacks that an earlier run saw a TODO change and left to their shard; `null` when there was none, or the row has been edited since. */
export function handedOverTo({ textHash }: Todo, { followUp }: Pick<PostMortem, 'followUp'>): readonly string[] | null {
  const row = followUp.find((each) => each.textHash === textHash && each.implementedBy.startsWith(handOverPrefix));
  return row === undefined ? null : row.implementedBy.slice(handOverPrefix.length).split(',').map((stack) => stack.trim());
}

/**
 * Reads the rows; columns are found by name, a missing one gives empty texts.
 * @param want `open`: only rows that refuse a TODO, which is all a decision needs
 */
export function readFollowUp(document: MarkdownDocument, table: Table, want: 'open' | 'all'): FollowUpRow[] {
  const date = columnOf(table, 'date') ?? columnOf(table, 'due');
  const columns = [date, columnOf(table, 'action'), columnOf(table, 'commit'), columnOf(table, 'implementer')];
  const rows = want === 'all' ? table.rows : table.rows.filter(({ range }) => refusalMarker.test(document.slice(range)));
  return rows.map(({ line, cells }) => {
    const [when, action, commit, implementer] = columns.map((index) => {
      const range = index === null ? undefined : cells[index]?.content;
      return range === undefined ? '' : document.slice(range);
    });
    return {
      line,
      date: document.plain(when ?? ''),
      action: document.plain(action ?? ''),
      commit: document.plain(commit ?? ''),
      implementedBy: document.plain(implementer ?? ''),
      textHash: refusalMarker.exec(implementer ?? '')?.[1] ?? null,
    };
  });
}

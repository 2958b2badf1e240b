/** Rules on items, whether they stand in a table or in a list. */
import { cellSpot, type LintDocument, type LintRow } from './lint-document.ts';
import { groupBy } from './group.ts';
import { isVague } from './vague.ts';
import { quoted, tableOf, type Finding, type LintOptions, type Rule } from './lint-rule.ts';
import { readDate } from './header.ts';
import { roleOf } from './columns.ts';
import type { Spot } from './document.ts';
import type { Todo } from './model.ts';
import { unsafeParts } from './types.ts';

export const itemRules: readonly Rule[] = [
  {
    id: 'no-details',
    level: 'warning',
    about: 'An open item of a safe type has no details: the agent that implements it has nothing to go by but its title.',
    bad: tableOf('Action | Type | Details | Status', 'Add an alert for full disks | Alert | | TODO'),
    good: tableOf('Action | Type | Details | Status', 'Add an alert for full disks | Alert | less than 10 % free for 15 min | TODO'),
    check: safeWithoutDetails,
  },
  {
    id: 'vague-action',
    level: 'warning',
    about: 'An action that is not done names nothing it is done to.',
    bad: tableOf('Action | Status', 'Improve monitoring | TODO'),
    good: tableOf('Action | Status', 'Alert when a backup is older than a day | TODO'),
    check: vagueActions,
  },
  {
    id: 'no-owner',
    level: 'warning',
    about: 'An open item that a person has to do, since its type is not safe, has no owner.',
    bad: tableOf('Action | Type | Owner | Status', 'Migrate Vault to SSD | Migration | | TODO'),
    good: tableOf('Action | Type | Owner | Status', 'Migrate Vault to SSD | Migration | anna | TODO'),
    check: withoutOwner,
  },
  {
    id: 'duplicate-action',
    level: 'warning',
    about: 'Two items have the same action.',
    bad: tableOf('Action | Status', 'Add an alert for full disks | Done', 'Add an alert for full disks | TODO'),
    good: tableOf('Action | Status', 'Add an alert for full disks | Done', 'Add an alert for full inodes | TODO'),
    check: duplicates,
  },
  {
    id: 'overdue',
    level: 'warning',
    about: 'An item is open for longer than `overdue_days` allows for its priority, or its due date is past.',
    bad: tableOf('Priority | Action | Due | Status', 'P0 | Add an alert for full disks | 2026-04-15 | TODO'),
    good: tableOf('Priority | Action | Due | Status', 'P0 | Add an alert for full disks | 2026-06-01 | TODO'),
    check: overdue,
  },
];

interface Item {
  readonly todo: Todo;
  /** `null` for one of a list. */
  readonly row: LintRow | null;
  /** The action's cell, or the list item. */
  readonly spot: Spot;
}

function itemsOf({ rows, postMortem }: LintDocument): Item[] {
  const byTodo = new Map(rows.map((row) => [row.todo, row]));
  return postMortem.todos.map((todo) => {
    const row = byTodo.get(todo) ?? null;
    return { todo, row, spot: row === null ? todo : cellSpot(row.row, row.shape.action) };
  });
}

function safeWithoutDetails({ rows }: LintDocument, { safeTypes }: LintOptions): Finding[] {
  return rows
    .filter(({ todo: { state, type } }) => state === 'open' && type !== null && unsafeParts(type, safeTypes).length === 0)
    .filter(({ todo }) => /^[\s—–-]*$/.test(todo.details))
    .map(({ todo, row, shape }) => ({
      spot: cellSpot(row, shape.details[0] ?? shape.action),
      message: `an item of type ${todo.type ?? ''} is implemented automatically, and has no details`,
      remedy: 'Say in Details what is to be changed, where, and with which values.',
    }));
}

function vagueActions(document: LintDocument): Finding[] {
  const remedy = 'Name the service, file or alert, and how one sees that it is done.';
  return itemsOf(document)
    .filter(({ todo }) => todo.state !== 'closed' && isVague(todo.action))
    .map(({ todo, spot }) => ({ spot, message: `the action ${quoted(todo.action)} does not say to what`, remedy }));
}

/** One finding for a table that has no Owner column, else one for each item. */
function withoutOwner(document: LintDocument, options: LintOptions): Finding[] {
  const remedy = 'Name one person in a column Owner, or behind "Owner:" in a list.';
  const open = itemsOf(document).filter(({ todo }) => todo.state === 'open' && isForPerson(todo, options) && !isOwner(todo.owner));
  const byTable = groupBy(open, ({ row }) => (row?.shape.owner === null ? row.table : null));
  return [...byTable].flatMap(([table, items]): Finding[] => {
    if (table !== null) {
      const count = items.length === 1 ? 'an open item' : `${items.length} open items`;
      return [{ spot: table.header, message: `the table has no Owner column: ${count} for a person without owner`, remedy }];
    }
    return items.map(({ todo, row, spot }) => ({
      spot: row === null ? spot : cellSpot(row.row, row.shape.owner),
      message: `the open item ${quoted(todo.action)} has no owner`,
      remedy,
    }));
  });
}

/** Whether the plugin leaves an item to people. One whose type is misspelt is told so instead. */
function isForPerson({ source, type }: Todo, { types, safeTypes }: LintOptions): boolean {
  const isSafe = source === 'table' && type !== null && unsafeParts(type, safeTypes).length === 0;
  return !isSafe && (type === null || unsafeParts(type, [...types, ...safeTypes]).length === 0);
}

function isOwner(owner: string | null): boolean {
  return owner !== null && !/^(?:[\s—–?-]*|tbd|tba|n\/a|none|todo|unassigned|nobody|<.*>|\[.*\])$/i.test(owner.trim());
}

function duplicates(document: LintDocument): Finding[] {
  const first = new Map<string, Todo>();
  return itemsOf(document).flatMap(({ todo, spot }) => {
    const action = todo.id.replace(/-\d+$/, '');
    const earlier = first.get(action);
    first.set(action, earlier ?? todo);
    const remedy = 'Delete one of them, or say how they differ.';
    return earlier === undefined ? [] : [{ spot, message: `the same action stands in line ${earlier.line}`, remedy }];
  });
}

function overdue(document: LintDocument, { today, overdueDays }: LintOptions): Finding[] {
  const remedy = 'Do it, give it a lower priority, or close it as Wontfix with the reason.';
  const { date } = document.postMortem;
  const open = itemsOf(document).filter(({ todo }) => todo.state === 'open');
  return open.flatMap(({ todo, row, spot }): Finding[] => {
    const column = row === null ? -1 : row.table.columns.findIndex((name) => roleOf(name) === 'due');
    const due = row === null || column === -1 ? null : readDate(document.cellText(row.row, column));
    if (row !== null && due !== null) {
      const late = daysBetween(due, today);
      const message = `the item was due ${late === 1 ? 'yesterday' : `${late} days ago`}`;
      return late > 0 ? [{ spot: cellSpot(row.row, column), message, remedy }] : [];
    }
    const limit = overdueDays[todo.priority] ?? null;
    const age = date === null ? 0 : daysBetween(date, today);
    return limit === null || age <= limit ? [] : [{ spot, message: `the item is open for ${age} days; ${todo.priority} allows ${limit}`, remedy }];
  });
}

/** Whole days from one `YYYY-MM-DD` to another. */
function daysBetween(from: string, to: string): number {
  return Math.floor((Date.parse(to) - Date.parse(from)) / 86_400_000);
}

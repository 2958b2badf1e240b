/** Rules on what the items of a post-mortem say. */
import { cellSpot, type LintDocument, type LintRow } from './lint-document.ts';
import { nearestType, typeParts, unsafeParts } from './types.ts';
import { quoted, type Finding, type LintOptions, type Rule } from './lint-rule.ts';
import { isVague } from './vague.ts';
import { normaliseName } from './table.ts';
import { readDate } from './header.ts';
import { readPriority } from './priority.ts';
import { roleOf } from './columns.ts';
import { spelling } from './spelling.ts';
import type { Spot } from './document.ts';
import type { Todo } from './model.ts';

export const itemRules: readonly Rule[] = [
  {
    id: 'unknown-status',
    level: 'error',
    about: 'A row has no status, or one that says neither open nor done; it is never implemented.',
    bad: '| Action | Status |\n|---|---|\n| Add an alert for full disks | soonish |',
    good: '| Action | Status |\n|---|---|\n| Add an alert for full disks | TODO |',
    check: (document) =>
      document.rows
        .filter(({ todo, shape }) => todo.state === 'unknown' && shape.status !== null)
        .map(({ todo, row, shape }) => ({
          spot: cellSpot(row, shape.status),
          message: todo.statusRaw === null ? 'the row has no status' : `the status ${quoted(todo.statusRaw)} says neither open nor done`,
          remedy: `Begin the status with TODO, In progress, Done or Wontfix.${suggestion(todo.statusRaw ?? '', ['TODO', 'In progress', 'Done', 'Wontfix'])}`,
        })),
  },
  {
    id: 'status-spelling',
    level: 'info',
    about: 'TODO or Done is spelt in another way. `fix: true` repairs it.',
    bad: '| Action | Status |\n|---|---|\n| Add an alert for full disks | To do |',
    good: '| Action | Status |\n|---|---|\n| Add an alert for full disks | TODO |',
    check: (document) =>
      document.rows.flatMap(({ todo, row }) => {
        const range = todo.statusRange;
        const word = range === null ? '' : document.markdown.slice(range);
        const better = spelling(word);
        return range === null || better === null
          ? []
          : [{ spot: { line: row.line, column: row.column + range.start - row.range.start }, message: `the status ${quoted(word)} is usually spelt ${better}`, remedy: `Write ${better}, or run lint with fix: true.` }];
      }),
  },
  {
    id: 'unknown-type',
    level: 'warning',
    about: 'The type of an item that is not done is missing or none of `types`; such an item is never implemented.',
    bad: '| Action | Type | Status |\n|---|---|---|\n| Add an alert for full disks | Alrt | TODO |',
    good: '| Action | Type | Status |\n|---|---|---|\n| Add an alert for full disks | Alert | TODO |',
    check: (document, { types, safeTypes }) =>
      document.rows.flatMap(({ todo, row, shape }): Finding[] => {
        const known = [...new Set([...types, ...safeTypes])];
        const strange = todo.type === null ? [] : unsafeParts(todo.type, known);
        if (todo.state === 'closed' || shape.type === null || (todo.type !== null && strange.length === 0)) {
          return [];
        }
        const spot = cellSpot(row, shape.type);
        const remedy = `Known are ${known.join(', ')}; the setting types adds others.`;
        return todo.type === null
          ? [{ spot, message: 'the row has no type', remedy }]
          : strange.map((part) => ({ spot, message: `the type ${quoted(part)} is not known`, remedy: `${remedy}${suggestion(part, known)}` }));
      }),
  },
  {
    id: 'unknown-priority',
    level: 'warning',
    about: 'The priority of an item that is not done is missing or not P0 to P3, nor a word for one; it counts as P2.',
    bad: '| Priority | Action | Status |\n|---|---|---|\n| soon | Add an alert for full disks | TODO |',
    good: '| Priority | Action | Status |\n|---|---|---|\n| P1 | Add an alert for full disks | TODO |',
    check: (document) =>
      document.rows
        .filter(({ todo, shape }) => todo.state !== 'closed' && shape.priority !== null && todo.priorityFrom === 'default' && readPriority(todo.priorityRaw ?? '') === null)
        .map(({ todo, row, shape }) => ({
          spot: cellSpot(row, shape.priority),
          message: todo.priorityRaw === null ? 'the row has no priority and counts as P2' : `the priority ${quoted(todo.priorityRaw)} is not known and counts as P2`,
          remedy: 'Write P0, P1, P2 or P3.',
        })),
  },
  {
    id: 'no-details',
    level: 'warning',
    about: 'An open item of a safe type has no details: the agent that implements it has nothing to go by but its title.',
    bad: '| Action | Type | Details | Status |\n|---|---|---|---|\n| Add an alert for full disks | Alert | | TODO |',
    good: '| Action | Type | Details | Status |\n|---|---|---|---|\n| Add an alert for full disks | Alert | node_filesystem_avail_bytes below 10 % for 15 min | TODO |',
    check: (document, options) =>
      document.rows
        .filter(({ todo }) => todo.state === 'open' && isSafe(todo, options) && /^[\s—–-]*$/.test(todo.details))
        .map(({ todo, row, shape }) => ({
          spot: cellSpot(row, shape.details[0] ?? shape.action),
          message: `an item of type ${todo.type ?? ''} is implemented automatically, and has no details`,
          remedy: 'Say in Details what is to be changed, where, and with which values.',
        })),
  },
  {
    id: 'vague-action',
    level: 'warning',
    about: 'An action that is not done names nothing it is done to.',
    bad: '| Action | Status |\n|---|---|\n| Improve monitoring | TODO |',
    good: '| Action | Status |\n|---|---|\n| Alert when a backup is older than a day | TODO |',
    check: (document) =>
      itemsOf(document)
        .filter(({ todo }) => todo.state !== 'closed' && isVague(todo.action))
        .map(({ todo, spot }) => ({ spot, message: `the action ${quoted(todo.action)} does not say to what`, remedy: 'Name the service, file or alert, and how one sees that it is done.' })),
  },
  {
    id: 'no-owner',
    level: 'warning',
    about: 'An open item that a person has to do, since its type is not safe, has no owner.',
    bad: '| Action | Type | Owner | Status |\n|---|---|---|---|\n| Migrate Vault to SSD | Migration | | TODO |',
    good: '| Action | Type | Owner | Status |\n|---|---|---|---|\n| Migrate Vault to SSD | Migration | anna | TODO |',
    check: (document, options) => {
      const open = itemsOf(document).filter(({ todo }) => todo.state === 'open' && isForPerson(todo, options) && !isOwner(todo.owner));
      const remedy = 'Name one person in a column Owner, or behind "Owner:" in a list.';
      const withoutColumn = document.tables.flatMap(({ table, shape }): Finding[] => {
        const count = open.filter(({ row }) => row?.table === table).length;
        const message = `the table has no Owner column: ${count === 1 ? 'an open item' : `${count} open items`} for a person without owner`;
        return shape.owner === null && count > 0 ? [{ spot: table.header, message, remedy }] : [];
      });
      const each = open
        .filter(({ row }) => row?.shape.owner !== null)
        .map(({ todo, row, spot }) => ({ spot: row === null ? spot : cellSpot(row.row, row.shape.owner), message: `the open item ${quoted(todo.action)} has no owner`, remedy }));
      return [...withoutColumn, ...each];
    },
  },
  {
    id: 'duplicate-action',
    level: 'warning',
    about: 'Two items have the same action.',
    bad: '| Action | Status |\n|---|---|\n| Add an alert for full disks | Done |\n| Add an alert for full disks | TODO |',
    good: '| Action | Status |\n|---|---|\n| Add an alert for full disks | Done |\n| Add an alert for full inodes | TODO |',
    check: (document) => {
      const first = new Map<string, Todo>();
      return itemsOf(document).flatMap(({ todo, spot }) => {
        const base = todo.id.replace(/-\d+$/, '');
        const earlier = first.get(base);
        first.set(base, earlier ?? todo);
        return earlier === undefined
          ? []
          : [{ spot, message: `the same action stands in line ${earlier.line}`, remedy: 'Delete one of them, or say how they differ.' }];
      });
    },
  },
  {
    id: 'overdue',
    level: 'warning',
    about: 'An item is open for longer than `overdue_days` allows for its priority, or its due date is past.',
    bad: '| Priority | Action | Due | Status |\n|---|---|---|---|\n| P0 | Add an alert for full disks | 2026-04-15 | TODO |',
    good: '| Priority | Action | Due | Status |\n|---|---|---|---|\n| P0 | Add an alert for full disks | 2026-06-01 | TODO |',
    check: (document, options) =>
      itemsOf(document)
        .filter(({ todo }) => todo.state === 'open')
        .flatMap(({ todo, row, spot }): Finding[] => {
          const remedy = 'Do it, give it a lower priority, or close it as Wontfix with the reason.';
          const column = row === null ? -1 : row.table.columns.findIndex((name) => roleOf(name) === 'due');
          const due = row === null || column === -1 ? null : readDate(document.cellText(row.row, column));
          if (row !== null && due !== null) {
            const days = daysBetween(due, options.today);
            return days > 0 ? [{ spot: cellSpot(row.row, column), message: `the item was due ${daysAgo(days)}`, remedy }] : [];
          }
          const limit = options.overdueDays[todo.priority] ?? null;
          const age = document.postMortem.date === null ? 0 : daysBetween(document.postMortem.date, options.today);
          return limit === null || age <= limit ? [] : [{ spot, message: `the item is open for ${age} days; ${todo.priority} allows ${limit}`, remedy }];
        }),
  },
];

/** Every item, a row's action cell as its place. */
function itemsOf(document: LintDocument): { todo: Todo; row: LintRow | null; spot: Spot }[] {
  const rows = new Map(document.rows.map((row) => [row.todo, row]));
  return document.postMortem.todos.map((todo) => {
    const row = rows.get(todo) ?? null;
    return { todo, row, spot: row === null ? todo : cellSpot(row.row, row.shape.action) };
  });
}

function isSafe({ type }: Todo, { safeTypes }: LintOptions): boolean {
  return type !== null && unsafeParts(type, safeTypes).length === 0;
}

/** Whether the plugin leaves an item to people. One whose type is misspelt is told so instead. */
function isForPerson(todo: Todo, { types, safeTypes }: LintOptions): boolean {
  const unsafe = todo.source === 'table' && todo.type !== null ? unsafeParts(todo.type, safeTypes) : [''];
  return unsafe.length > 0 && (todo.type === null || unsafeParts(todo.type, [...types, ...safeTypes]).length === 0);
}

function isOwner(owner: string | null): boolean {
  return owner !== null && !/^(?:[\s—–?-]*|tbd|tba|n\/a|none|todo|unassigned|nobody|<.*>|\[.*\])$/i.test(owner.trim());
}

function suggestion(word: string, known: readonly string[]): string {
  const near = typeParts(word).length === 1 ? nearestType(normaliseName(word), known) : null;
  return near === null ? '' : ` Did you mean ${near}?`;
}

/** Whole days from one `YYYY-MM-DD` to another. */
function daysBetween(from: string, to: string): number {
  return Math.floor((Date.parse(to) - Date.parse(from)) / 86_400_000);
}

function daysAgo(days: number): string {
  return days === 1 ? 'yesterday' : `${days} days ago`;
}

/** Rules on words that are read: statuses, types and priorities. */
import { cellSpot, type LintDocument } from './lint-document.ts';
import { nearestType, unsafeParts } from './types.ts';
import { quoted, tableOf, type Finding, type LintOptions, type Rule } from './lint-rule.ts';
import { readPriority } from './priority.ts';
import { spelling } from './spelling.ts';

const good = tableOf('Priority | Action | Type | Status', 'P1 | Add an alert for full disks | Alert | TODO');

export const cellRules: readonly Rule[] = [
  {
    id: 'unknown-status',
    level: 'error',
    about: 'A row has no status, or one that says neither open nor done; it is never implemented.',
    bad: tableOf('Action | Status', 'Add an alert for full disks | soonish'),
    good,
    check: unknownStatuses,
  },
  {
    id: 'status-spelling',
    level: 'info',
    about: 'TODO or Done is spelt in another way. `fix: true` repairs it.',
    bad: tableOf('Action | Status', 'Add an alert for full disks | To do'),
    good,
    check: misspeltStatuses,
  },
  {
    id: 'unknown-type',
    level: 'warning',
    about: 'The type of an item that is not done is missing or none of `types`; such an item is never implemented.',
    bad: tableOf('Action | Type | Status', 'Add an alert for full disks | Alrt | TODO'),
    good,
    check: unknownTypes,
  },
  {
    id: 'unknown-priority',
    level: 'warning',
    about: 'The priority of an item that is not done is missing or neither P0 to P3 nor a word for one; it counts as P2.',
    bad: tableOf('Priority | Action | Status', 'soon | Add an alert for full disks | TODO'),
    good,
    check: unknownPriorities,
  },
];

const statuses = ['TODO', 'In progress', 'Done', 'Wontfix'];

function unknownStatuses({ rows }: LintDocument): Finding[] {
  return rows
    .filter(({ todo, shape }) => todo.state === 'unknown' && shape.status !== null)
    .map(({ todo: { statusRaw }, row, shape }) => ({
      spot: cellSpot(row, shape.status),
      message: statusRaw === null ? 'the row has no status' : `the status ${quoted(statusRaw)} says neither open nor done`,
      remedy: `Begin the status with TODO, In progress, Done or Wontfix.${suggestion(statusRaw ?? '', statuses)}`,
    }));
}

function misspeltStatuses({ rows, markdown }: LintDocument): Finding[] {
  return rows.flatMap(({ todo: { statusRange }, row }) => {
    const word = statusRange === null ? '' : markdown.slice(statusRange);
    const better = spelling(word);
    if (statusRange === null || better === null) {
      return [];
    }
    const spot = { line: row.line, column: row.column + statusRange.start - row.range.start };
    return [{ spot, message: `the status ${quoted(word)} is usually spelt ${better}`, remedy: `Write ${better}, or run lint with fix: true.` }];
  });
}

function unknownTypes({ rows }: LintDocument, { types, safeTypes }: LintOptions): Finding[] {
  const known = [...new Set([...types, ...safeTypes])];
  const remedy = `Known are ${known.join(', ')}; the setting types adds others.`;
  return rows.flatMap(({ todo: { state, type }, row, shape }): Finding[] => {
    if (state === 'closed' || shape.type === null) {
      return [];
    }
    const spot = cellSpot(row, shape.type);
    if (type === null) {
      return [{ spot, message: 'the row has no type', remedy }];
    }
    const strangers = unsafeParts(type, known);
    return strangers.map((part) => ({ spot, message: `the type ${quoted(part)} is not known`, remedy: remedy + suggestion(part, known) }));
  });
}

function unknownPriorities({ rows }: LintDocument): Finding[] {
  return rows
    .filter(({ todo, shape }) => todo.state !== 'closed' && shape.priority !== null && todo.priorityFrom === 'default')
    .filter(({ todo }) => readPriority(todo.priorityRaw ?? '') === null)
    .map(({ todo: { priorityRaw }, row, shape }) => ({
      spot: cellSpot(row, shape.priority),
      message: `${priorityRaw === null ? 'the row has no priority' : `the priority ${quoted(priorityRaw)} is not known`} and counts as P2`,
      remedy: 'Write P0, P1, P2 or P3.',
    }));
}

function suggestion(word: string, known: readonly string[]): string {
  const near = nearestType(word, known);
  return near === null ? '' : ` Did you mean ${near}?`;
}

/** Open action items, with what a reader wants to know of each first: how urgent, how old, whose. */
import type { Priority, Todo } from '../postmortem/model.ts';
import type { Entry } from './entry.ts';

export interface OpenItem {
  readonly todo: Todo;
  readonly entry: Entry;
  /** Whole days since the post-mortem's date, `null` without one. */
  readonly ageDays: number | null;
  /** First day (`YYYY-MM-DD`) on which it is overdue, `null` when it never is or nobody knows. */
  readonly overdueFrom: string | null;
  readonly isOverdue: boolean;
}

/** After how many days an open item is overdue; none for a priority that is missing or `null`. */
export type OverdueDays = Readonly<Partial<Record<Priority, number | null>>>;

const dayMs = 86_400_000;

/** Days from one `YYYY-MM-DD` to another. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / dayMs);
}

/**
 * All open items, the most urgent first: by priority, then the oldest, undated ones last.
 * @param today `YYYY-MM-DD`
 */
export function openItems(entries: readonly Entry[], overdueDays: OverdueDays, today: string): OpenItem[] {
  return entries
    .flatMap((entry) => entry.postMortem.todos.filter(({ state }) => state === 'open').map((todo) => openItem(todo, entry, overdueDays, today)))
    .toSorted(
      (a, b) =>
        compare(a.todo.priority, b.todo.priority) ||
        compare(a.entry.date ?? '9999', b.entry.date ?? '9999') ||
        compare(a.todo.file, b.todo.file) ||
        a.todo.line - b.todo.line,
    );
}

function openItem(todo: Todo, entry: Entry, overdueDays: OverdueDays, today: string): OpenItem {
  const days = overdueDays[todo.priority] ?? null;
  const overdueFrom = entry.date === null || days === null ? null : new Date(Date.parse(entry.date) + (days + 1) * dayMs).toISOString().slice(0, 10);
  return {
    todo,
    entry,
    ageDays: entry.date === null ? null : Math.max(0, daysBetween(entry.date, today)),
    overdueFrom,
    isOverdue: overdueFrom !== null && today >= overdueFrom,
  };
}

/** By code units: the same on every machine. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The digest: what is open over all post-mortems, and what of it is overdue. Pure. */
import { count } from './format.ts';
import type { DecidedTodo, Decision, PostMortem, Priority } from '../postmortem/model.ts';

const DAY_MS = 86_400_000;

export interface DigestItem {
  readonly decided: DecidedTodo;
  /** Days since the post-mortem's date, `null` when it has none. */
  readonly ageDays: number | null;
  /** Days over the limit of its priority; `null` when it is not overdue. */
  readonly overdueDays: number | null;
  /** Waits for a person: no run will implement it. */
  readonly awaits: 'pipeline' | 'person';
}

export interface Digest {
  /** Overdue ones first, the longest first; then by priority, the oldest first, undated ones last. */
  readonly items: readonly DigestItem[];
  readonly postMortems: number;
  readonly overdue: number;
  readonly awaitingPeople: number;
  /** Of those that wait for a person, how many have no owner. */
  readonly withoutOwner: number;
  readonly byPriority: Readonly<Record<Priority, number>>;
  /** Rows whose status nobody understands: neither open nor closed. */
  readonly unclear: number;
}

/**
 * @param open every open TODO, decided
 * @param limits after how many days an open TODO is overdue, by priority; `null` or absent: never
 * @param today `YYYY-MM-DD`
 */
export function buildDigest(
  open: readonly DecidedTodo[],
  postMortems: readonly PostMortem[],
  limits: Readonly<Partial<Record<string, number | null>>>,
  today: string,
): Digest {
  const items = open.map((decided): DigestItem => {
    const ageDays = ageOf(decided.postMortem.date, today);
    const limit = limits[decided.todo.priority] ?? null;
    const over = ageDays === null || limit === null ? 0 : ageDays - limit;
    return { decided, ageDays, overdueDays: over > 0 ? over : null, awaits: awaited(decided.decision) };
  });
  const waiting = items.filter(({ awaits }) => awaits === 'person');
  const ofPriority = (priority: Priority) => items.filter(({ decided }) => decided.todo.priority === priority).length;
  return {
    items: items.toSorted(compare),
    postMortems: new Set(open.map(({ todo }) => todo.file)).size,
    overdue: items.filter(({ overdueDays }) => overdueDays !== null).length,
    awaitingPeople: waiting.length,
    withoutOwner: waiting.filter(({ decided }) => decided.todo.owner === null).length,
    byPriority: { P0: ofPriority('P0'), P1: ofPriority('P1'), P2: ofPriority('P2'), P3: ofPriority('P3') },
    unclear: postMortems.flatMap(({ todos }) => todos).filter(({ state, statusRaw }) => state === 'unknown' && statusRaw !== null)
      .length,
  };
}

function awaited(decision: Decision): DigestItem['awaits'] {
  return decision.kind === 'implement' ? 'pipeline' : 'person';
}

function ageOf(date: string | null, today: string): number | null {
  if (date === null) return null;
  return Math.max(0, Math.round((Date.parse(today) - Date.parse(date)) / DAY_MS));
}

function compare(a: DigestItem, b: DigestItem): number {
  return (
    (b.overdueDays ?? -1) - (a.overdueDays ?? -1) ||
    a.decided.todo.priority.localeCompare(b.decided.todo.priority) ||
    (b.ageDays ?? -1) - (a.ageDays ?? -1) ||
    a.decided.todo.file.localeCompare(b.decided.todo.file) ||
    a.decided.todo.line - b.decided.todo.line
  );
}

/** The digest in one line. */
export function digestHeadline({ items, postMortems }: Pick<Digest, 'items' | 'postMortems'>): string {
  if (items.length === 0) return 'Post-mortems: no open action items';
  return `Post-mortems: ${count(items.length, 'open action item')} in ${count(postMortems, 'document')}`;
}

/** The figures that follow it; empty when nothing is open. */
export function digestFigures(digest: Digest): string[] {
  const { items, overdue, awaitingPeople, withoutOwner, byPriority, unclear } = digest;
  const priorities = Object.entries(byPriority).filter(([, n]) => n > 0);
  return [
    ...(items.length === 0 ? [] : [priorities.map(([priority, n]) => `${n} ${priority}`).join(', ')]),
    ...(overdue > 0 ? [`${overdue} overdue`] : []),
    ...(awaitingPeople > 0 ? [`${awaitingPeople} for a person`] : []),
    ...(withoutOwner > 0 ? [`${withoutOwner} without an owner`] : []),
    ...(unclear > 0 ? [`${unclear} with a status that is not understood (lint names them)`] : []),
  ];
}

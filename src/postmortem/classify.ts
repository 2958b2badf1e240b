/** What is to be done with each TODO, and in which order. Pure decisions on what was read; nothing is ever safe by default. */
import { brokenRowRule } from './rows.ts';
import { knownTypes, nearestType, unsafeParts } from './types.ts';
import { readStatus } from './status.ts';
import { refusalPrefix } from './follow-up.ts';
import type { DecidedTodo, Decision, PostMortem, Todo } from './model.ts';

export interface DecideOptions {
  /** Types that may be automated, compared without regard to case and accents. */
  readonly safeTypes: readonly string[];
  /** `never`: a TODO that was refused before waits for a person; `refused`: it is tried again. */
  readonly retry: 'refused' | 'never';
}

/** An action longer than this (UTF-16 units) is an essay; nobody reviews what comes of it. */
export const actionCap = 2000;

/**
 * Decides on one TODO.
 * - `implement`: an open row of an action table whose type is safe, unless something speaks against it
 * - `review`: open work for a person, with what keeps it from being automated
 * - `skip`: nothing to do, or nothing known
 */
export function decide(todo: Todo, postMortem: PostMortem, options: DecideOptions): Decision {
  if (todo.state !== 'open') {
    return { kind: 'skip', reason: notOpen(todo) };
  }
  const against = objection(todo, postMortem, options);
  if (against !== null) {
    return { kind: 'review', reason: against };
  }
  const how = todo.typeFrom === 'inferred' ? ' (inferred from its words)' : '';
  return { kind: 'implement', reason: `type ${todo.type ?? ''}${how} is safe` };
}

/**
 * The TODOs to implement in fair order over all files: priority first, then the date of the post-mortem (older first, undated
 * last), then the file's path and the document's order. What is not to be implemented is left out.
 */
export function queue(decided: readonly DecidedTodo[]): DecidedTodo[] {
  const undated = '9999-99-99';
  return decided
    .filter(({ decision }) => decision.kind === 'implement')
    .toSorted(
      (a, b) =>
        compare(a.todo.priority, b.todo.priority) ||
        compare(a.postMortem.date ?? undated, b.postMortem.date ?? undated) ||
        compare(a.todo.file, b.todo.file) ||
        a.todo.line - b.todo.line,
    );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function notOpen(todo: Todo): string {
  const status = todo.statusRaw ?? '';
  if (todo.state === 'closed') {
    return status === '' ? 'struck through' : `already closed: ${status}`;
  }
  return status === '' ? 'no status' : `an unknown status: ${status}`;
}

function objection(todo: Todo, postMortem: PostMortem, { safeTypes, retry }: DecideOptions): string | null {
  if (todo.source !== 'table') {
    return `a ${todo.source === 'tasklist' ? 'task list' : 'bullet'} item is tracked, never automated`;
  }
  return (
    typeObjection(todo, safeTypes) ??
    rowObjection(todo, postMortem) ??
    (readStatus(todo.statusRaw ?? '').kind === 'held' ? `its status says that a person has it: ${todo.statusRaw ?? ''}` : null) ??
    (retry === 'refused' ? null : refusal(todo, postMortem))
  );
}

function typeObjection(todo: Todo, safeTypes: readonly string[]): string | null {
  if (todo.type === null) {
    return 'no type';
  }
  const unsafe = unsafeParts(todo.type, safeTypes);
  if (unsafe.length === 0) {
    return null;
  }
  const known = [...safeTypes, ...knownTypes];
  const stranger = unsafe.find((part) => unsafeParts(part, known).length > 0);
  const near = stranger === undefined ? null : nearestType(stranger, known);
  if (near !== null) {
    return `an unknown type: ${stranger ?? ''}; did you mean ${near}?`;
  }
  return `type ${todo.type} is not one of ${safeTypes.join(', ')}`;
}

function rowObjection(todo: Todo, postMortem: PostMortem): string | null {
  const broken = postMortem.problems.find(({ rule, line }) => rule === brokenRowRule && line === todo.line);
  if (broken !== undefined) {
    return broken.message;
  }
  if (todo.action === '' || todo.action.length > actionCap) {
    return todo.action === '' ? 'no action' : `the action is longer than ${actionCap} characters`;
  }
  const isTwin = ({ textHash, source, line, state }: Todo): boolean =>
    textHash === todo.textHash && source === 'table' && line < todo.line && state === 'open';
  const twin = postMortem.todos.find(isTwin);
  return twin === undefined ? null : `the same TODO stands in line ${twin.line}`;
}

function refusal(todo: Todo, postMortem: PostMortem): string | null {
  const row = postMortem.followUp.find(
    ({ textHash, implementedBy }) => textHash === todo.textHash && implementedBy.startsWith(refusalPrefix),
  );
  const reason = row?.implementedBy.slice(refusalPrefix.length).trim();
  return reason === undefined ? null : `was refused before: ${reason}; edit the row or set retry: true`;
}

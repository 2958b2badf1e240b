import { createHash } from 'node:crypto';
import { shown } from './paths.ts';
import { isObject } from './plan-document.ts';

/** One entry of the plan that does something. Values are never kept: a plan's JSON carries secrets. */
export interface PlannedChange {
  readonly address: string;
  readonly actions: readonly string[];
  /** Where the resource was before a `moved` block. */
  readonly previousAddress: string | null;
  /** Hash of the values before and after; for comparing only, never to be printed. */
  readonly digest: string;
}

/** `null` when they are not a list of words. */
export function actionsOf(change: unknown): readonly string[] | null {
  const actions: unknown = isObject(change) ? change['actions'] : null;
  if (!Array.isArray(actions) || actions.length === 0) return null;
  return actions.every((action): action is string => typeof action === 'string') ? actions : null;
}

/** An entry that does something, also a refused one; `null` for the unchanged and the unreadable. */
export function plannedChange(entry: unknown): PlannedChange | null {
  const change = isObject(entry) ? entry['change'] : undefined;
  const actions = actionsOf(change);
  if (!isObject(entry) || !isObject(change) || !actions || typeof entry['address'] !== 'string') return null;
  const previous = entry['previous_address'];
  const previousAddress = typeof previous === 'string' ? previous : null;
  if (actions.join() === 'no-op' && previousAddress === null) return null;
  const digest = sha256(JSON.stringify([change['before'], change['after'], change['after_unknown']]));
  return { address: entry['address'], actions, previousAddress, digest };
}

/** Equal for two plans that do the same: same addresses, actions, moves and values. For a plan that had to be made again. */
export function planFingerprint(changes: readonly PlannedChange[]): string {
  const entries = changes.map(({ address, actions, previousAddress, digest }) =>
    JSON.stringify([address, actions, previousAddress, digest]),
  );
  return sha256(entries.sort().join('\n'));
}

/** One line: `1 to add, 2 to change: terraform_data.a (create), ...`, at most 10 addresses. */
export function summary(changes: readonly PlannedChange[]): string {
  const count = (action: string): number => changes.filter(({ actions }) => actions.includes(action)).length;
  const counts: readonly (readonly [number, string])[] = [
    [count('create'), 'add'],
    [count('update'), 'change'],
    [count('delete'), 'destroy'],
    [count('forget'), 'forget'],
    [changes.filter(({ previousAddress }) => previousAddress !== null).length, 'move'],
  ];
  const parts = counts.filter(([n]) => n > 0).map(([n, verb]) => `${n} to ${verb}`);
  if (parts.length === 0) return 'no changes';
  const named = changes.slice(0, 10).map((change) => `${shown(change.address)} (${described(change)})`);
  const more = changes.length > 10 ? `, and ${changes.length - 10} more` : '';
  return `${parts.join(', ')}: ${named.join(', ')}${more}`;
}

function described({ actions, previousAddress }: PlannedChange): string {
  const words = actions.filter((action) => action !== 'no-op').map((action) => shown(action));
  return [...words, ...(previousAddress === null ? [] : [`moved from ${shown(previousAddress)}`])].join(' and ');
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

import { planFingerprint, summary } from '../guard/planned-changes.ts';
import type { PlansVerdict } from './change.ts';
import type { RunContext } from './context.ts';
import type { GatedPatch } from './gate.ts';

/**
 * With several hosts in `ssh_host`, one that has died may have applied what it could not push any more. Its journal lies on its own disk;
 * what the others can see is the state: it is not what the branch says. A change on top of that would undo the half-finished work unseen.
 */

const NOTHING = planFingerprint([]);

/**
 * The stacks of a patch whose state is not what the branch says, with what a plan of the branch would change; always empty with a single
 * host. Leaves the worktree at the base of the patch, and saved plans that must not be applied.
 */
export async function unlikeTheBranch(context: RunContext, patch: GatedPatch, timeoutMs: () => number): Promise<ReadonlyMap<string, string>> {
  const { settings, worktree, terraform, log, signal } = context;
  const found = new Map<string, string>();
  if (settings.runner === 'local' || settings.ssh_host.length < 2 || !settings.apply) return found;
  await worktree.reset(patch.base);
  if (patch.stacks.length > 0) await worktree.linkIgnored();
  for (const stack of patch.stacks) {
    if ((await worktree.git.ask(['rev-parse', '--verify', '--quiet', `${patch.base}:${stack}`])) === null) continue;
    log.info(`  planning ${stack} as it is on ${context.branch}: another host may have applied something`);
    const planned = await terraform.plan(stack, timeoutMs(), signal);
    if (planned.kind !== 'planned') continue;
    const changes = planned.verdict.changes.filter(({ actions, previousAddress }) => previousAddress !== null || !actions.every((action) => action === 'no-op' || action === 'read'));
    if (changes.length > 0) found.set(stack, summary(changes));
  }
  return found;
}

/** Refuses plans that would change such a stack. One that changes nothing is fine: state and patch agree, and the commit is what lacks. */
export function heldToTheBranch(verdict: PlansVerdict, unlike: ReadonlyMap<string, string>, branch: string): PlansVerdict {
  if (verdict.kind !== 'allowed') return verdict;
  const stack = verdict.plans.find((plan) => plan.fingerprint !== NOTHING && unlike.has(plan.stack))?.stack;
  if (stack === undefined) return verdict;
  return {
    kind: 'refused',
    reason: `${stack} is not as ${branch} says even without this change (${unlike.get(stack)}): another host of ssh_host may have applied something it could not push. Let a run use that host, or bring state and ${branch} together`,
  };
}

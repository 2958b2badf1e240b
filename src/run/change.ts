import type { PlanVerdict } from '../guard/plan.ts';
import { planFingerprint, summary } from '../guard/planned-changes.ts';
import type { PostMortem, Todo } from '../postmortem/model.ts';
import type { RunContext } from './context.ts';
import type { GatedPatch } from './gate.ts';
import { fixMessage } from './messages.ts';
import type { Pending } from './journal.ts';

/** Planning, applying and committing one gated patch. */

export type PlansVerdict =
  | { readonly kind: 'allowed'; readonly plans: readonly StackPlan[] }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string; readonly output: string }
  | { readonly kind: 'cancelled' };

export interface StackPlan {
  readonly stack: string;
  readonly fingerprint: string;
  /** `1 to add, 2 to change`. */
  readonly summary: string;
}

export type ChangeResult =
  | { readonly kind: 'committed'; readonly commit: string; readonly reason: string }
  /** Applied in part or in a way nobody foresaw; committed, and a person must look. */
  | { readonly kind: 'partial'; readonly commit: string; readonly reason: string }
  /** Nothing was applied. */
  | { readonly kind: 'refused' | 'failed'; readonly reason: string };

/** Plans every stack of the patch and gates each plan. The worktree must hold the patch's tree, and the ignored files be linked. */
export async function planStacks(context: RunContext, stacks: readonly string[], timeoutMs: () => number): Promise<PlansVerdict> {
  const plans: StackPlan[] = [];
  for (const stack of stacks) {
    context.log.info(`  planning ${stack}`);
    const state = await stateLeftBehind(context, stack);
    if (state !== null) return { kind: 'refused', reason: state };
    const planned = await context.terraform.plan(stack, timeoutMs(), context.signal);
    if (planned.kind !== 'planned') return planned;
    const { verdict } = planned;
    showChanges(context, verdict);
    if (verdict.kind === 'refused') return { kind: 'refused', reason: `plan of ${stack}: ${verdict.reasons.slice(0, 3).join('; ')}` };
    for (const warning of verdict.warnings) context.log.warn(`${stack}: ${warning}`);
    plans.push({ stack, fingerprint: planFingerprint(verdict.changes), summary: summary(verdict.changes) });
  }
  return { kind: 'allowed', plans };
}

/**
 * Applies exactly the gated plans, then commits exactly the gated patch. Not interrupted: what is applied is committed.
 */
export async function applyAndCommit(context: RunContext, todo: Todo, postMortem: PostMortem, patch: GatedPatch, plans: readonly StackPlan[]): Promise<ChangeResult> {
  const { settings, log, journal } = context;
  const toApply = settings.apply ? plans : [];
  const ci = settings.apply ? 'skip' : 'run';
  const notes = plans.map(({ stack, summary: what }) => `${stack}: ${what}`);
  const pending: Pending = {
    step: 'apply',
    base: patch.base,
    tree: patch.tree,
    stacks: toApply.map(({ stack }) => stack),
    plans: Object.fromEntries(toApply.map(({ stack, fingerprint }) => [stack, fingerprint])),
    message: fixMessage(todo, postMortem, { notes, ci, state: 'done' }),
    partialMessage: fixMessage(todo, postMortem, { notes: [...notes, 'Applied in part only: look at the stacks before anything else.'], ci, state: 'partial' }),
  };
  if (toApply.length > 0) await journal.add(pending);
  for (const [index, plan] of toApply.entries()) {
    log.info(`  applying ${plan.stack} (${plan.summary})`);
    const problem = await applyStack(context, plan);
    if (problem === null) continue;
    log.warn(problem.reason);
    if (index === 0 && (problem.kind === 'refused' || (await isUntouched(context, plan)))) {
      await journal.add({ step: 'settled', commit: null });
      return problem;
    }
    const commit = await commitPending(context, pending, 'partial');
    return { kind: 'partial', commit, reason: `${problem.reason}; a part of the change is live` };
  }
  const commit = await commitPending(context, pending, 'done');
  return { kind: 'committed', commit, reason: doneReason(settings.apply, plans) };
}

/**
 * Commits a pending change on top of the tip: the gated patch, and what a wrapper committed or changed while applying (encrypted
 * state) in the same commit, so that every commit of ours carries the skip tag.
 */
export async function commitPending(context: RunContext, pending: Pending, state: 'done' | 'partial'): Promise<string> {
  const { worktree, journal } = context;
  const tip = await worktree.tip();
  const wrapperTree = await worktree.overlay(tip, pending.tree, await stateFilesTree(context, pending.tree));
  const tree = await worktree.overlay(wrapperTree, pending.base, pending.tree);
  const commit = await worktree.commit(tree, pending.base, state === 'done' ? pending.message : pending.partialMessage);
  await worktree.moveTo(commit);
  await journal.add({ step: 'settled', commit });
  return commit;
}

/** The gated tree with the tracked state files an apply has changed, and nothing else of what it left. */
export async function stateFilesTree(context: RunContext, tree: string): Promise<string> {
  const { git } = context.worktree;
  const changed = (await git.read(['diff', '--name-only', '--no-renames', '-z', tree])).split('\0').filter((path) => /\.tfstate(?:\.|$)/.test(path));
  if (changed.length === 0) return tree;
  const env = { GIT_INDEX_FILE: `${context.workspace.runFolder}/index` };
  await git.read(['read-tree', tree], { env });
  // Some are ignored all the same, having been added by force.
  await git.read(['add', '--all', '--force', '--', ...changed.map((path) => `:(literal)${path}`)], { env });
  return (await git.read(['write-tree'], { env })).trim();
}

/** Applies one stack; `null` when that worked. */
async function applyStack(context: RunContext, plan: StackPlan): Promise<{ kind: 'refused' | 'failed'; reason: string } | null> {
  const { terraform } = context;
  if (!terraform.appliesSavedPlan) {
    const again = await regate(context, plan);
    if (again !== null) return again;
  }
  let applied = await terraform.apply(plan.stack);
  if (applied.kind === 'stale') {
    context.log.info(`  the state of ${plan.stack} has changed since: planning and gating once more`);
    const again = await regate(context, plan);
    if (again !== null) return again;
    applied = await terraform.apply(plan.stack);
  }
  switch (applied.kind) {
    case 'applied':
      return null;
    case 'stale':
      return { kind: 'failed', reason: `the state of ${plan.stack} keeps changing: its saved plan was stale twice` };
    case 'failed':
      return applied;
  }
}

/** Plans a stack anew and holds it to the gated plan. */
async function regate(context: RunContext, plan: StackPlan): Promise<{ kind: 'refused' | 'failed'; reason: string } | null> {
  const planned = await context.terraform.plan(plan.stack, context.settings.todo_timeout);
  if (planned.kind !== 'planned') return { kind: 'failed', reason: planned.kind === 'failed' ? planned.reason : 'cancelled' };
  const { verdict } = planned;
  if (verdict.kind === 'refused') return { kind: 'refused', reason: `plan of ${plan.stack}: ${verdict.reasons.slice(0, 3).join('; ')}` };
  if (planFingerprint(verdict.changes) === plan.fingerprint) return null;
  return { kind: 'refused', reason: `the plan of ${plan.stack} is no longer the one that was gated: ${summary(verdict.changes)} instead of ${plan.summary}` };
}

/** Whether a failed apply has changed nothing: the stack still plans exactly what was gated. */
export async function isUntouched(context: RunContext, plan: Pick<StackPlan, 'stack' | 'fingerprint'>): Promise<boolean> {
  const planned = await context.terraform.plan(plan.stack, context.settings.todo_timeout);
  return planned.kind === 'planned' && planFingerprint(planned.verdict.changes) === plan.fingerprint;
}

/** Whether a stack has nothing left to do: what was pending is applied. */
export async function isApplied(context: RunContext, stack: string): Promise<boolean> {
  const planned = await context.terraform.plan(stack, context.settings.todo_timeout);
  return planned.kind === 'planned' && planned.verdict.kind === 'allowed' && isNoop(planned.verdict);
}

/** State in a file beside the stack in the workspace is not in the worktree: the plan would create everything a second time. */
async function stateLeftBehind(context: RunContext, stack: string): Promise<string | null> {
  const { host, workspace, worktree } = context;
  const script = '[ -e "$1/terraform.tfstate" ] && ! [ -e "$2/terraform.tfstate" ]';
  const found = await host.exec(['sh', '-c', script, 'sh', `${workspace.root}/${stack}`, `${worktree.path}/${stack}`]);
  return found.code === 0
    ? `${stack} keeps its state in a file of the workspace (terraform.tfstate), which a worktree does not have: use a backend, or one with an absolute path`
    : null;
}

function isNoop(verdict: PlanVerdict): boolean {
  return verdict.changes.every(({ actions, previousAddress }) => previousAddress === null && actions.every((action) => action === 'no-op' || action === 'read'));
}

function showChanges(context: RunContext, verdict: PlanVerdict): void {
  const shown = verdict.changes.filter(({ actions }) => !actions.every((action) => action === 'no-op' || action === 'read'));
  for (const { address, actions } of shown.slice(0, 20)) context.log.info(`    ${actions.join(' and ')} ${address}`);
  if (shown.length > 20) context.log.info(`    and ${shown.length - 20} more`);
}

function doneReason(applied: boolean, plans: readonly StackPlan[]): string {
  if (plans.length === 0) return 'committed; no stack is affected, so there was nothing to apply';
  const what = plans.map(({ stack, summary: changes }) => `${stack}: ${changes}`).join('; ');
  return applied ? `applied ${what}` : `gated, left to the repository's CI to apply: ${what}`;
}

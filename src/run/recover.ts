import { UserError } from '../errors.ts';
import { commitPending, isApplied, isUntouched, stateFilesTree } from './change.ts';
import type { RunContext } from './context.ts';
import { gateTree } from './gate.ts';
import type { Answered, Pending } from './journal.ts';
import { publishLeft } from './publish.ts';

/**
 * Finishes what a run that died has left, as its journal says: an apply that was under way is looked into and committed if it changed
 * anything, a change the agent had finished is kept, commits are pushed. A normal start, and quick when there is nothing.
 * @returns what was found, for the report
 * @throws UserError when the commits do not go onto the branch: nothing new is done on top of them
 */
export async function recover(context: RunContext, upstream: string): Promise<readonly string[]> {
  const { worktree, journal, log } = context;
  const notices: string[] = [];
  await worktree.git.run(['rebase', '--abort']);
  const { pending, answered } = journal;
  if (pending !== null) notices.push(await finishApply(context, pending));
  if (answered !== null) await keepAnswer(context, answered);
  await worktree.reset(await worktree.tip());
  const unpushed = (await worktree.git.read(['rev-list', '--count', `${upstream}..HEAD`])).trim();
  if (unpushed !== '0') notices.push(`${unpushed === '1' ? '1 commit of an earlier run was' : `${unpushed} commits of an earlier run were`} not pushed yet; this run pushes them`);
  else await worktree.moveTo(upstream);
  for (const notice of notices) log.info(`Recovered: ${notice}`);
  // With apply: false a push starts the repository's CI, which ends this run: it comes last.
  if (unpushed !== '0' && context.settings.apply) await publishLeft(context);
  return notices;
}

async function finishApply(context: RunContext, pending: Pending): Promise<string> {
  const { worktree, journal, log } = context;
  log.info('An earlier run ended in the middle of an apply: looking at what came of it');
  const gated = await gateTree(worktree, pending.base, pending.tree, context.settings);
  if (gated.kind !== 'allowed') {
    const why = gated.kind === 'refused' ? gated.reasons.slice(0, 3).join('; ') : 'it changes nothing';
    throw new UserError(
      `the journal of an earlier run names a change that no run would have applied: ${why}`,
      `Either settings were made stricter meanwhile, or somebody else wrote into ${context.workspace.runFolder} on ${context.host.name}. Look at the stacks ${pending.stacks.join(', ')} there, then delete that folder.`,
    );
  }
  // Encrypted state that the apply has left uncommitted may be the only copy there is.
  await worktree.reset(await stateFilesTree(context, pending.tree));
  await worktree.linkIgnored();
  const states = [];
  for (const stack of pending.stacks) {
    if (await isApplied(context, stack)) states.push('applied');
    else states.push((await isUntouched(context, { stack, fingerprint: pending.plans[stack] ?? '' })) ? 'untouched' : 'partial');
  }
  if (states.every((state) => state === 'untouched')) {
    await journal.add({ step: 'settled', commit: null });
    return 'an earlier run ended before its apply changed anything; that TODO is worked on again';
  }
  const state = states.every((one) => one === 'applied') ? 'done' : 'partial';
  const commit = await commitPending(context, pending, state);
  return `an earlier run ended during its apply, which is ${state === 'done' ? 'complete' : 'complete in part only'}; committed as ${commit.slice(0, 8)}`;
}

/** What the agent has left in the worktree is paid for: as a tree of git it outlives the reset. It is gated when its TODO is worked on. */
async function keepAnswer({ worktree, journal }: RunContext, { todo, text, base }: Answered): Promise<void> {
  const snapshot = await worktree.snapshot(base);
  if ('tree' in snapshot) await journal.add({ step: 'patch', todo, text, base, tree: snapshot.tree });
}

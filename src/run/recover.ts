import { commitPending, isApplied, isUntouched, stateFilesTree } from './change.ts';
import type { RunContext } from './context.ts';
import { publishLeft } from './publish.ts';
import { clearPending, readPending } from './pending.ts';

/**
 * Finishes what a run that died has left in the worktree: an apply that was under way is looked into and committed if it changed anything,
 * commits are pushed. A normal start, and quick when there is nothing.
 * @returns what was found, for the report
 * @throws UserError when the commits do not go onto the branch: nothing new is done on top of them
 */
export async function recover(context: RunContext, upstream: string): Promise<readonly string[]> {
  const { worktree, host, workspace, log } = context;
  const notices: string[] = [];
  await worktree.git.run(['rebase', '--abort']);
  const pending = await readPending(host, workspace.runFolder);
  if (pending !== null) {
    log.info('An earlier run ended in the middle of an apply: looking at what came of it');
    // Encrypted state that the apply has left uncommitted may be the only copy there is.
    await worktree.reset(await stateFilesTree(context, pending.tree));
    await worktree.linkIgnored();
    const states = [];
    for (const stack of pending.stacks) {
      if (await isApplied(context, stack)) states.push('applied');
      else states.push((await isUntouched(context, { stack, fingerprint: pending.plans[stack] ?? '' })) ? 'untouched' : 'partial');
    }
    if (states.every((state) => state === 'untouched')) {
      await clearPending(host, workspace.runFolder);
      notices.push('an earlier run ended before its apply changed anything; that TODO is worked on again');
    } else {
      const state = states.every((one) => one === 'applied') ? 'done' : 'partial';
      const commit = await commitPending(context, pending, state);
      notices.push(`an earlier run ended during its apply, which is ${state === 'done' ? 'complete' : 'complete in part only'}; committed as ${commit.slice(0, 8)}`);
    }
  }
  await worktree.reset(await worktree.tip());
  const unpushed = (await worktree.git.read(['rev-list', '--count', `${upstream}..HEAD`])).trim();
  if (unpushed !== '0') notices.push(`${unpushed === '1' ? '1 commit of an earlier run was' : `${unpushed} commits of an earlier run were`} not pushed yet; this run pushes them`);
  else await worktree.moveTo(upstream);
  for (const notice of notices) log.info(`Recovered: ${notice}`);
  // With apply: false a push starts the repository's CI, which ends this run: it comes last.
  if (unpushed !== '0' && context.settings.apply) await publishLeft(context);
  return notices;
}

import { messageOf, UserError } from '../errors.ts';
import { fetchBranch } from '../host/workspace.ts';
import { applyFollowUp } from '../postmortem/edit.ts';
import type { FollowUpEntry, PostMortem } from '../postmortem/model.ts';
import type { RunContext } from './context.ts';
import { docsMessage, PARTIAL_TRAILER, TODO_TRAILER } from './messages.ts';

/** What is to be written into one post-mortem; commits are looked up by TODO when their final ids are known. */
export interface FollowUp {
  readonly postMortem: PostMortem;
  /** Given the commit of a TODO (`null` when it has none), what its row says. */
  readonly entries: (commitOf: (todoId: string) => string | null) => readonly FollowUpEntry[];
}

export interface Published {
  /** Final commit ids by TODO. */
  readonly commits: ReadonlyMap<string, string>;
  /** Where the work is when it is not on the branch, `null` when it is. */
  readonly error: UserError | null;
  readonly notices: readonly string[];
}

/** Without other shards; with them as many more as there can be of their pushes, each of which may be in the way of one of ours. */
const MAX_PUSHES = 3;

/** Everything up to the push: rebased on the remote's branch, with the post-mortems updated. Nothing has left the host. */
export interface Prepared {
  readonly commits: ReadonlyMap<string, string>;
  /** Commit to push; `null` when there is nothing to push. */
  readonly tip: string | null;
  /** Commit the branch was at. */
  readonly upstream: string;
  /** The run's commits do not fit on the branch any more. */
  readonly conflict: string | null;
  readonly notices: readonly string[];
}

/** Rebases the run's commits on the branch and adds the docs commit with their final ids. */
export async function prepare(context: RunContext, followUps: readonly FollowUp[]): Promise<Prepared> {
  const { worktree, workspace, branch } = context;
  const upstream = await fetchBranch(workspace, branch);
  await worktree.reset(await worktree.tip());
  await dropDocsCommit(context);
  const conflict = await rebase(context, upstream);
  const onto = conflict === null ? upstream : (await worktree.git.read(['merge-base', 'HEAD', upstream])).trim();
  const commits = await commitsSince(context, onto);
  const notices: string[] = [];
  const tip = await worktree.tip();
  const docs = await docsCommit(context, tip, followUps, commits, notices);
  if (docs !== null) await worktree.moveTo(docs);
  const newTip = docs ?? tip;
  return { commits, tip: newTip === upstream ? null : newTip, upstream, conflict, notices };
}

/**
 * Pushes; a rejected push is prepared anew, three times at most, not counting those that another shard was faster than. What cannot be
 * pushed there is pushed to a branch of its own.
 * @param whole what goes there; default: what could not be pushed
 */
export async function publish(context: RunContext, followUps: readonly FollowUp[], prepared?: Prepared, whole?: string): Promise<Published> {
  let current = prepared ?? (await prepare(context, followUps));
  let overtaken = 0;
  for (let attempt = 1; ; attempt++) {
    const { commits, notices, upstream } = current;
    if (current.tip === null) return { commits, error: null, notices };
    if (current.conflict !== null) return { commits, notices, error: await publishAside(context, whole ?? current.tip, current.conflict) };
    const problem = await push(context, current.tip, context.branch);
    if (problem === null) {
      context.log.info(`Pushed to ${context.branch}`);
      return { commits, error: null, notices };
    }
    if (attempt - overtaken >= MAX_PUSHES) return { commits, notices, error: await publishAside(context, whole ?? current.tip, `the push was rejected ${attempt} times: ${problem}`) };
    context.log.warn(`the push was rejected (${problem}); fetching and trying again`);
    current = await prepare(context, followUps);
    if (current.upstream !== upstream && overtaken < context.shard.rivals) overtaken++;
  }
}

/**
 * Pushes what an earlier run has left, before anything is paid for or applied on top of it. Its docs commit is left out: this run makes another.
 * @throws UserError when it does not go onto the branch; it stays as it is then
 */
export async function publishLeft(context: RunContext): Promise<void> {
  const left = await context.worktree.tip();
  const { error } = await publish(context, [], undefined, left);
  if (error === null) return;
  await context.worktree.moveTo(left);
  throw error;
}

/**
 * The last resort, when the documents cannot be prepared (on a full disk, for instance): what is applied and committed goes onto the
 * branch as it is. The next run finds it in its history and updates the documents. The files of the worktree stay as they are. Never throws.
 * @param commit what to push; default: the tip
 * @returns whether it is on the branch now
 */
export async function pushAsItIs(context: RunContext, commit?: string): Promise<boolean> {
  const { worktree, branch, log } = context;
  try {
    if (commit === undefined) await worktree.git.run(['rebase', '--abort']);
    const pushed = commit ?? (await worktree.tip());
    const problem = await push(context, pushed, branch);
    if (problem === null) return true;
    log.debug(`pushing ${pushed} as it is: ${problem}`);
  } catch (error) {
    log.debug(`cannot push what is there: ${messageOf(error)}`);
  }
  return false;
}

async function push(context: RunContext, commit: string, branch: string): Promise<string | null> {
  // On a full disk what is committed is pushed all the same.
  await context.journal.add({ step: 'push', commit, to: branch }).catch((error: unknown) => context.log.debug(messageOf(error)));
  const pushed = await context.worktree.git.run(['push', '--porcelain', '--no-verify', 'origin', `${commit}:refs/heads/${branch}`], { timeoutMs: 300_000 });
  if (pushed.code === 0) return null;
  // --porcelain: `!<tab>from:to<tab>[rejected] (why)`; what a hook of the remote says comes as `remote: ...`.
  const lines = `${pushed.stdout}\n${pushed.stderr}`.split('\n').map((line) => line.trim());
  const refused = lines.find((line) => line.startsWith('!\t'))?.split('\t')[2];
  const remark = lines.find((line) => /^remote: *\S/.test(line))?.replace(/^remote: */, '');
  const said = refused ?? lines.find((line) => /error|fatal|denied/i.test(line)) ?? lines.find((line) => line !== '') ?? pushed.ended;
  // Masked before it is cut: half a credential is not recognised.
  return context.log.redactor.redact(remark === undefined ? said : `${said}: ${remark}`).replaceAll(/\s+/g, ' ').slice(0, 300);
}

/** A branch of its own for what does not go onto the branch: applied work is never left on one host only, if that can be helped. */
async function publishAside(context: RunContext, tip: string, reason: string): Promise<UserError> {
  const aside = `post-mortem/${tip.slice(0, 12)}`;
  const problem = await push(context, tip, aside);
  if (problem === null) {
    return new UserError(`the commits of this run are not on ${context.branch}: ${reason}`, `They are on the branch ${aside}: merge it into ${context.branch} by hand.`);
  }
  return new UserError(
    `the commits of this run could not be pushed: ${reason}; nor to a branch of their own: ${problem}`,
    `They lie on ${context.host.name} in ${context.worktree.path} (commit ${tip.slice(0, 12)}). The next run pushes them; check that "git push" works there.`,
  );
}

/** @returns why it is not possible, `null` when the commits are on top of `upstream` now */
async function rebase(context: RunContext, upstream: string): Promise<string | null> {
  const { git } = context.worktree;
  if ((await git.run(['merge-base', '--is-ancestor', upstream, 'HEAD'])).code === 0) return null;
  const rebased = await git.run(['rebase', '--quiet', '--no-autosquash', '--keep-empty', '--empty=keep', upstream], { timeoutMs: 300_000 });
  if (rebased.code === 0) return null;
  const files = (await git.run(['diff', '--name-only', '--diff-filter=U'])).stdout.trim().split('\n').join(', ');
  await git.run(['rebase', '--abort']);
  return `${context.branch} has changed in the same places meanwhile (${files || 'see git rebase'})`;
}

/** The docs commit of an earlier attempt holds old ids: it is made anew. */
async function dropDocsCommit(context: RunContext): Promise<void> {
  const { worktree } = context;
  const subject = await worktree.git.ask(['log', '-1', '--format=%s', 'HEAD']);
  const pushed = await worktree.git.run(['merge-base', '--is-ancestor', 'HEAD', `refs/remotes/origin/${context.branch}`]);
  if (subject?.startsWith('docs: update post-mortem follow-up ') && pushed.code !== 0) {
    await worktree.moveTo((await worktree.git.read(['rev-parse', 'HEAD^'])).trim());
  }
}

/** The run's commits by the TODO they are for. */
async function commitsSince(context: RunContext, base: string): Promise<Map<string, string>> {
  const format = `%H %(trailers:key=${TODO_TRAILER},valueonly,separator=%x20)%(trailers:key=${PARTIAL_TRAILER},valueonly,separator=%x20)`;
  const listed = await context.worktree.git.read(['log', '--reverse', `--format=${format}`, `${base}..HEAD`]);
  return new Map(
    listed
      .split('\n')
      .map((line): [string, string] => [line.slice(41).trim(), line.slice(0, 40)])
      .filter(([id]) => id !== ''),
  );
}

async function docsCommit(
  context: RunContext,
  tip: string,
  followUps: readonly FollowUp[],
  commits: ReadonlyMap<string, string>,
  notices: string[],
): Promise<string | null> {
  const { worktree } = context;
  const files: { path: string; content: string }[] = [];
  const changed: PostMortem[] = [];
  for (const { postMortem, entries } of followUps) {
    const text = await worktree.fileAt(tip, postMortem.file);
    if (text === null || !(await worktree.isExactly(tip, postMortem.file, text))) {
      notices.push(`${postMortem.file} could not be updated: ${text === null ? `it is not on ${context.branch} any more` : 'it is not valid UTF-8'}`);
      continue;
    }
    const edited = applyFollowUp(text, postMortem.file, entries((id) => commits.get(id) ?? null));
    for (const { todo } of edited.notFound) notices.push(`${postMortem.file}: the row "${todo.action.slice(0, 80)}" is gone; its outcome is in the Follow-up table`);
    if (edited.text === text) continue;
    files.push({ path: postMortem.file, content: edited.text });
    changed.push(postMortem);
  }
  if (files.length === 0) return null;
  return worktree.commit(await worktree.withFiles(tip, files), tip, docsMessage(changed, context.settings.apply ? 'skip' : 'run'));
}

import { randomUUID } from 'node:crypto';
import { buildPrompt, buildRetryPrompt } from '../agent/prompt.ts';
import type { PromptContext } from '../agent/prompt.ts';
import { messageOf, UserError } from '../errors.ts';
import type { AgentResult } from '../agent/result.ts';
import { runAgent } from '../agent/run.ts';
import { RepositoryFiles } from '../host/repository-files.ts';
import { runPaths } from '../host/workspace.ts';
import type { DecidedTodo, PostMortem } from '../postmortem/model.ts';
import type { TodoOutcome } from '../report/report.ts';
import { applyAndCommit, planStacks } from './change.ts';
import type { ChangeResult, StackPlan } from './change.ts';
import type { RunContext } from './context.ts';
import { gatePatch, protectedPaths } from './gate.ts';
import type { GatedPatch } from './gate.ts';
import { heldToTheBranch, unlikeTheBranch } from './other-hosts.ts';
import type { Settings } from '../settings/schema.ts';

/** How a TODO ended, and whether the run can go on. */
export interface TodoResult {
  readonly outcome: Pick<TodoOutcome, 'kind' | 'reason'> & { readonly commit: string | null; readonly costUsd: number | null } & HandedOver;
  /** Set when no further TODO can be worked on: a UserError, or a bug. */
  readonly stop: unknown;
}

interface HandedOver {
  /** Stacks of another shard that the change lies in: that shard's next run works on the TODO. */
  readonly handedOver?: readonly string[];
}

interface Ended extends HandedOver {
  readonly kind: 'done' | 'needs-review' | 'failed' | 'deferred';
  readonly reason: string;
  readonly commit?: string;
  /** Why the run must end with this TODO. */
  readonly stop?: { readonly message: string; readonly remedy: string };
}

/** A failing plan goes back to the agent so often at most (design 5.7). */
const MAX_RETRIES = 2;

/**
 * Works on one TODO: agent, patch gate, plan gate, apply, commit. The tip has a further commit if it is done; the files may be anything.
 * Never throws: what went wrong (the host is lost, lacks a program, has a full disk) is the outcome of this TODO and ends the run.
 */
export async function workOn(item: DecidedTodo, context: RunContext): Promise<TodoResult> {
  const { worktree, budget } = context;
  const spentBefore = budget.spent();
  let ended: Ended | null = null;
  let stop: unknown = null;
  try {
    const base = await worktree.tip();
    await worktree.reset(base);
    const refusal = context.settings.retry ? null : context.journal.refusalOf(item.todo);
    ended = refusal === null ? await new Attempt(item, context, base).run() : review(refusal);
    const { kind, reason, commit } = ended;
    if (kind === 'needs-review' && commit === undefined) await context.journal.add({ step: 'refused', todo: item.todo.id, text: item.todo.textHash, reason });
    if (ended.stop) stop = new UserError(ended.stop.message, ended.stop.remedy);
    await worktree.showGit();
  } catch (error) {
    stop ??= error;
    ended ??= context.signal.aborted ? deferred('the run was stopped') : { kind: 'failed', reason: messageOf(error) };
  }
  const { kind, reason, commit = null, handedOver } = ended;
  return { outcome: { kind, reason, commit, costUsd: budget.spent() - spentBefore, ...(handedOver === undefined ? {} : { handedOver }) }, stop };
}

/** What the agent is told besides the TODO itself. */
export function promptContext(postMortem: PostMortem, settings: Settings): PromptContext {
  return {
    postMortem,
    stacks: settings.stacks,
    protectedPaths: protectedPaths(settings),
    maxChangedFiles: settings.max_changed_files,
    maxChangedLines: settings.max_changed_lines,
    agentCommands: settings.agent_commands,
  };
}

class Attempt {
  private readonly item: DecidedTodo;
  private readonly context: RunContext;
  private readonly base: string;
  private readonly sessionId = randomUUID();
  private readonly deadline: number;

  constructor(item: DecidedTodo, context: RunContext, base: string) {
    this.item = item;
    this.context = context;
    this.base = base;
    this.deadline = performance.now() + context.settings.todo_timeout;
  }

  async run(): Promise<Ended> {
    const { todo, postMortem } = this.item;
    const { settings, log } = this.context;
    let prompt = buildPrompt(todo, promptContext(postMortem, settings));
    let asked = 0;
    for (let reused = await this.takeUp(); ; reused = false) {
      if (!reused) {
        const ended = await this.ask(prompt, asked === 0 ? 'new' : 'resume');
        asked++;
        if (ended !== null) return ended;
      }
      const gated = await gatePatch(this.context.worktree, this.base, settings);
      if (gated.kind === 'empty') return review('the agent says it is done, but nothing was changed');
      if (gated.kind === 'refused') return review(gated.reasons.slice(0, 3).join('; '));
      const claimed = this.falseClaim(gated.patch);
      if (claimed !== null) return review(claimed);
      log.info(`  changed ${gated.patch.files.join(', ')}`);
      const owned = this.context.shard.judge(gated.patch.stacks, this.item);
      if (owned.kind === 'refused') return review(owned.reason);
      if (owned.kind === 'hand-over') return { ...deferred(owned.reason), handedOver: owned.stacks };
      await this.context.journal.add({ step: 'patch', ...this.known, base: this.base, tree: gated.patch.tree });
      const plans = await this.plan(gated.patch);
      switch (plans.kind) {
        case 'cancelled':
          return deferred('the run was stopped');
        case 'refused':
          return review(plans.reason);
        case 'allowed':
          return this.apply(gated.patch, plans.plans);
        case 'failed':
          if (asked > MAX_RETRIES) return review(`${plans.reason} (after ${MAX_RETRIES} attempts to mend it)`);
          if (this.context.budget.isSpent() || this.remainingMs() < 1000) return review(plans.reason);
          log.info(`  ${plans.reason}: back to the agent (attempt ${asked + 1} of ${MAX_RETRIES + 1})`);
          if (asked === 0) await this.context.worktree.reset(this.base);
          else prompt = buildRetryPrompt(plans.reason, plans.output, log.redactor);
      }
    }
  }

  /** The TODO as the journal knows it. */
  private get known(): { todo: string; text: string } {
    const { id, textHash } = this.item.todo;
    return { todo: id, text: textHash };
  }

  /** Puts into the worktree what an agent has made of this TODO in a run that died, if it still fits: it is paid for already. */
  private async takeUp(): Promise<boolean> {
    const { worktree, journal, log } = this.context;
    const patch = journal.patchFor(this.item.todo);
    if (patch === null) return false;
    const tree = await worktree.carryOver(patch, this.base);
    if (tree === null) return false;
    await worktree.reset(tree);
    log.info('  an earlier run ended after the agent: its change is taken up, and not paid for again');
    return true;
  }

  private claimedFiles: readonly string[] = [];

  /** One call of the agent; `null` when it says it is done and the gates are next. */
  private async ask(prompt: string, kind: 'new' | 'resume'): Promise<Ended | null> {
    const { context } = this;
    const { settings, worktree, budget, log } = context;
    const startedWith = budget.left();
    if (kind === 'resume') await worktree.git.read(['clean', '-fdqX']);
    log.debug(`prompt:\n${prompt}`);
    await context.journal.add({ step: 'agent', ...this.known, base: this.base });
    const before = await RepositoryFiles.read(context.workspace, worktree.path);
    await worktree.hideGit();
    let result: AgentResult;
    let planted: boolean;
    try {
      result = await runAgent(
        context.host,
        {
          claudePath: settings.claude_path,
          definition: context.agent,
          worktree: worktree.path,
          session: { kind, id: this.sessionId },
          model: settings.model,
          budgetUsd: startedWith,
          protectedPaths: protectedPaths(settings),
          agentCommands: settings.agent_commands,
          isolation: context.isolation,
          prompt,
          timeoutMs: this.remainingMs(),
          idleTimeoutMs: settings.idle_timeout,
        },
        { log, signal: context.signal },
      );
    } finally {
      planted = await worktree.showGit();
    }
    const unknownCost = result.kind === 'cancelled' ? null : budget.spend(result.costUsd);
    const { changed: keep } = runPaths(context.workspace.runFolder);
    const changed = await before.putBack(keep);
    const ended = this.judge(result, startedWith);
    if (changed.length > 0) {
      const message = `files of the repository itself were changed while the agent worked: ${changed.slice(0, 5).map((path) => path.replace(`${context.workspace.root}/`, '')).join(', ')}`;
      const remedy = `They are as they were before; what stood there is in ${keep} on the host. Find out who wrote them before the next run: an agent must not be able to.`;
      return { ...review(message), stop: { message, remedy } };
    }
    const found = planted ? review('the agent put something in the place of .git or of the whole worktree') : ended;
    if (unknownCost !== null) {
      const remedy = 'The run stops, since nobody knows what it has cost. Look at the usage of the account, then start the pipeline again.';
      return { ...(found ?? review(unknownCost)), stop: found?.stop ?? { message: unknownCost, remedy } };
    }
    if (found === null) await context.journal.add({ step: 'answered', ...this.known, base: this.base });
    return found;
  }

  private judge(result: AgentResult, startedWithUsd: number): Ended | null {
    switch (result.kind) {
      case 'cancelled':
        return deferred('the run was stopped');
      case 'refused':
        return review(result.reason);
      case 'failed':
        // What ended one TODO only (a time limit) would end it again and be paid for again: a person decides.
        return result.affects === 'todo'
          ? review(result.reason)
          : { kind: 'failed', reason: result.reason, stop: { message: result.reason, remedy: result.remedy } };
      case 'over-budget':
        // With the whole budget at its disposal it will cost more the next time, too; with a rest of it, it may not.
        return startedWithUsd >= this.context.settings.budget_usd ? review(result.reason) : deferred(result.reason);
      case 'answered':
        this.claimedFiles = result.answer.files;
        if (result.answer.status === 'already-done') return review(`the agent says it is done already: ${result.answer.reason ?? result.answer.summary}; check, and mark it Done`);
        this.context.log.info(`  agent says: ${result.answer.summary}`);
        return null;
    }
  }

  private async plan(patch: GatedPatch) {
    const { worktree } = this.context;
    // Exactly the gated tree: what git ignores, and anything else the patch does not hold, is gone before Terraform looks.
    const ignored = await worktree.ignoredFiles();
    if (ignored.length > 0) this.context.log.debug(`removed what git ignores: ${ignored.slice(0, 5).join(', ')}`);
    const unlike = await unlikeTheBranch(this.context, patch, () => this.remainingMs());
    await worktree.reset(patch.tree);
    if (patch.stacks.length > 0) await worktree.linkIgnored();
    return heldToTheBranch(await planStacks(this.context, patch.stacks, () => this.remainingMs()), unlike, this.context.branch);
  }

  private async apply(patch: GatedPatch, plans: readonly StackPlan[]): Promise<Ended> {
    if (this.context.signal.aborted) return deferred('the run was stopped');
    const { todo, postMortem } = this.item;
    const change: ChangeResult = await applyAndCommit(this.context, todo, postMortem, patch, plans);
    switch (change.kind) {
      case 'committed':
        return { kind: 'done', reason: change.reason, commit: change.commit };
      case 'partial':
        return { kind: 'needs-review', reason: change.reason, commit: change.commit };
      case 'refused':
        return review(change.reason);
      case 'failed':
        return { kind: 'failed', reason: change.reason };
    }
  }

  /** The worktree must show what the answer claims. */
  private falseClaim(patch: GatedPatch): string | null {
    const root = `${this.context.worktree.path}/`;
    const missing = this.claimedFiles
      .map((file) => (file.startsWith(root) ? file.slice(root.length) : file.replace(/^\.\//, '')))
      .find((file) => !patch.files.includes(file));
    return missing === undefined ? null : `the agent says it changed ${missing}, which it did not`;
  }

  private remainingMs(): number {
    return Math.max(1000, this.deadline - performance.now());
  }
}

function review(reason: string): Ended {
  return { kind: 'needs-review', reason };
}

function deferred(reason: string): Ended {
  return { kind: 'deferred', reason };
}

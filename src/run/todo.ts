import { randomUUID } from 'node:crypto';
import { buildPrompt, buildRetryPrompt } from '../agent/prompt.ts';
import type { AgentResult } from '../agent/result.ts';
import { runAgent } from '../agent/run.ts';
import type { DecidedTodo } from '../postmortem/model.ts';
import type { TodoOutcome } from '../report/report.ts';
import { applyAndCommit, planStacks } from './change.ts';
import type { ChangeResult, StackPlan } from './change.ts';
import type { RunContext } from './context.ts';
import { gatePatch } from './gate.ts';
import type { GatedPatch } from './gate.ts';

/** How a TODO ended, and whether the run can go on. */
export interface TodoResult {
  readonly outcome: Pick<TodoOutcome, 'kind' | 'reason'> & { readonly commit: string | null; readonly costUsd: number | null };
  /** Set when no further TODO can be worked on: why, and what to do. */
  readonly stop: { readonly message: string; readonly remedy: string } | null;
}

type Ended = { readonly kind: 'done' | 'needs-review' | 'failed' | 'deferred'; readonly reason: string; readonly commit?: string; readonly stop?: TodoResult['stop'] };

/** A failing plan goes back to the agent so often at most (design 5.7). */
const MAX_RETRIES = 2;

/**
 * Works on one TODO: agent, patch gate, plan gate, apply, commit. Leaves the worktree at the tip, with a further commit if it is done.
 * @throws UserError when the host is lost or lacks a program
 */
export async function workOn(item: DecidedTodo, context: RunContext): Promise<TodoResult> {
  const { worktree, budget } = context;
  const spentBefore = budget.spent();
  const base = await worktree.tip();
  await worktree.reset(base);
  const attempt = new Attempt(item, context, base);
  const ended = await attempt.run();
  await worktree.showGit();
  await worktree.reset(await worktree.tip());
  return {
    outcome: { kind: ended.kind, reason: ended.reason, commit: ended.commit ?? null, costUsd: budget.spent() - spentBefore },
    stop: ended.stop ?? null,
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
    let prompt = buildPrompt(todo, {
      postMortem,
      stacks: settings.stacks,
      protectedPaths: settings.protected_paths,
      maxChangedFiles: settings.max_changed_files,
      maxChangedLines: settings.max_changed_lines,
      agentCommands: settings.agent_commands,
    });
    for (let retry = 0; ; retry++) {
      const ended = await this.ask(prompt, retry === 0 ? 'new' : 'resume');
      if (ended !== null) return ended;
      const gated = await gatePatch(this.context.worktree, this.base, settings);
      if (gated.kind === 'empty') return review('the agent says it is done, but nothing was changed');
      if (gated.kind === 'refused') return review(gated.reasons.slice(0, 3).join('; '));
      const claimed = this.falseClaim(gated.patch);
      if (claimed !== null) return review(claimed);
      log.info(`  changed ${gated.patch.files.join(', ')}`);
      const plans = await this.plan(gated.patch);
      switch (plans.kind) {
        case 'cancelled':
          return deferred('the run was stopped');
        case 'refused':
          return review(plans.reason);
        case 'allowed':
          return this.apply(gated.patch, plans.plans);
        case 'failed':
          if (retry === MAX_RETRIES) return review(`${plans.reason} (after ${MAX_RETRIES} attempts to mend it)`);
          if (this.context.budget.isSpent() || this.remainingMs() < 1000) return review(plans.reason);
          log.info(`  ${plans.reason}: back to the agent (attempt ${retry + 2} of ${MAX_RETRIES + 1})`);
          prompt = buildRetryPrompt(plans.reason, plans.output, log.redactor);
      }
    }
  }

  private claimedFiles: readonly string[] = [];

  /** One call of the agent; `null` when it says it is done and the gates are next. */
  private async ask(prompt: string, kind: 'new' | 'resume'): Promise<Ended | null> {
    const { context, base } = this;
    const { settings, worktree, budget, log } = context;
    const startedWith = budget.left();
    if (kind === 'resume') await worktree.git.read(['clean', '-fdqX']);
    log.debug(`prompt:\n${prompt}`);
    const before = await this.repositoryFacts();
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
          protectedPaths: settings.protected_paths,
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
    const changed = (await this.repositoryFacts()) !== before || (await worktree.tip()) !== base;
    const ended = this.judge(result, startedWith);
    if (changed) {
      const message = 'the configuration, the hooks or the worktree of the repository were changed while the agent worked';
      return { ...review(message), stop: { message, remedy: `Look at ${context.workspace.root}/.git (config, hooks) on the host before the next run.` } };
    }
    if (planted) return review('the agent put something in the place of .git');
    if (unknownCost !== null) {
      const remedy = 'The run stops, since nobody knows what it has cost. Look at the usage of the account, then start the pipeline again.';
      return { ...(ended ?? review(unknownCost)), stop: ended?.stop ?? { message: unknownCost, remedy } };
    }
    return ended;
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
    await worktree.reset(patch.tree);
    if (patch.stacks.length > 0) await worktree.linkIgnored();
    return planStacks(this.context, patch.stacks, () => this.remainingMs());
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

  /** Configuration, attributes and hooks of the repository on the host: nothing an agent has any business with. */
  private async repositoryFacts(): Promise<string> {
    const { git } = this.context.workspace;
    const script = 'd=$(git rev-parse --path-format=absolute --git-common-dir) && cd "$d" && { cat config config.worktree info/attributes info/exclude 2>/dev/null; ls -lR --time-style=full-iso hooks info 2>/dev/null; } | sha256sum';
    return (await git.host.exec(['sh', '-c', script], { cwd: git.folder })).stdout;
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

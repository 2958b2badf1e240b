import { agentDefinition } from '../agent/definition.ts';
import { isolationPrefix } from '../agent/isolation.ts';
import { Cancelled, messageOf, UserError } from '../errors.ts';
import { Budget } from '../guard/budget.ts';
import { takeLock } from '../host/lock.ts';
import { fetchBranch, findWorkspace } from '../host/workspace.ts';
import { Worktree } from '../host/worktree.ts';
import type { Log } from '../log.ts';
import { decisionTable, problemLines } from '../report/console.ts';
import type { RunReport, TodoOutcome } from '../report/report.ts';
import { connect } from '../run/connect.ts';
import type { RunContext, RunInput } from '../run/context.ts';
import { decideAll } from '../run/decide.ts';
import type { Decisions } from '../run/decide.ts';
import { pastCommits } from '../run/history.ts';
import { Journal } from '../run/journal.ts';
import { prepare, publish, pushAsItIs } from '../run/publish.ts';
import type { Prepared } from '../run/publish.ts';
import { Progress } from '../run/progress.ts';
import { recover } from '../run/recover.ts';
import type { RunShard } from '../run/shard.ts';
import { showReport, tellReport } from '../run/tell.ts';
import { Terraform } from '../run/terraform.ts';
import { workOn } from '../run/todo.ts';
import type { Settings } from '../settings/schema.ts';

/**
 * The main job: from the open TODOs of safe types to pushed, gated fixes.
 * @returns the exit code: 0 when every TODO ended in a decided state, 1 when something failed, 143 when it was cancelled
 */
export async function implement(input: RunInput): Promise<number> {
  const { settings, log, root } = input;
  if (input.pipeline.event?.startsWith('pull_request') && !settings.dry_run) {
    // Its documents are anybody's: what is not merged has not been agreed on.
    throw new UserError('action: implement does not run on pull requests', 'Run it on push (when: event: push); on pull requests use action: lint, or dry_run: true.');
  }
  const startedAt = new Date();
  const decisions = decideAll(settings, root);
  showDecisions(decisions, log);
  const progress = new Progress(decisions, input.pipeline);
  if (settings.dry_run) {
    const { explainDryRun } = await import('../run/dry-run.ts');
    await explainDryRun(input, decisions, reportOf(input, decisions, progress, startedAt));
    return 0;
  }
  let afterReport: (() => Promise<void>) | null = null;
  if (decisions.queue.length > 0) {
    try {
      afterReport = await run(input, progress, decisions.shard);
    } catch (error) {
      failed(error, progress, input);
    }
    if (afterReport === null) progress.notices.push(...progress.stranded());
  }
  let report = reportOf(input, decisions, progress, startedAt);
  showReport(report, log);
  await tellReport(report, settings, log);
  if (afterReport !== null) {
    // With apply: false the push starts the repository's CI, and Woodpecker would cancel this pipeline for it: it comes last.
    const before = progress.notices.length;
    await afterReport().catch((error: unknown) => {
      failed(error, progress, input);
      progress.notices.push(...progress.stranded());
    });
    if (progress.error !== null || progress.notices.length > before) {
      report = reportOf(input, decisions, progress, startedAt);
      showReport(report, log);
      await tellReport(report, settings, log);
    }
  }
  if (report.status === 'cancelled') return 143;
  return report.status === 'failed' || report.outcomes.some(({ kind }) => kind === 'failed') ? 1 : 0;
}

/** Keeps why the run fails, and shows where a bug is. */
function failed(error: unknown, progress: Progress, { signal, log }: RunInput): void {
  progress.failedWith(signal.aborted ? new Cancelled() : error);
  if (!(error instanceof UserError) && !(error instanceof Cancelled)) log.debug(error instanceof Error ? (error.stack ?? '') : String(error));
}

function showDecisions(decisions: Decisions, log: Log): void {
  const { scanned, open, queue, shard, elsewhere } = decisions;
  const part = shard.name === null ? '' : ` in shard ${shard.name} (${elsewhere} in the others)`;
  log.info(`Read ${scanned.files} ${scanned.files === 1 ? 'file' : 'files'}: ${open.length} open TODOs${part}, ${queue.length} to implement`);
  if (open.length > 0) log.info(`\n${decisionTable(open)}\n`);
  const shown = decisions.problems.filter(({ level }) => level !== 'info');
  for (const line of problemLines(shown)) log.info(line);
}

/** Connects, works, publishes. Returns what is to be done after the report, if anything. */
async function run(input: RunInput, progress: Progress, shard: RunShard): Promise<(() => Promise<void>) | null> {
  const { settings, pipeline, log, signal } = input;
  const branch = settings.branch ?? pipeline.branch;
  if (branch === null) throw new UserError('branch: there is no branch to work on', 'Set branch, for instance branch: main; in a pipeline it comes from Woodpecker.');
  const connection = await connect({ ...settings, ssh_host: shard.rotated(settings.ssh_host) }, log, signal);
  const { host } = connection;
  progress.host = host.name;
  progress.notices.push(...connection.notices);
  let afterReport: (() => Promise<void>) | null = null;
  try {
    const author = { name: settings.git_author_name, email: settings.git_author_email };
    const workspace = await findWorkspace(host, settings.workspace, author);
    const holder = `${pipeline.url ?? `a run outside a pipeline (process ${process.pid})`}, since ${new Date().toISOString()}`;
    const lock = await takeLock(host, workspace.runFolder, { holder: `${holder}${shard.name === null ? '' : `, shard ${shard.name}`}`, waitSeconds: shard.lockWaitSeconds }, log, signal);
    const release = async () => {
      await lock.release();
      await host.close();
    };
    try {
      const upstream = await fetchBranch(workspace, branch);
      log.info(`Preparing a worktree of ${branch} at ${upstream.slice(0, 8)}`);
      const journal = await Journal.open(host, workspace.runFolder);
      const unfinished = journal.pending !== null;
      const { worktree, left } = await Worktree.open(workspace, author, { branch, base: upstream, unfinished });
      if (!left && !unfinished) await journal.clear();
      const context: RunContext = {
        settings,
        pipeline,
        log,
        host,
        workspace,
        worktree,
        journal,
        shard,
        terraform: terraformOf(settings, log, host, worktree.path, workspace.runFolder),
        budget: new Budget({ limitUsd: settings.budget_usd }),
        agent: agentDefinition(settings.agent, await worktree.sourcesAt(upstream, [':(glob).claude/agents/*.md'])),
        isolation: await isolationPrefix(host),
        branch,
        signal,
      };
      if (context.isolation.length === 0) log.warn(`no process namespaces on ${host.name}: a process the agent leaves behind is found by its environment only`);
      if (left || unfinished) progress.notices.push(...(await recover(context, upstream)));
      progress.place = `${worktree.path} on ${host.name}`;
      try {
        await work(context, progress);
      } catch (error) {
        // What was applied before is published all the same.
        failed(error, progress, input);
      }
      const { pending } = journal;
      if (pending !== null) {
        // What it has left in the worktree is what the next run looks into: nothing is touched.
        progress.notices.push('an apply of this run is not committed yet: the next run finds out what came of it and commits it');
        await publishInstead(context, progress, pending.base);
        return null;
      }
      const prepared = await prepare(context, progress.followUps()).catch(async (error: unknown) => {
        if (settings.apply) await publishInstead(context, progress);
        throw error;
      });
      progress.commits(prepared.commits);
      progress.notices.push(...prepared.notices);
      const finish = () => push(context, progress, prepared);
      if (!settings.apply && prepared.tip !== null && prepared.conflict === null) {
        afterReport = () => finish().finally(release);
        return afterReport;
      }
      await finish();
    } finally {
      if (afterReport === null) await release();
    }
  } catch (error) {
    await host.close();
    throw error;
  }
  return null;
}

function terraformOf(settings: Settings, log: Log, host: RunContext['host'], root: string, runFolder: string): Terraform {
  const { plan_command: planCommand, show_command: showCommand, apply_command: applyCommand } = settings;
  return new Terraform(host, { planCommand, showCommand, applyCommand, root, runFolder }, log);
}

/** The queue, one by one, until it is done or something stops the run. */
async function work(context: RunContext, progress: Progress): Promise<void> {
  const { settings, log, budget, signal, worktree } = context;
  const past = await pastCommits(worktree.git, 'HEAD');
  const queue = await progress.stillOpen(context, past);
  for (const [index, item] of queue.entries()) {
    const deferred = signal.aborted
      ? 'the run was stopped'
      : budget.isSpent()
        ? `budget_usd (${settings.budget_usd}) is used up`
        : index >= settings.max_todos
          ? `max_todos (${settings.max_todos}) is reached`
          : null;
    if (deferred !== null) {
      progress.record(item, { kind: 'deferred', reason: deferred, commit: null, costUsd: null }, 0);
      continue;
    }
    log.info(`\n[${index + 1}/${queue.length}] ${item.todo.priority} ${item.todo.action.slice(0, 150)} (${item.todo.file}:${item.todo.line})`);
    const startedAt = performance.now();
    const { outcome, stop } = await workOn(item, context);
    progress.costUsd = budget.spent();
    progress.record(item, outcome, performance.now() - startedAt);
    log.info(`  ${outcome.kind}: ${outcome.reason}`);
    if (stop !== null) {
      for (const rest of queue.slice(index + 1)) progress.record(rest, { kind: 'deferred', reason: 'the run stopped before it', commit: null, costUsd: null }, 0);
      throw stop;
    }
  }
}

/** The documents cannot be prepared: what is committed is pushed without them, if that works; otherwise it is said where it lies. */
async function publishInstead(context: RunContext, progress: Progress, commit?: string): Promise<void> {
  if (!progress.isUnpublished || !(await pushAsItIs(context, commit))) return;
  progress.place = null;
  progress.notices.push(`what was applied is pushed to ${context.branch}; the next run updates the post-mortems`);
}

async function push(context: RunContext, progress: Progress, prepared: Prepared): Promise<void> {
  const published = await publish(context, progress.followUps(), prepared);
  progress.place = null;
  progress.commits(published.commits);
  if (published.error !== null) {
    progress.error ??= published.error;
    if (published.error !== progress.error) progress.notices.push(`${published.error.message} ${published.error.remedy}`);
    return;
  }
  // Of a run that is stopped the next one takes up what the agent has finished.
  if (!(context.signal.aborted && context.journal.holdsPatch)) await context.worktree.remove();
}

function reportOf(input: RunInput, decisions: Decisions, progress: Progress, startedAt: Date): RunReport {
  const { settings, pipeline } = input;
  const branch = settings.branch ?? pipeline.branch ?? 'main';
  const outcomes: readonly TodoOutcome[] = progress.outcomes;
  const status = progress.error instanceof Cancelled || input.signal.aborted ? 'cancelled' : progress.error !== null ? 'failed' : decisions.queue.length === 0 ? 'nothing-to-do' : 'completed';
  return {
    status,
    dryRun: settings.dry_run,
    repository: pipeline.repository,
    branch,
    shard: decisions.shard.name,
    pipelineUrl: pipeline.url,
    pipelineNumber: pipeline.number,
    host: progress.host,
    startedAt,
    // Of the whole process: unlike the time of day this clock does not jump.
    durationMs: performance.now(),
    costUsd: progress.costUsd,
    outcomes,
    awaiting: decisions.awaiting,
    problems: decisions.problems,
    notices: progress.notices,
    error: status === 'failed' ? { message: messageOf(progress.error), remedy: progress.error instanceof UserError ? progress.error.remedy : 'This is a bug of the plugin: log_level: debug shows where.' } : null,
    fileUrl: (path, line) => pipeline.fileUrl(branch, path, line),
  };
}


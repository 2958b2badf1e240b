/** Results for programs: the list of TODOs, and the report file. */
import type { Redactor } from '../log.ts';
import type { DecidedTodo, Decision, PostMortem, Problem, Todo } from '../postmortem/model.ts';
import type { RunReport, TodoOutcome } from './report.ts';

/** One open TODO. The first five fields are those that scripts around the old shell version read. */
export interface ListedTodo {
  readonly priority: string;
  readonly action: string;
  /** As written; empty when there is none. */
  readonly type: string;
  readonly details: string;
  /** Whether it would be implemented without a person. */
  readonly safe: boolean;
  readonly id: string;
  readonly line: number;
  readonly decision: Decision['kind'];
  readonly reason: string;
  /** `2/5`; left out when there are no shards. */
  readonly shard?: string;
}

export interface ListedPostMortem {
  readonly file: string;
  readonly todos: readonly ListedTodo[];
  readonly skipped: readonly ListedTodo[];
  readonly safe_todos: number;
  readonly skipped_todos: number;
  readonly title: string;
  readonly date: string | null;
}

/**
 * The open TODOs of each post-mortem, in the order given: `todos` would be implemented, `skipped` not. Post-mortems without
 * open TODOs are there too, with empty lists.
 * @param shard whose TODOs they are
 */
export function listJson(
  postMortems: readonly PostMortem[],
  decided: readonly DecidedTodo[],
  redactor: Redactor,
  shard: string | null = null,
): ListedPostMortem[] {
  const listed = postMortems.map(({ file, title, date }) => {
    const open = decided.filter(({ todo }) => todo.file === file && todo.state === 'open').map((item) => ({ ...listedTodo(item), ...(shard === null ? {} : { shard }) }));
    const todos = open.filter(({ safe }) => safe);
    const skipped = open.filter(({ safe }) => !safe);
    return { file, todos, skipped, safe_todos: todos.length, skipped_todos: skipped.length, title, date };
  });
  return redactor.redactDeep(listed);
}

function listedTodo({ todo, decision }: DecidedTodo): ListedTodo {
  const { priority, action, type, details, id, line } = todo;
  const safe = decision.kind === 'implement';
  return { priority, action, type: type ?? '', details, safe, id, line, decision: decision.kind, reason: decision.reason };
}

interface ReportedTodo {
  readonly id: string;
  readonly file: string;
  readonly line: number;
  readonly url: string | null;
  readonly priority: string;
  readonly type: string | null;
  readonly action: string;
  readonly owner: string | null;
}

/** The report file. Fields may be added; a change of meaning raises `version`. Times are ISO 8601 in UTC, money is USD. */
export interface ReportFile {
  readonly version: 1;
  readonly status: RunReport['status'];
  readonly dry_run: boolean;
  readonly repository: string | null;
  readonly branch: string;
  /** `2/5`, `null` when one run does it all. */
  readonly shard: string | null;
  readonly pipeline_url: string | null;
  readonly pipeline_number: string | null;
  readonly host: string | null;
  readonly started_at: string;
  readonly duration_ms: number;
  /** `null` when it is not known. */
  readonly cost_usd: number | null;
  readonly counts: {
    readonly done: number;
    readonly needs_review: number;
    readonly failed: number;
    readonly deferred: number;
    readonly awaiting: number;
  };
  /** What was tried in this run. */
  readonly outcomes: readonly (ReportedTodo & {
    readonly post_mortem: string;
    readonly outcome: TodoOutcome['kind'];
    readonly reason: string;
    readonly commit: { readonly id: string; readonly url: string | null } | null;
    readonly cost_usd: number | null;
    readonly duration_ms: number | null;
  })[];
  /** Open TODOs that were left to people. */
  readonly awaiting: readonly (ReportedTodo & { readonly reason: string })[];
  readonly problems: readonly Problem[];
  readonly notices: readonly string[];
  readonly error: { readonly message: string; readonly remedy: string } | null;
}

/** The run as it is written to `report_file`, secrets masked. */
export function reportJson(report: RunReport, redactor: Redactor): ReportFile {
  const counted = (kind: TodoOutcome['kind']) => report.outcomes.filter((outcome) => outcome.kind === kind).length;
  const todoOf = ({ id, file, line, priority, type, action, owner }: Todo): ReportedTodo => {
    return { id, file, line, url: report.fileUrl(file, line), priority, type, action, owner };
  };
  return redactor.redactDeep<ReportFile>({
    version: 1,
    status: report.status,
    dry_run: report.dryRun,
    repository: report.repository,
    branch: report.branch,
    shard: report.shard,
    pipeline_url: report.pipelineUrl,
    pipeline_number: report.pipelineNumber,
    host: report.host,
    started_at: report.startedAt.toISOString(),
    duration_ms: Math.round(report.durationMs),
    cost_usd: finite(report.costUsd),
    counts: {
      done: counted('done'),
      needs_review: counted('needs-review'),
      failed: counted('failed'),
      deferred: counted('deferred'),
      awaiting: report.awaiting.length,
    },
    outcomes: report.outcomes.map(({ todo, postMortemTitle, kind, reason, commit, costUsd, durationMs }) => ({
      ...todoOf(todo),
      post_mortem: postMortemTitle,
      outcome: kind,
      reason,
      commit: commit && { id: commit.id, url: commit.url },
      cost_usd: finite(costUsd),
      duration_ms: durationMs === null ? null : Math.round(durationMs),
    })),
    awaiting: report.awaiting.map(({ todo, decision }) => ({ ...todoOf(todo), reason: decision.reason })),
    problems: report.problems,
    notices: report.notices,
    error: report.error,
  });
}

function finite(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}

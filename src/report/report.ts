import type { DecidedTodo, Problem, Todo } from '../postmortem/model.ts';

/** What came of one TODO in a run. */
export interface TodoOutcome {
  readonly todo: Todo;
  readonly postMortemTitle: string;
  /** `deferred`: decided to implement, but left for the next run (limit or budget reached). */
  readonly kind: 'done' | 'needs-review' | 'failed' | 'deferred';
  /** Always there, one line: why, or what was done. */
  readonly reason: string;
  readonly commit: { readonly id: string; readonly url: string | null } | null;
  readonly costUsd: number | null;
  readonly durationMs: number | null;
}

/** One run, as it is told to the console, Slack and the report file. */
export interface RunReport {
  readonly status: 'nothing-to-do' | 'completed' | 'failed' | 'cancelled';
  readonly dryRun: boolean;
  readonly repository: string | null;
  readonly branch: string;
  /** `2/5`, `null` when one run does it all. */
  readonly shard: string | null;
  /** Web link to the pipeline, for the button; `null` outside a pipeline. */
  readonly pipelineUrl: string | null;
  readonly pipelineNumber: string | null;
  readonly host: string | null;
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly costUsd: number;
  readonly outcomes: readonly TodoOutcome[];
  /** Open TODOs the run left to people, with the reason. */
  readonly awaiting: readonly DecidedTodo[];
  readonly problems: readonly Problem[];
  /** Facts a person should know: where unpushed commits lie, a failed revoke, warnings. */
  readonly notices: readonly string[];
  /** Why the run failed or stopped; `null` when it did not. */
  readonly error: { readonly message: string; readonly remedy: string } | null;
  /** Web address of a file of the repository at its branch, or `null` when the forge is not known. */
  readonly fileUrl: (path: string, line?: number) => string | null;
}

/** Words and figures that the console, Slack and other reports share. */
import type { Problem } from '../postmortem/model.ts';
import type { RunReport, TodoOutcome } from './report.ts';

/** `$1.23`, `under $0.01`, `$0.00`; the model's prices are in USD. A figure that is none is never shown as free. */
export function formatUsd(usd: number): string {
  if (!Number.isFinite(usd)) return 'cost unknown';
  return usd > 0 && usd < 0.01 ? 'under $0.01' : `$${usd.toFixed(2)}`;
}

/** `0.8s`, `42s`, `4m 12s`, `1h 02m`. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return 'time unknown';
  if (ms < 1000) return `${(Math.max(0, ms) / 1000).toFixed(1)}s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${String(seconds % 60).padStart(2, '0')}s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)}h ${String(minutes % 60).padStart(2, '0')}m`;
}

/** The part of a commit id that people read. */
export function shortCommit(id: string): string {
  return id.slice(0, 8);
}

/** `1 TODO`, `2 TODOs`. */
export function count(n: number, thing: string): string {
  return `${n} ${thing}${n === 1 ? '' : 's'}`;
}

export const OUTCOME_LABELS: Readonly<Record<TodoOutcome['kind'], string>> = {
  done: 'Done',
  'needs-review': 'Needs human review',
  failed: 'Failed',
  deferred: 'Deferred to the next run',
};

/** `2 done, 1 needs human review`; empty when there are no outcomes. */
export function outcomeCounts(outcomes: readonly TodoOutcome[]): string {
  const words = { done: 'done', 'needs-review': 'for human review', failed: 'failed', deferred: 'deferred' } as const;
  return (['done', 'needs-review', 'failed', 'deferred'] as const)
    .map((kind) => ({ kind, n: outcomes.filter((outcome) => outcome.kind === kind).length }))
    .filter(({ n }) => n > 0)
    .map(({ kind, n }) => `${n} ${words[kind]}`)
    .join(', ');
}

/** `3 problems in the post-mortems, 1 error`. */
export function problemCount(problems: readonly Problem[]): string {
  const errors = problems.filter(({ level }) => level === 'error').length;
  return `${count(problems.length, 'problem')} in the post-mortems${errors > 0 ? `, ${count(errors, 'error')}` : ''}`;
}

/** The run in one line. */
export function headline(report: Pick<RunReport, 'status' | 'dryRun' | 'outcomes' | 'shard'>): string {
  const counts = outcomeCounts(report.outcomes);
  const what = {
    'nothing-to-do': 'Post-mortem TODOs: nothing to do',
    completed: `Post-mortem TODOs: ${counts || 'nothing was changed'}`,
    failed: `Post-mortem run failed${counts ? `: ${counts}` : ''}`,
    cancelled: `Post-mortem run cancelled${counts ? `: ${counts}` : ''}`,
  }[report.status];
  const whole = report.shard === null ? what : `${what} (shard ${report.shard})`;
  return report.dryRun ? `Dry run. ${whole}` : whole;
}

/** One line of a text from outside. */
export function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

/** The items by key, groups and items in the order of their first appearance. */
export function grouped<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return [...groups.values()];
}

import { decide, queue } from '../postmortem/classify.ts';
import type { DecideOptions } from '../postmortem/classify.ts';
import type { DecidedTodo, Problem } from '../postmortem/model.ts';
import { scan } from '../postmortem/scan.ts';
import type { ScanResult } from '../postmortem/scan.ts';
import type { Settings } from '../settings/schema.ts';

/** Every post-mortem read and every open TODO decided on. Pure but for reading the files. */
export interface Decisions {
  readonly scanned: ScanResult;
  readonly problems: readonly Problem[];
  /** All open TODOs: the queue first, in its order, then what is for people. */
  readonly open: readonly DecidedTodo[];
  /** What is to be implemented, in order. */
  readonly queue: readonly DecidedTodo[];
  /** What waits for people. */
  readonly awaiting: readonly DecidedTodo[];
}

/** What the settings say about deciding. */
export function decideOptions(settings: Settings): DecideOptions {
  return { safeTypes: settings.safe_types, retry: settings.retry ? 'refused' : 'never' };
}

/** @param root the repository's checkout in this container */
export function decideAll(settings: Settings, root: string): Decisions {
  const scanned = scan({ root, patterns: settings.post_mortems });
  const options = decideOptions(settings);
  const decided = scanned.postMortems.flatMap((postMortem) =>
    postMortem.todos.map((todo): DecidedTodo => ({ todo, postMortem, decision: decide(todo, postMortem, options) })),
  );
  const queued = queue(decided);
  const awaiting = decided.filter(({ decision }) => decision.kind === 'review');
  return {
    scanned,
    problems: [...scanned.problems, ...scanned.postMortems.flatMap(({ problems }) => problems)],
    open: [...queued, ...awaiting],
    queue: queued,
    awaiting,
  };
}

import { decide, queue } from '../postmortem/classify.ts';
import type { DecideOptions } from '../postmortem/classify.ts';
import type { DecidedTodo, Problem } from '../postmortem/model.ts';
import { scan } from '../postmortem/scan.ts';
import type { ScanResult } from '../postmortem/scan.ts';
import type { Settings } from '../settings/schema.ts';
import { RunShard } from './shard.ts';

/** Every post-mortem read and every open TODO decided on. Pure but for reading the files. With `shard` only what is this shard's, but for `scanned`. */
export interface Decisions {
  readonly scanned: ScanResult;
  readonly shard: RunShard;
  readonly problems: readonly Problem[];
  /** All open TODOs: the queue first, in its order, then what is for people. */
  readonly open: readonly DecidedTodo[];
  /** What is to be implemented, in order. */
  readonly queue: readonly DecidedTodo[];
  /** What waits for people. */
  readonly awaiting: readonly DecidedTodo[];
  /** The same of all shards: a run writes into a post-mortem what waits there for people, whosever it is. */
  readonly awaitingAnywhere: readonly DecidedTodo[];
  /** How many open TODOs are the other shards'. */
  readonly elsewhere: number;
}

/** What the settings say about deciding. */
export function decideOptions(settings: Settings): DecideOptions {
  return { safeTypes: settings.safe_types, retry: settings.retry ? 'refused' : 'never' };
}

/** @param root the repository's checkout in this container */
export function decideAll(settings: Settings, root: string): Decisions {
  const scanned = scan({ root, patterns: settings.post_mortems });
  const shard = RunShard.of(settings, root);
  const options = decideOptions(settings);
  const decided = scanned.postMortems.flatMap((postMortem) =>
    postMortem.todos.map((todo): DecidedTodo => ({ todo, postMortem, decision: decide(todo, postMortem, options) })),
  );
  const everyone = queue(decided);
  const awaitingAnywhere = decided.filter(({ decision }) => decision.kind === 'review');
  const queued = everyone.filter((item) => shard.takes(item)).map((item) => shard.explained(item));
  const awaiting = awaitingAnywhere.filter((item) => shard.takes(item));
  return {
    scanned,
    shard,
    problems: [...scanned.problems, ...scanned.postMortems.flatMap(({ problems }) => problems)].filter((problem) => shard.reports(problem)),
    open: [...queued, ...awaiting],
    queue: queued,
    awaiting,
    awaitingAnywhere,
    elsewhere: everyone.length + awaitingAnywhere.length - queued.length - awaiting.length,
  };
}

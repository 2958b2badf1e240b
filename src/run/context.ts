import type { AgentDefinition } from '../agent/definition.ts';
import type { Budget } from '../guard/budget.ts';
import type { Host } from '../host/host.ts';
import type { Workspace } from '../host/workspace.ts';
import type { Worktree } from '../host/worktree.ts';
import type { Log } from '../log.ts';
import type { Settings } from '../settings/schema.ts';
import type { Pipeline } from '../woodpecker.ts';
import type { Journal } from './journal.ts';
import type { RunShard } from './shard.ts';
import type { Terraform } from './terraform.ts';

/** What a run begins with. */
export interface RunInput {
  readonly settings: Settings;
  readonly pipeline: Pipeline;
  readonly log: Log;
  /** The repository's checkout in this container. */
  readonly root: string;
  readonly signal: AbortSignal;
}

/** What every step of a run works with, once the host is reached and the worktree stands. */
export interface RunContext {
  readonly settings: Settings;
  readonly pipeline: Pipeline;
  readonly log: Log;
  readonly host: Host;
  readonly workspace: Workspace;
  readonly worktree: Worktree;
  readonly journal: Journal;
  readonly shard: RunShard;
  readonly terraform: Terraform;
  readonly budget: Budget;
  readonly agent: AgentDefinition;
  /** Words before the agent's command line that put it into a process namespace. */
  readonly isolation: readonly string[];
  readonly branch: string;
  /** Aborted when the run is to stop (SIGTERM). An apply, a commit and a push are finished all the same. */
  readonly signal: AbortSignal;
}

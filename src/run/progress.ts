import { decide } from '../postmortem/classify.ts';
import type { DecidedTodo, FollowUpEntry, PostMortem } from '../postmortem/model.ts';
import { parsePostMortem } from '../postmortem/parse.ts';
import type { TodoOutcome } from '../report/report.ts';
import type { Pipeline } from '../woodpecker.ts';
import type { RunContext } from './context.ts';
import { decideOptions } from './decide.ts';
import type { Decisions } from './decide.ts';
import type { PastCommit } from './history.ts';
import type { FollowUp } from './publish.ts';

interface Recorded extends Omit<TodoOutcome, 'commit'> {
  readonly item: DecidedTodo;
  readonly commit: string | null;
  /** Stacks of another shard that it is handed over to. */
  readonly handedOver?: readonly string[];
}

/** What a run has come to so far. It is kept whatever happens, since the report is written from it. */
export class Progress {
  host: string | null = null;
  costUsd = 0;
  error: unknown = null;
  /** Where the commits of this run are as long as they are on the host only. */
  place: string | null = null;
  readonly notices: string[] = [];
  private readonly decisions: Decisions;
  private readonly pipeline: Pipeline;
  private readonly recorded: Recorded[] = [];
  private finalCommits: ReadonlyMap<string, string> = new Map();

  constructor(decisions: Decisions, pipeline: Pipeline) {
    this.decisions = decisions;
    this.pipeline = pipeline;
  }

  failedWith(error: unknown): void {
    this.error ??= error;
  }

  /** Whether this run has made commits that are on the host only. */
  get isUnpublished(): boolean {
    return this.place !== null && this.ownCommits() > 0;
  }

  /** What a person must know when the run ends before it could publish. */
  stranded(): string[] {
    const commits = this.ownCommits();
    if (this.place === null || commits === 0) return [];
    return [`${commits === 1 ? '1 commit of this run is' : `${commits} commits of this run are`} not pushed: ${this.place}. The next run pushes what lies there.`];
  }

  private ownCommits(): number {
    return this.recorded.filter(({ commit, costUsd }) => commit !== null && costUsd !== null).length;
  }

  record(item: DecidedTodo, outcome: Pick<Recorded, 'kind' | 'reason' | 'commit' | 'costUsd' | 'handedOver'>, durationMs: number): void {
    this.recorded.push({ ...outcome, item, todo: item.todo, postMortemTitle: item.postMortem.title, durationMs });
  }

  /** The commits under their final ids, after a rebase. */
  commits(byTodo: ReadonlyMap<string, string>): void {
    this.finalCommits = byTodo;
  }

  get outcomes(): readonly TodoOutcome[] {
    return this.recorded.map(({ item: _, handedOver: __, commit, ...outcome }) => ({
      ...outcome,
      commit: this.linked(this.finalCommits.get(outcome.todo.id) ?? commit),
    }));
  }

  /**
   * The queue as the branch has it now: the checkout of the pipeline may be older. A TODO that has a commit already is recorded as done
   * with it, and not worked on again.
   */
  async stillOpen(context: RunContext, past: ReadonlyMap<string, PastCommit>): Promise<readonly DecidedTodo[]> {
    const rest: DecidedTodo[] = [];
    const current = new Map<string, PostMortem | null>();
    for (const item of this.decisions.queue) {
      const { todo } = item;
      const commit = past.get(todo.id);
      const retried = context.settings.retry && commit?.state === 'partial';
      if (commit !== undefined && !retried) {
        const known = commit.id.slice(0, 8);
        const outcome = commit.state === 'done' ? { kind: 'done', reason: `was implemented before, as ${known}` } as const : { kind: 'needs-review', reason: 'was applied in part before' } as const;
        this.record(item, { ...outcome, commit: commit.id, costUsd: null }, 0);
        continue;
      }
      let postMortem = current.get(todo.file);
      if (postMortem === undefined) {
        const text = await context.worktree.fileAt(`refs/remotes/origin/${context.branch}`, todo.file);
        postMortem = text === null ? null : parsePostMortem(text, todo.file);
        current.set(todo.file, postMortem);
      }
      const now = postMortem?.todos.find(({ id }) => id === todo.id);
      const decision = now && postMortem ? decide(now, postMortem, decideOptions(context.settings)) : null;
      const isOurs = now && postMortem && this.decisions.shard.takes({ todo: now, postMortem });
      if (now && postMortem && decision?.kind === 'implement' && isOurs) rest.push({ todo: now, postMortem, decision });
      else {
        const why = !decision ? 'it is gone' : `it is different (${decision.kind === 'implement' ? "it is another shard's now" : decision.reason})`;
        this.notices.push(`${todo.file}:${todo.line}: "${todo.action.slice(0, 80)}" was left alone: on ${context.branch} ${why}`);
      }
    }
    return rest;
  }

  /**
   * What goes into the post-mortems: the outcome of each TODO that was worked on, and what else waits for people in the same documents.
   * A TODO that failed or was put off stays as it is, so that the next run takes it; one that is handed over to another shard says so.
   */
  followUps(): FollowUp[] {
    const touched = this.recorded.filter(({ kind, handedOver }) => kind === 'done' || kind === 'needs-review' || handedOver !== undefined);
    const files = [...new Set(touched.map(({ todo }) => todo.file))];
    return files.flatMap((file): FollowUp[] => {
      const own = touched.filter(({ todo }) => todo.file === file);
      const first = own[0];
      if (!first) return [];
      const others = this.decisions.awaitingAnywhere.filter(({ todo }) => todo.file === file && todo.source === 'table');
      return [
        {
          postMortem: first.item.postMortem,
          entries: (commitOf) => [...own.map((outcome) => this.entry(outcome, commitOf)), ...others.flatMap(reviewEntry)],
        },
      ];
    });
  }

  private entry(outcome: Recorded, commitOf: (todoId: string) => string | null): FollowUpEntry {
    const { todo, kind, reason, handedOver } = outcome;
    if (handedOver !== undefined) return { kind: 'handed-over', todo, stacks: handedOver };
    const id = commitOf(todo.id) ?? outcome.commit;
    if (kind !== 'done') return { kind: 'review', todo, reason: id === null ? reason : `${reason}; committed as ${id.slice(0, 8)}` };
    const commit = this.linked(id) ?? { id: '', url: null };
    return { kind: 'done', todo, date: new Date().toISOString().slice(0, 10), commit, implementedBy: 'postmortem-todo-resolver' };
  }

  private linked(commit: string | null): { id: string; url: string | null } | null {
    return commit === null ? null : { id: commit, url: this.pipeline.commitUrl(commit) };
  }
}

/** A TODO a person must look at; one refused by an earlier run has its row already. */
function reviewEntry({ todo, postMortem, decision }: DecidedTodo): FollowUpEntry[] {
  const known = postMortem.followUp.some(({ textHash }) => textHash === todo.textHash);
  return known ? [] : [{ kind: 'review', todo, reason: decision.reason }];
}

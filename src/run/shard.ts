import { hash } from 'node:crypto';
import { handedOverTo } from '../postmortem/follow-up.ts';
import type { DecidedTodo, PostMortem, Problem, Todo } from '../postmortem/model.ts';
import type { Settings } from '../settings/schema.ts';
import { stacksIn, StackNames } from './stack-names.ts';

/**
 * Scale-out: which of several runs a stack and a TODO are for. Shards do not talk to each other; each computes the same from the checkout.
 *
 * A stack is one shard's, by its path and the number of shards and nothing else: the patch gate lets no other shard plan or apply it,
 * in whatever pipeline. What a TODO will change is not known before its agent has changed it, so a TODO is given to a shard by a guess;
 * where that was wrong, the TODO is handed over by a row in its post-mortem, which all shards of the next pipeline read.
 */

/** What the patch gate of a shard says to a change of some stacks. */
export type Ownership =
  | { readonly kind: 'own' }
  /** All of it is another shard's. */
  | { readonly kind: 'hand-over'; readonly stacks: readonly string[]; readonly reason: string }
  /** No shard may do it, or two have been wrong about it. */
  | { readonly kind: 'refused'; readonly reason: string };

/** Why a TODO is in its shard. */
interface Assigned {
  readonly shard: number;
  readonly because: string;
}

/** The shard of a run. Without the setting it is the only one, and everything is its own. */
export class RunShard {
  /** `2/5`, `null` without the setting. */
  readonly name: string | null;
  private readonly index: number;
  private readonly count: number;
  private readonly names: StackNames;

  /** @param stacks folders of the stacks there are, sorted */
  constructor(shard: Settings['shard'], stacks: readonly string[]) {
    this.index = shard?.index ?? 1;
    this.count = shard?.count ?? 1;
    this.name = shard === null ? null : `${this.index}/${this.count}`;
    this.names = new StackNames(stacks);
  }

  /** @param root the checkout, which is the same for all shards of a pipeline */
  static of(settings: Pick<Settings, 'shard' | 'stacks'>, root: string): RunShard {
    return new RunShard(settings.shard, settings.shard === null ? [] : stacksIn(root, settings.stacks));
  }

  /** Which shard works on a TODO, open or not: what an earlier run found out, else what its words name, else any. */
  assign(todo: Todo, postMortem: Pick<PostMortem, 'followUp'>): Assigned {
    const handedOver = handedOverTo(todo, postMortem)?.[0];
    if (handedOver !== undefined) return { shard: this.shardOf(handedOver), because: `changes ${handedOver}` };
    const named = this.names.namedBy(todo);
    if (named !== null) return { shard: this.shardOf(named), because: `names ${named}` };
    return { shard: this.shardOf(todo.id), because: 'names no stack' };
  }

  /** Whether a TODO is for this shard. */
  takes({ todo, postMortem }: Pick<DecidedTodo, 'todo' | 'postMortem'>): boolean {
    return this.count === 1 || this.assign(todo, postMortem).shard === this.index;
  }

  /** Whether this shard is the one to report a problem of a document. */
  reports({ file }: Pick<Problem, 'file'>): boolean {
    return this.shardOf(file) === this.index;
  }

  /** A TODO of this shard to show, with why it is here. */
  explained(item: DecidedTodo): DecidedTodo {
    const { todo, postMortem, decision } = item;
    if (this.name === null || decision.kind !== 'implement') return item;
    return { ...item, decision: { ...decision, reason: `${decision.reason}; shard ${this.name}: ${this.assign(todo, postMortem).because}` } };
  }

  /**
   * Whether this shard may plan and apply a change.
   * @param stacks folders the change lies in; a change of none is anybody's
   */
  judge(stacks: readonly string[], { todo, postMortem }: Pick<DecidedTodo, 'todo' | 'postMortem'>): Ownership {
    const others = stacks.filter((stack) => this.shardOf(stack) !== this.index);
    if (others.length === 0) return { kind: 'own' };
    const owners = new Set(stacks.map((stack) => this.shardOf(stack)));
    if (owners.size > 1) {
      const where = stacks.map((stack) => `${stack} (shard ${this.shardOf(stack)}/${this.count})`).join(' and ');
      return { kind: 'refused', reason: `changes ${where}: split the TODO, or run it without shard` };
    }
    const owner = `which shard ${this.shardOf(stacks[0] ?? '')}/${this.count} works on`;
    const before = handedOverTo(todo, postMortem)?.join(', ');
    if (before !== undefined) return { kind: 'refused', reason: `changes ${stacks.join(', ')}, ${owner}, after an earlier run changed ${before}: write the folder of its stack into the details` };
    return { kind: 'hand-over', stacks, reason: `changes ${stacks.join(', ')}, ${owner}: its next run takes it` };
  }

  /** How long this shard waits for a workspace in which others work one after the other, in seconds. Woodpecker's own time limit comes first. */
  get lockWaitSeconds(): number {
    return this.count === 1 ? 0 : 6 * 3600;
  }

  /** A list in the order in which this shard tries it: neighbours begin at different entries. */
  rotated<T>(list: readonly T[]): T[] {
    const first = list.length === 0 ? 0 : (this.index - 1) % list.length;
    return [...list.slice(first), ...list.slice(0, first)];
  }

  /** How many pushes of the other shards can come between what this one has fetched and its push: each publishes twice at most. */
  get rivals(): number {
    return 2 * (this.count - 1);
  }

  private shardOf(text: string): number {
    return shardOf(text, this.count);
  }
}

/** The shard, from 1, of a stack's path (or whatever else is to be parted evenly). The same everywhere and for ever. */
export function shardOf(text: string, count: number): number {
  return count === 1 ? 1 : (Number.parseInt(hash('sha256', text, 'hex').slice(0, 12), 16) % count) + 1;
}

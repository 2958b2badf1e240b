import * as z from 'zod';
import { UserError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { runPaths } from '../host/workspace.ts';
import type { Todo } from '../postmortem/model.ts';

/** Which TODO, and which text of it: one that was edited is another job. */
const TODO = { todo: z.string(), text: z.string() };

const PENDING = z.object({
  step: z.literal('apply'),
  base: z.string(),
  tree: z.string(),
  stacks: z.array(z.string()),
  /** Fingerprint of each stack's gated plan. */
  plans: z.record(z.string(), z.string()),
  message: z.string(),
  partialMessage: z.string(),
});

const STEP = z.discriminatedUnion('step', [
  /** The agent is about to be asked, on top of a commit. */
  z.object({ step: z.literal('agent'), ...TODO, base: z.string() }),
  /** It has ended and says it is done: its change is what the worktree holds. */
  z.object({ step: z.literal('answered'), ...TODO, base: z.string() }),
  /** Its change as a tree of git that the patch gate has let through. */
  z.object({ step: z.literal('patch'), ...TODO, base: z.string(), tree: z.string() }),
  /** A person has to look at this TODO. */
  z.object({ step: z.literal('refused'), ...TODO, reason: z.string() }),
  /** What is about to be applied. */
  PENDING,
  /** What came of the apply before: it is committed, or it has changed nothing. */
  z.object({ step: z.literal('settled'), commit: z.string().nullable() }),
  /** A commit is about to be pushed. */
  z.object({ step: z.literal('push'), commit: z.string(), to: z.string() }),
]);

export type Step = z.infer<typeof STEP>;
export type Pending = z.infer<typeof PENDING>;
export type Answered = Extract<Step, { step: 'answered' }>;
export type Patch = Extract<Step, { step: 'patch' }>;

/**
 * The run's journal, on the host beside the worktree: a line of JSON for each step, on the disk before the step it announces begins.
 * Should the run die, the next one reads in it where it was. It is only ever added to, and is gone when everything is pushed.
 */
export class Journal {
  private readonly host: Host;
  private readonly path: string;
  private readonly steps: Step[];

  private constructor(host: Host, path: string, steps: Step[]) {
    this.host = host;
    this.path = path;
    this.steps = steps;
  }

  /** Reads what an earlier run has left; empty when there is nothing. */
  static async open(host: Host, runFolder: string): Promise<Journal> {
    const { journal: path } = runPaths(runFolder);
    const shown = await host.exec(['cat', '--', path], { maxOutputBytes: MAX_BYTES });
    return new Journal(host, path, shown.code === 0 ? stepsIn(shown.stdout) : []);
  }

  /**
   * Adds a step; returns when it is on the disk.
   * @throws UserError when it cannot be written: the step must not be taken then
   */
  async add(step: Step): Promise<void> {
    // A line of a run that died while writing it has no end: each begins with one.
    const line = `\n${JSON.stringify({ at: new Date().toISOString(), ...step })}\n`;
    const written = await this.host.exec(['sh', '-c', APPEND, 'sh', this.path], { stdin: line });
    if (written.code !== 0) {
      throw new UserError(`cannot write the journal of the run on ${this.host.name}: ${written.stderr.trim() || written.ended}`, `Look at the disk of the host (df -h ${this.path}), make room there, and start the pipeline again.`);
    }
    this.steps.push(step);
  }

  /** Forgets what an earlier run has left: it was for another branch, or its worktree is gone. */
  async clear(): Promise<void> {
    await this.host.exec(['rm', '-f', '--', this.path]);
    this.steps.length = 0;
  }

  /** The apply that was under way when the run ended, `null` when there was none. */
  get pending(): Pending | null {
    const last = this.steps.findLast(({ step }) => step === 'apply' || step === 'settled');
    return last?.step === 'apply' ? last : null;
  }

  /** The change an agent had finished when the run ended, which nobody has looked at yet. */
  get answered(): Answered | null {
    const last = this.steps.findLast(({ step }) => step !== 'push');
    return last?.step === 'answered' ? last : null;
  }

  /** The change an agent has made for a TODO and that was neither refused nor committed. */
  patchFor(todo: Todo): Patch | null {
    const last = this.lastOf(todo);
    if (last?.step !== 'patch') return null;
    const committed = this.steps.slice(this.steps.indexOf(last)).some((step) => step.step === 'settled' && step.commit !== null);
    return committed ? null : last;
  }

  /** Whether it names a change that is paid for and came to nothing else yet. */
  get holdsPatch(): boolean {
    const last = this.steps.findLast((step) => 'todo' in step || (step.step === 'settled' && step.commit !== null));
    return last?.step === 'patch';
  }

  /** Why an earlier run has left a TODO to people, `null` when it has not. */
  refusalOf(todo: Todo): string | null {
    const last = this.lastOf(todo);
    return last?.step === 'refused' ? last.reason : null;
  }

  private lastOf(todo: Todo): Extract<Step, { todo: string }> | null {
    return this.steps.findLast((step): step is Extract<Step, { todo: string }> => 'todo' in step && step.todo === todo.id && step.text === todo.textHash) ?? null;
  }
}

/** More than the steps of any run. */
const MAX_BYTES = 32 * 1024 * 1024;

const APPEND = 'cat >> "$1" && { sync "$1" "${1%/*}" 2>/dev/null || sync; }';

/** Lines that are no steps were cut when a run died. */
function stepsIn(text: string): Step[] {
  return text.split('\n').flatMap((line) => {
    try {
      const read = STEP.safeParse(JSON.parse(line));
      return read.success ? [read.data] : [];
    } catch {
      return [];
    }
  });
}

import { UserError } from '../errors.ts';
import type { Guard } from './guard.ts';
import type { ExecOptions, ExecResult } from './host.ts';
import { Limits } from './limits.ts';
import { releaseMemory } from './memory.ts';
import { Capture, LineSplitter, Preamble } from './output.ts';
import type { Exit, RunningProcess } from './transport.ts';

/** An `ExecResult` whose output is bytes. */
export interface RawResult extends Omit<ExecResult, 'stdout' | 'stderr'> {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

const DEFAULT_MAX_OUTPUT_BYTES = 1024 * 1024;

/** How long a call may resist being stopped before we give up on it. */
const STOP_LIMIT_MS = 30_000;
const STOP_RETRY_MS = 500;

/** Output that is quiet for so long after the program's end is held open by somebody else. */
const QUIET_MS = 2_000;

/** The pieces of a long output are let go of every so often: V8 would wait for a hundred MiB of them. */
const RELEASE_BYTES = 16 * 1024 * 1024;

/** A program that was started by the wrapper. */
export interface Started {
  readonly hostName: string;
  readonly program: string;
  readonly guard: Guard;
  readonly mark: string;
  readonly process: RunningProcess;
}

/** One call, from the streams of its program to its result. */
export class Call {
  private readonly started: Started;
  private readonly process: RunningProcess;
  private readonly stopSignal: string;
  private readonly limits: Limits;
  private readonly stdout: Capture;
  private readonly stderr: Capture;
  private readonly lines: LineSplitter | null;
  private readonly preamble: Preamble;
  private readonly began = performance.now();
  private lastOutput = this.began;
  private bytesLeft: number;
  private bytesSinceRelease = 0;
  private broken: { readonly error: unknown } | null = null;

  constructor(started: Started, options: ExecOptions & { readonly timeoutMs: number }) {
    const { process, mark } = started;
    const maxBytes = options.maxOutputBytes ?? DEFAULT_MAX_OUTPUT_BYTES;
    this.started = started;
    this.process = process;
    this.stopSignal = options.stopSignal ?? 'TERM';
    this.limits = new Limits(options);
    this.bytesLeft = options.maxTotalBytes ?? Number.POSITIVE_INFINITY;
    this.stdout = new Capture(maxBytes);
    this.stderr = new Capture(maxBytes);
    this.lines = options.onLine ? new LineSplitter(options.onLine) : null;
    this.preamble = new Preamble(mark);
    process.stdout.on('data', (chunk: Buffer) => this.take(this.stdout, this.preamble.take(chunk)));
    process.stderr.on('data', (chunk: Buffer) => this.take(this.stderr, chunk));
    // A program may end without reading its input.
    process.stdin.on('error', () => {});
    process.stdin.end(options.stdin ?? '');
  }

  /** Waits for the end, and makes it come when a limit is reached. */
  async finish(): Promise<RawResult> {
    const first = await Promise.race([this.process.exited, this.limits.tripped]);
    const ended = typeof first === 'string' ? first : null;
    if (ended) await this.stop();
    this.process.stdout.resume();
    this.process.stderr.resume();
    if (ended === null) await this.stopWhatIsLeft();
    await this.outputEnd();
    if (this.lines && !this.broken) this.guarded(() => this.lines?.end());
    if (this.broken) throw this.broken.error;
    return this.result(ended, ended ? null : await this.process.exited);
  }

  release(): void {
    this.limits.clear();
  }

  private take(capture: Capture, chunk: Buffer): void {
    this.lastOutput = performance.now();
    this.limits.touch();
    this.bytesLeft -= chunk.length;
    this.bytesSinceRelease += chunk.length;
    if (this.bytesSinceRelease > RELEASE_BYTES) {
      this.bytesSinceRelease = 0;
      releaseMemory();
    }
    if (this.bytesLeft < 0) this.overflow();
    capture.push(chunk);
    if (capture === this.stdout && this.lines && !this.broken) this.guarded(() => this.lines?.push(chunk));
  }

  /** Nothing more is read until it is stopped: what would come until then is of no use, and costs memory. */
  private overflow(): void {
    this.limits.overflow();
    this.process.stdout.pause();
    this.process.stderr.pause();
  }

  /** An error in the caller's `onLine` stops the program and comes out of `exec`, not out of a stream's event. */
  private guarded(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.broken = { error };
      this.limits.abort();
    }
  }

  private stopWhatIsLeft(): Promise<void> {
    const { guard, mark } = this.started;
    return guard.stop(mark, this.preamble.word ?? 'none', this.stopSignal, performance.now() - this.began);
  }

  /** Asks again until it has ended: at the first time the program may not even have started. */
  private async stop(): Promise<void> {
    const until = performance.now() + STOP_LIMIT_MS;
    let exited = false;
    void this.process.exited.then(() => {
      exited = true;
    });
    for (let over = false; !over && performance.now() < until; ) {
      over = exited;
      await this.stopWhatIsLeft();
      await within(STOP_RETRY_MS, this.process.exited);
    }
  }

  /** All of our processes have ended, so that the output is complete, unless one that got away holds it open. */
  private async outputEnd(): Promise<void> {
    let open = true;
    this.lastOutput = performance.now();
    while (open && performance.now() - this.lastOutput < QUIET_MS) {
      open = (await within(QUIET_MS, this.process.closed.then(() => false))) ?? true;
    }
    if (open) this.process.destroy();
  }

  private result(ended: ExecResult['ended'] | null, exit: Exit | null): RawResult {
    const { hostName, program } = this.started;
    if (this.preamble.word === 'folder') {
      const text = this.stderr.bytes().toString().trim();
      throw new UserError(
        `cannot enter the folder on ${hostName} where ${program} should run: ${text}`,
        'Check that it exists and that the user may enter it.',
      );
    }
    if (this.preamble.word === null && ended === null) {
      const said = `${this.preamble.before()} ${this.stderr.bytes().toString()}`.trim().slice(0, 300);
      throw new UserError(
        `${hostName} did not run ${program}: ${said}`,
        'Check that the login shell of the user runs commands (a forced command or an rc file may keep it from that).',
      );
    }
    return {
      code: exit?.code ?? null,
      stdout: this.stdout.bytes(),
      stderr: this.stderr.bytes(),
      truncated: this.stdout.truncated || this.stderr.truncated,
      ended: ended ?? (exit?.code === null ? 'signal' : 'exited'),
    };
  }
}

/** Waits for a promise, but not longer than so many ms; `undefined` when that was too short. */
async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  const winner = await Promise.race([promise, late]);
  clearTimeout(timer);
  return winner;
}

import { UserError } from '../errors.ts';
import type { Guard } from './guard.ts';
import type { ExecOptions, ExecResult } from './host.ts';
import { Limits } from './limits.ts';
import { Capture, LineSplitter, Preamble } from './output.ts';
import { commandLine } from './quote.ts';
import { WRAPPER } from './scripts.ts';
import { connectionLost } from './transport.ts';
import type { Exit, RunningProcess, Transport } from './transport.ts';

/** An `ExecResult` whose output is bytes. */
export interface RawResult extends Omit<ExecResult, 'stdout' | 'stderr'> {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

const DEFAULT_TIMEOUT_MS = 120_000;
const DEFAULT_MAX_OUTPUT_BYTES = 1024 * 1024;

/** `timeout` on the host comes after our own limit: it is for the case that neither we nor the guard are there any more. */
const BACKSTOP_SECONDS = 5;

/** How long a call may resist being stopped before we give up on it. */
const STOP_LIMIT_MS = 30_000;
const STOP_RETRY_MS = 500;

/** Output that is quiet for so long after the program's end is held open by somebody else. */
const QUIET_MS = 2_000;

/** One argument cannot be longer (MAX_ARG_STRLEN of Linux), and over SSH the command is one argument of the login shell. */
const MAX_COMMAND_BYTES = 128 * 1024 - 1024;

const NOTHING: Buffer = Buffer.alloc(0);

/**
 * Runs one program on a host and waits until it, its children and its output have ended: `Host.exec`, with bytes.
 * @throws UserError when the folder does not exist or the connection is lost
 * @throws RangeError for words no command can hold: that is a bug of the caller
 */
export async function run(transport: Transport, guard: Guard, argv: readonly string[], options: ExecOptions): Promise<RawResult> {
  const mark = guard.nextMark();
  const words = wrapped(mark, argv, options);
  const program = argv[0] ?? '';
  if (transport.lost.aborted) throw connectionLost(transport, `before running ${program}`);
  if (options.signal?.aborted) return { code: null, stdout: NOTHING, stderr: NOTHING, truncated: false, ended: 'aborted' };
  const process = await started(transport, guard, words, program);
  const call = new Call(transport, guard, mark, process, options);
  const lost = lossOf(transport, program);
  try {
    return await Promise.race([call.finish(program), lost.promise]);
  } finally {
    call.release();
    lost.forget();
  }
}

async function started(transport: Transport, guard: Guard, words: readonly string[], program: string): Promise<RunningProcess> {
  try {
    await guard.start();
    return await transport.start(words);
  } catch (error) {
    throw transport.lost.aborted ? connectionLost(transport, `before running ${program}`) : error;
  }
}

/** The words that start the wrapper, see `scripts.ts`. */
function wrapped(mark: string, argv: readonly string[], options: ExecOptions): string[] {
  const variables = Object.entries(options.env ?? {});
  // `env` would take a name with `=` for a variable.
  if (!argv[0] || argv[0].includes('=')) throw new RangeError('a command needs a program');
  if (options.cwd !== undefined && !options.cwd.startsWith('/')) throw new RangeError('cwd must be absolute');
  for (const [name] of variables) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new RangeError(`no name of a variable: ${name}`);
  }
  const seconds = Math.ceil((options.timeoutMs ?? DEFAULT_TIMEOUT_MS) / 1000) + BACKSTOP_SECONDS;
  const limit = ['timeout', '-k', '10', '-s', options.stopSignal ?? 'TERM', String(seconds)];
  const env = variables.length === 0 ? [] : ['env', ...variables.map(([name, value]) => `${name}=${value}`)];
  const words = ['sh', '-c', WRAPPER, 'sh', mark, options.cwd ?? '', ...limit, ...env, ...argv];
  if (Buffer.byteLength(commandLine(words)) > MAX_COMMAND_BYTES) {
    throw new RangeError('a command line of more than 127 KiB: long texts belong into stdin');
  }
  return words;
}

/** Rejects once the host cannot be reached any more. */
function lossOf(transport: Transport, program: string): { promise: Promise<never>; forget: () => void } {
  let onLost: () => void = () => {};
  const promise = new Promise<never>((_, reject) => {
    onLost = () => reject(connectionLost(transport, `while running ${program}`));
  });
  if (transport.lost.aborted) onLost();
  transport.lost.addEventListener('abort', onLost);
  return { promise, forget: () => transport.lost.removeEventListener('abort', onLost) };
}

/** One program that was started, from its streams to its result. */
class Call {
  private readonly transport: Transport;
  private readonly guard: Guard;
  private readonly mark: string;
  private readonly process: RunningProcess;
  private readonly stopSignal: string;
  private readonly limits: Limits;
  private readonly stdout: Capture;
  private readonly stderr: Capture;
  private readonly lines: LineSplitter | null;
  private readonly preamble: Preamble;
  private lastOutput = performance.now();
  private broken: { readonly error: unknown } | null = null;

  constructor(transport: Transport, guard: Guard, mark: string, process: RunningProcess, options: ExecOptions) {
    const maxBytes = options.maxOutputBytes ?? DEFAULT_MAX_OUTPUT_BYTES;
    this.transport = transport;
    this.guard = guard;
    this.mark = mark;
    this.process = process;
    this.stopSignal = options.stopSignal ?? 'TERM';
    this.limits = new Limits(options.timeoutMs ?? DEFAULT_TIMEOUT_MS, options);
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
  async finish(program: string): Promise<RawResult> {
    const first = await Promise.race([this.process.exited, this.limits.tripped]);
    const ended = typeof first === 'string' ? first : null;
    if (ended) await this.stop();
    else await this.guard.stop(this.mark, this.session(), this.stopSignal);
    await this.outputEnd();
    if (this.lines && !this.broken) this.guarded(() => this.lines?.end());
    if (this.broken) throw this.broken.error;
    return this.result(ended, ended ? null : await this.process.exited, program);
  }

  release(): void {
    this.limits.clear();
  }

  private take(capture: Capture, chunk: Buffer): void {
    this.lastOutput = performance.now();
    this.limits.touch();
    capture.push(chunk);
    if (capture === this.stdout && this.lines && !this.broken) this.guarded(() => this.lines?.push(chunk));
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

  private session(): string {
    return this.preamble.word ?? 'none';
  }

  /** Asks again until it is gone: at the first time the program may not even have started. */
  private async stop(): Promise<void> {
    const until = performance.now() + STOP_LIMIT_MS;
    let gone = false;
    void this.process.closed.then(() => {
      gone = true;
    });
    while (!gone && performance.now() < until) {
      await this.guard.stop(this.mark, this.session(), this.stopSignal);
      await within(STOP_RETRY_MS, this.process.closed);
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

  private result(ended: ExecResult['ended'] | null, exit: Exit | null, program: string): RawResult {
    if (this.preamble.word === 'folder') {
      const text = this.stderr.bytes().toString().trim();
      throw new UserError(
        `cannot enter the folder on ${this.transport.name} where ${program} should run: ${text}`,
        'Check that it exists and that the user may enter it.',
      );
    }
    if (this.preamble.word === null && ended === null) {
      throw new UserError(
        `${this.transport.name} did not run ${program}: ${`${this.preamble.before()} ${this.stderr.bytes().toString()}`.trim().slice(0, 300)}`,
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

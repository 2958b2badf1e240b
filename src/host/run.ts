import { Call } from './call.ts';
import type { RawResult } from './call.ts';
import type { Guard } from './guard.ts';
import type { ExecOptions } from './host.ts';
import { commandLine } from './quote.ts';
import { WRAPPER } from './scripts.ts';
import { connectionLost } from './transport.ts';
import type { RunningProcess, Transport } from './transport.ts';

const DEFAULT_TIMEOUT_MS = 120_000;

/**
 * `timeout` on the host is for the case that neither we nor the guard are there any more. It comes after our own limit and
 * the 10 s of grace: a second signal in between would keep a program from ending in order.
 */
const BACKSTOP_SECONDS = 15;

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
  const limited = { timeoutMs: DEFAULT_TIMEOUT_MS, ...options };
  const call = new Call({ hostName: transport.name, program, guard, mark, process }, limited);
  const lost = lossOf(transport, program);
  try {
    return await Promise.race([call.finish(), lost.promise]);
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

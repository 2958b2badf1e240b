import type { Log } from '../log.ts';
import { readFileOver, writeFileOver } from './files.ts';
import { Guard } from './guard.ts';
import type { ExecOptions, ExecResult, Host } from './host.ts';
import { releaseMemory } from './memory.ts';
import { textOf } from './output.ts';
import { run } from './run.ts';
import type { Transport } from './transport.ts';

const LARGE_OUTPUT_BYTES = 2 * 1024 * 1024;

/** The `Host` over any transport: a process here and one over SSH are run, limited and stopped in the same way. */
export class ProcessHost implements Host {
  readonly name: string;
  private readonly transport: Transport;
  private readonly guard: Guard;
  private closing: Promise<void> | null = null;

  constructor(transport: Transport, log: Log) {
    this.name = transport.name;
    this.transport = transport;
    this.guard = new Guard(transport, log);
  }

  /** Finds out whether the host can do what we need; @throws UserError if not */
  async probe(): Promise<void> {
    await this.guard.start();
  }

  /**
   * See `Host.exec`. A program that does not exist is the exit code 127, one that cannot be run 126, as in a shell.
   * @throws UserError when `cwd` cannot be entered or the connection is lost
   */
  async exec(argv: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
    const result = await run(this.transport, this.guard, argv, options);
    // The pieces it came in would lie about while the text is made.
    if (result.stdout.length + result.stderr.length > LARGE_OUTPUT_BYTES) releaseMemory();
    return { ...result, stdout: textOf(result.stdout), stderr: textOf(result.stderr) };
  }

  async readFile(path: string, options: { readonly maxBytes?: number } = {}): Promise<Buffer> {
    return readFileOver((argv, limits) => run(this.transport, this.guard, argv, limits), this.name, path, options.maxBytes);
  }

  async writeFile(path: string, content: string | Uint8Array, options: { readonly mode?: number } = {}): Promise<void> {
    await writeFileOver((argv, limits) => run(this.transport, this.guard, argv, limits), this.name, path, content, options.mode);
  }

  close(): Promise<void> {
    this.closing ??= this.guard.end().then(() => this.transport.end());
    return this.closing;
  }
}

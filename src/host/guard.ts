import { randomUUID } from 'node:crypto';
import { UserError, messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { LineSplitter, textOf } from './output.ts';
import { GUARD } from './scripts.ts';
import { connectionLost } from './transport.ts';
import type { RunningProcess, Transport } from './transport.ts';

/** Quotes, expansions, a backslash pair (fish), `!` and a newline (csh), a glob: what a shell may not touch in a quoted word. */
const DELICATE_TEXT = `it's "$HOME" \`id\` $(id) \\\\ \\n !! * ~ ; & é\n\tend`;

const START_TIMEOUT_MS = 30_000;

/** How long the guard may take to stop a call: 10 s of grace, the kills after it, and some slack. */
const STOP_TIMEOUT_MS = 20_000;

/** A guard that dies again and again (out of memory?) will not do it the next time either. */
const MAX_GUARDS = 3;

/** No machine starts so many processes in this time that their ids begin anew (there are at least 32,768). */
const SHORT_CALL_MS = 1_000;

interface Watcher {
  readonly process: RunningProcess;
  /** Calls that are being stopped, by mark. */
  readonly waiting: Map<string, (answer: 'gone' | 'guard died') => void>;
}

/** The process on a host that stops what calls leave behind, see `scripts.ts`. It is started anew when it was killed. */
export class Guard {
  private readonly connection = randomUUID();
  private readonly transport: Transport;
  private readonly log: Log;
  private watcher: Promise<Watcher> | null = null;
  private calls = 0;

  constructor(transport: Transport, log: Log) {
    this.transport = transport;
    this.log = log;
  }

  /** A mark for one call; no mark is the beginning of another. */
  nextMark(): string {
    this.calls += 1;
    return `${this.connection}-${this.calls}-`;
  }

  /**
   * Starts the guard if it does not run. Called once right after connecting, this also finds out whether the host can do
   * what we need.
   * @throws UserError when its login shell changes quoted words, or it lacks a tool
   */
  async start(): Promise<void> {
    await this.running();
  }

  /**
   * Stops what is left of a call, if anything: with `signal` first, with SIGKILL after 10 s. Never throws.
   * @param session process id of the call's wrapper, or `none` while it is not known
   * @param ageMs how long ago the call began
   */
  async stop(mark: string, session: string, signal: string, ageMs: number): Promise<void> {
    const known = /^\d+$/.test(session);
    const length = known && ageMs < SHORT_CALL_MS ? 'short' : 'long';
    const request = `${mark} ${known ? session : 'none'} ${signal} ${length}\n`;
    try {
      // Asked of a guard that is dead or dies over it, the next one is asked again.
      for (let attempt = 0; attempt < MAX_GUARDS && !this.transport.lost.aborted; attempt++) {
        if ((await this.ask(mark, request)) !== 'guard died') return;
      }
    } catch (error) {
      if (this.transport.lost.aborted) return;
      this.log.warn(`cannot stop what may be left on ${this.transport.name}: ${messageOf(error)}`);
    }
  }

  private async ask(mark: string, request: string): Promise<'gone' | 'guard died' | 'no answer'> {
    const { process, waiting } = await this.running();
    let timer: NodeJS.Timeout | undefined;
    const answer = await new Promise<'gone' | 'guard died' | 'no answer'>((resolve) => {
      timer = setTimeout(() => resolve('no answer'), STOP_TIMEOUT_MS);
      waiting.set(mark, resolve);
      process.stdin.write(request);
    });
    clearTimeout(timer);
    waiting.delete(mark);
    return answer;
  }

  /** Stops everything of this connection and ends the guard. Never throws. */
  async end(): Promise<void> {
    const watcher = await this.watcher?.catch(() => null);
    this.watcher = null;
    if (!watcher) return;
    watcher.process.stdin.end();
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, STOP_TIMEOUT_MS);
    });
    await Promise.race([watcher.process.closed, limit]);
    clearTimeout(timer);
  }

  private running(): Promise<Watcher> {
    this.watcher ??= this.launch().catch((error: unknown) => {
      this.watcher = null;
      throw error;
    });
    return this.watcher;
  }

  private async launch(): Promise<Watcher> {
    const process = await this.transport.start(['sh', '-c', GUARD, 'sh', this.connection, DELICATE_TEXT]);
    const waiting: Watcher['waiting'] = new Map();
    const report = new Report(this.connection);
    const lines = new LineSplitter((line) => waiting.get(line.replace(/ gone$/, ''))?.('gone'));
    const ready = new Promise<void>((resolve) => {
      process.stdout.on('data', (chunk: Buffer) => {
        if (report.complete) lines.push(chunk);
        else lines.push(report.take(chunk));
        if (report.complete) resolve();
      });
    });
    process.stderr.on('data', (chunk: Buffer) => report.complain(chunk));
    // Written to after its end: the answer is that it has ended.
    process.stdin.on('error', () => {});
    void process.closed.then(() => {
      this.watcher = null;
      for (const resolve of waiting.values()) resolve('guard died');
    });
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, START_TIMEOUT_MS);
    });
    await Promise.race([ready, process.closed, limit]);
    clearTimeout(timer);
    if (!report.complete) process.destroy();
    report.judge(this.transport);
    return { process, waiting };
  }
}

/** What the guard says when it starts. */
class Report {
  complete = false;
  private readonly connection: string;
  private output: Buffer = Buffer.alloc(0);
  private complaints = '';

  constructor(connection: string) {
    this.connection = connection;
  }

  /** Takes output up to the end of the report; gives what comes after it. */
  take(chunk: Buffer): Buffer {
    this.output = Buffer.concat([this.output, chunk]).subarray(-256 * 1024);
    const end = `${this.connection} ready\n`;
    const at = this.output.indexOf(end);
    if (at < 0) return Buffer.alloc(0);
    this.complete = true;
    const rest = this.output.subarray(at + end.length);
    this.output = this.output.subarray(0, at);
    return rest;
  }

  complain(chunk: Buffer): void {
    if (this.complaints.length < 400) this.complaints += textOf(chunk);
  }

  /** @throws UserError when the host cannot do what we need */
  judge(transport: Transport): void {
    if (transport.lost.aborted) throw connectionLost(transport, 'right after the login');
    const output = textOf(this.output);
    const begin = `${this.connection}\n`;
    const at = output.indexOf(begin);
    const said = (this.complaints + output).trim().replaceAll(/\s+/g, ' ').slice(0, 300);
    if (!this.complete || at < 0) {
      throw new UserError(
        `the login shell of ${transport.name} does not run commands as a POSIX shell would${said ? `; it says: ${said}` : ''}`,
        'Give the user sh, bash, dash or zsh as login shell (chsh -s /bin/bash USER), without a forced command that ignores ' +
          'the given one, and without an rc file that waits for input or runs another shell.',
      );
    }
    const report = output.slice(at + begin.length);
    if (!report.startsWith(`${DELICATE_TEXT}\n`)) {
      throw new UserError(
        `the login shell of ${transport.name} changes quoted words, so that no command is safe`,
        'fish and csh do that. Give the user sh, bash, dash or zsh as login shell: chsh -s /bin/bash USER.',
      );
    }
    const lacking = [...report.slice(DELICATE_TEXT.length).matchAll(/^no (.*)$/gm)].map((match) => match[1]);
    if (lacking.length > 0) {
      throw new UserError(
        `${transport.name} lacks ${lacking.join(', ')}`,
        'It must be a Linux machine with /proc and coreutils or busybox.',
      );
    }
  }
}

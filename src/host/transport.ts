import type { Readable, Writable } from 'node:stream';
import { UserError, messageOf } from '../errors.ts';

/** How a process ended; both are null when the connection died first. */
export interface Exit {
  readonly code: number | null;
  /** `SIGTERM`, ... */
  readonly signal: string | null;
}

/** A process that was started on a host, seen through its streams. All of its output must be read. */
export interface RunningProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** The process has ended; output may still come. Never rejects. */
  readonly exited: Promise<Exit>;
  /** The process has ended and its output is complete. Never rejects. */
  readonly closed: Promise<void>;
  /** Lets go of the process, whether it still runs or not: `closed` follows. */
  destroy(): void;
}

/** How processes are started on a host: over SSH, or on this machine. */
export interface Transport {
  /** For messages: `wizard@10.0.10.10:22` or `this machine`. */
  readonly name: string;
  /** Aborted, with an Error as its reason, when the host can no longer be reached. */
  readonly lost: AbortSignal;
  /** Starts a program with its words; @throws UserError when the host does not let us. */
  start(words: readonly string[]): Promise<RunningProcess>;
  /** Ends the connection. Never throws. */
  end(): Promise<void>;
}

/**
 * The error for a host that can no longer be reached.
 * @param when `while running terraform`, `before running git`
 */
export function connectionLost(transport: Transport, when: string): UserError {
  return new UserError(
    `the connection to ${transport.name} was lost ${when} (${messageOf(transport.lost.reason)})`,
    'Check that the host is up and reachable, and its sshd log, then start the pipeline again. ' +
      'What was running there is stopped as soon as the host notices.',
    { cause: transport.lost.reason },
  );
}

/**
 * Where the work happens: the machine with the workspace, Claude Code and Terraform.
 * `ssh.ts` and `local.ts` implement this; everything above knows nothing of SSH.
 */
export interface Host {
  /** For messages: `wizard@10.0.10.10:22` or `this machine`. */
  readonly name: string;

  /**
   * Runs one program (no shell in between: every word reaches it as it is) and waits for its end.
   * The program and its children never outlive the call: at a time limit, at an abort or when the connection dies
   * they are stopped (`stopSignal`, then SIGKILL after 10 s).
   * A non-zero exit code is a result, not an exception.
   *
   * @throws UserError when the host cannot be reached any more
   */
  exec(argv: readonly string[], options?: ExecOptions): Promise<ExecResult>;

  /** The bytes of a file; @throws UserError naming the path when it cannot be read or is larger than `maxBytes` (default 16 MiB). */
  readFile(path: string, options?: { readonly maxBytes?: number }): Promise<Buffer>;

  /** Writes a file as a whole (temporary name, then rename), with `mode` (default 0o600). The content never appears in argv. */
  writeFile(path: string, content: string | Uint8Array, options?: { readonly mode?: number }): Promise<void>;

  /** Ends the connection; what still runs on the host for this run is stopped. Never throws. */
  close(): Promise<void>;
}

export interface ExecOptions {
  /** Working directory, absolute. Default: the user's home (ssh) or the current directory (local). */
  readonly cwd?: string;
  /** Written to standard input, which is then closed. Default: empty. */
  readonly stdin?: string | Uint8Array;
  /** Variables added to the host's own environment. They are not secret: they can be seen in the process list. */
  readonly env?: Readonly<Record<string, string>>;
  /** Hard limit in ms; default 120 000. */
  readonly timeoutMs?: number;
  /** Stop when neither stdout nor stderr brought a byte for so long; default: no idle limit. */
  readonly idleTimeoutMs?: number;
  /** Called for each line of standard output as it comes, without its line end; lines over 1 MiB arrive cut. */
  readonly onLine?: (line: string) => void;
  /** How much of stdout and of stderr is kept (each, the first bytes); default 1 MiB. Beyond it output is read and dropped. */
  readonly maxOutputBytes?: number;
  /** Stop when more than this came on stdout and stderr together, whether it is kept or not; default: no limit. */
  readonly maxTotalBytes?: number;
  readonly signal?: AbortSignal;
  /** The first signal at a limit or an abort; default TERM. */
  readonly stopSignal?: 'TERM' | 'INT';
}

export interface ExecResult {
  /** `null` when it was ended by a signal or a limit. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** More came than `maxOutputBytes`. */
  readonly truncated: boolean;
  /** Why it did not end by itself. */
  readonly ended: 'exited' | 'signal' | 'timeout' | 'idle' | 'output' | 'aborted';
}

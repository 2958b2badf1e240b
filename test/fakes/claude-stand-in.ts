import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the stand-in does, one after the other. Paths are relative to its working directory, the worktree, or absolute. */
export type StandInStep =
  | { readonly do: 'text'; readonly text: string }
  /** Only says so. */
  | { readonly do: 'read'; readonly path: string }
  | { readonly do: 'edit'; readonly path: string; readonly from: string; readonly to: string }
  | { readonly do: 'write'; readonly path: string; readonly content: string; readonly mode?: number }
  | { readonly do: 'append'; readonly path: string; readonly content: string }
  | { readonly do: 'symlink'; readonly path: string; readonly target: string }
  | { readonly do: 'remove'; readonly path: string }
  /** Really runs it (git commit, git push ...) and waits. */
  | { readonly do: 'run'; readonly argv: readonly string[] }
  /** Leaves a process behind, in a session of its own; `pidFile` gets the process id it has in the stand-in's own namespace. */
  | { readonly do: 'child'; readonly argv: readonly string[]; readonly pidFile: string; readonly clearEnvironment?: boolean }
  | { readonly do: 'stdout' | 'stderr'; readonly text: string }
  | { readonly do: 'event'; readonly event: unknown }
  /** Prints the text again and again; without `times`, without end. */
  | { readonly do: 'flood'; readonly text: string; readonly times?: number }
  /** Waits until that file exists, so that a test can act in the middle of a call. */
  | { readonly do: 'wait-for'; readonly path: string }
  /** Never ends by itself; `deaf`: SIGINT and SIGTERM have no effect. */
  | { readonly do: 'hang'; readonly deaf?: boolean }
  /** Ends at once, without a result. */
  | { readonly do: 'exit'; readonly code: number };

export interface StandInRule {
  /** The rule is for prompts that hold this text; the first rule that fits is taken. Default: any. */
  readonly when?: string;
  /** Only for a retry (`--resume`), or only for a first call. Default: both. */
  readonly resumed?: boolean;
  readonly steps?: readonly StandInStep[];
  /** The structured answer; `undefined` or `null`: the call ends in prose. */
  readonly answer?: {
    readonly status: string;
    readonly summary: string;
    readonly files: readonly string[];
    readonly reason?: string;
  } | null;
  /** Default 0.01. */
  readonly costUsd?: number;
  /** Fields of the result event to set or overwrite. */
  readonly result?: Readonly<Record<string, unknown>>;
  readonly exitCode?: number;
}

export interface StandInCall {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly pid: number;
  /** Names of its environment. */
  readonly variables: readonly string[];
  readonly resumed: boolean;
  readonly sessionId: string;
  readonly prompt: string;
}

/**
 * Puts an executable `claude` with these rules into a folder, for `claude_path` or PATH.
 * @param source the script beside this file; a bundle must say where it lies
 */
export function installStandIn(
  folder: string,
  rules: readonly StandInRule[],
  source = new URL('./claude-stand-in', import.meta.url).pathname,
): { readonly path: string; readonly calls: () => StandInCall[]; readonly setRules: (rules: readonly StandInRule[]) => void } {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'claude');
  const setRules = (next: readonly StandInRule[]): void =>
    writeFileSync(`${path}.json`, JSON.stringify({ rules: next }, null, 2));
  writeFileSync(path, readFileSync(source, 'utf8').replace(/^#!.*/, `#!${process.execPath}`));
  chmodSync(path, 0o755);
  setRules(rules);
  const calls = (): StandInCall[] =>
    existsSync(`${path}.calls.jsonl`)
      ? readFileSync(`${path}.calls.jsonl`, 'utf8')
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as StandInCall)
      : [];
  return { path, calls, setRules };
}

import * as z from 'zod';
import type { Host } from '../host/host.ts';
import { runPaths } from '../host/workspace.ts';

/**
 * What is being applied, on the host beside the worktree and on its disk before the apply starts: should the run die, the next one
 * finds out what came of it and commits it.
 */
const PENDING = z.object({
  version: z.literal(1),
  base: z.string(),
  tree: z.string(),
  stacks: z.array(z.string()),
  /** Fingerprint of each stack's gated plan. */
  plans: z.record(z.string(), z.string()),
  message: z.string(),
  partialMessage: z.string(),
});

export type Pending = z.infer<typeof PENDING>;

/** Records an apply that is about to start; returns when it is on the disk. */
export async function writePending(host: Host, runFolder: string, pending: Pending): Promise<void> {
  const { pending: path } = runPaths(runFolder);
  await host.writeFile(path, JSON.stringify(pending));
  await host.exec(['sh', '-c', 'sync "$1" "$2" 2>/dev/null || sync', 'sh', path, runFolder]);
}

/** The apply an earlier run was at when it died, `null` when there is none. */
export async function readPending(host: Host, runFolder: string): Promise<Pending | null> {
  const { pending: path } = runPaths(runFolder);
  const shown = await host.exec(['cat', '--', path]);
  if (shown.code !== 0) return null;
  try {
    const read = PENDING.safeParse(JSON.parse(shown.stdout));
    return read.success ? read.data : null;
  } catch {
    // Written whole under another name and renamed: a file that is no JSON was not written by a run.
    return null;
  }
}

/** The apply is over and what it did is committed. */
export async function clearPending(host: Host, runFolder: string): Promise<void> {
  await host.exec(['rm', '-f', '--', runPaths(runFolder).pending]);
}

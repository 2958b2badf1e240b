import type { Git } from '../host/git.ts';
import { PARTIAL_TRAILER, TODO_TRAILER } from './messages.ts';

/** What commits say about a TODO. */
export interface PastCommit {
  readonly id: string;
  readonly state: 'done' | 'partial';
}

/**
 * TODOs that have a commit already, by identity: the latest one that was not reverted. Such a TODO is never implemented again.
 * @param treeish the commits to look through
 */
export async function pastCommits(git: Git, treeish: string): Promise<Map<string, PastCommit>> {
  const pattern = `^(${TODO_TRAILER}(-Partial)?: |This reverts commit )`;
  const listed = await git.read(['log', '-z', '--extended-regexp', `--grep=${pattern}`, '--format=%H%n%B', treeish], { timeoutMs: 300_000 });
  const reverted = new Set<string>();
  const found = new Map<string, PastCommit>();
  // Newest first: a revert is seen before what it reverts.
  for (const entry of listed.split('\0')) {
    const [id = '', ...body] = entry.split('\n');
    if (reverted.has(id)) continue;
    for (const line of body) {
      const revert = /^This reverts commit ([0-9a-f]{40})/.exec(line)?.[1];
      if (revert) reverted.add(revert);
      const trailer = /^(Post-Mortem-Todo(?:-Partial)?): (.+)$/.exec(line.trim());
      const todoId = trailer?.[2];
      if (todoId && !found.has(todoId)) found.set(todoId, { id, state: trailer[1] === PARTIAL_TRAILER ? 'partial' : 'done' });
    }
  }
  return found;
}

/** Which commits the checkout's history holds. */
import { spawnSync } from 'node:child_process';

/** A lookup, or why there is none. */
export type CommitLookup = { readonly exists: (id: string) => boolean | null } | { readonly exists: null; readonly reason: string };

/** Only objects are read: nothing the repository configures may run, and nothing is fetched. */
const SAFE = ['-c', 'core.hooksPath=/dev/null', '-c', 'core.fsmonitor=false', '--no-optional-locks'];
const ENVIRONMENT = { GIT_NO_LAZY_FETCH: '1', GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' };

/**
 * Asks the git of this machine about the repository at `root`. A lookup answers `true` when the commit is an ancestor of HEAD, or HEAD
 * itself, and `null` when git cannot say.
 */
export function commitLookup(root: string): CommitLookup {
  const git = (...words: string[]): { status: number | null; output: string; missing: boolean } => {
    const { status, stdout, error } = spawnSync('git', ['-c', `safe.directory=${root}`, ...SAFE, ...words], {
      cwd: root,
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...ENVIRONMENT },
      encoding: 'utf8',
      timeout: 30_000,
    });
    return { status, output: (stdout ?? '').trim(), missing: (error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT' };
  };
  const shallow = git('rev-parse', '--is-shallow-repository');
  if (shallow.missing) {
    return { exists: null, reason: 'git is not installed here' };
  }
  if (shallow.status !== 0 || git('rev-parse', '--verify', '--quiet', 'HEAD^{commit}').status !== 0) {
    return { exists: null, reason: 'this is no git repository with a commit' };
  }
  if (shallow.output !== 'false') {
    return { exists: null, reason: 'the clone is shallow; clone with "partial: false" and "depth: 0" to have them checked' };
  }
  const known = new Map<string, boolean | null>();
  return {
    exists: (id) => {
      if (!/^[0-9a-f]{4,64}$/.test(id)) {
        return null;
      }
      const found = known.get(id) ?? ancestor(id);
      known.set(id, found);
      return found;
    },
  };

  function ancestor(id: string): boolean | null {
    if (git('cat-file', '-e', `${id}^{commit}`).status !== 0) {
      return false;
    }
    const { status } = git('merge-base', '--is-ancestor', id, 'HEAD');
    return status === 0 ? true : status === 1 ? false : null;
  }
}

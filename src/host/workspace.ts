import { posix } from 'node:path';
import { UserError } from '../errors.ts';
import { expandHome } from './files.ts';
import { Git, gitFailed } from './git.ts';
import type { Author } from './git.ts';
import type { Host } from './host.ts';

/** The repository on the host. Its working tree, index and branches are never touched. */
export interface Workspace {
  readonly git: Git;
  /** Absolute path of its root. */
  readonly root: string;
  /** The run's own folder beside it: lock, worktree, plans. */
  readonly runFolder: string;
}

const PREPARE = `
[ -e "$1" ] || exit 10
[ -d "$1" ] || exit 11
command -v git > /dev/null || exit 12
mkdir -p "$2" && chmod 700 "$2" || exit 13
`;

/**
 * Finds the workspace and makes the run's folder beside it.
 * @param path absolute, or with a leading `~/`
 * @throws UserError when it is missing or no git repository
 */
export async function findWorkspace(host: Host, path: string, author: Author): Promise<Workspace> {
  const root = posix.normalize(await expandHome(host, path)).replace(/\/$/, '');
  if (!root.startsWith('/')) throw new UserError(`workspace: ${path} is not an absolute path`, 'Write it from / or from ~/.');
  const runFolder = `${root}.post-mortem`;
  const prepared = await host.exec(['sh', '-c', PREPARE, 'sh', root, runFolder]);
  const where = `${root} on ${host.name}`;
  switch (prepared.code) {
    case 0:
      break;
    case 10:
      throw new UserError(`workspace: there is no ${where}`, 'Clone the repository there, or set workspace to where it is.');
    case 11:
      throw new UserError(`workspace: ${where} is not a folder`, 'Set workspace to the folder of the repository.');
    case 12:
      throw new UserError(`there is no git on ${host.name}`, 'Install it there (apt-get install git).');
    default:
      throw new UserError(
        `cannot make ${runFolder} on ${host.name}: ${prepared.stderr.trim()}`,
        'The run keeps its worktree beside the workspace: let the user write there, and check that the disk is not full.',
      );
  }
  const git = new Git(host, root, author);
  const words = ['rev-parse', '--show-toplevel'];
  const top = await git.run(words);
  if (/not a git repository/.test(top.stderr)) {
    throw new UserError(`workspace: ${where} is not a git repository`, 'Clone the repository there, or set workspace to where it is.');
  }
  if (top.code !== 0) throw gitFailed(host, root, words, top);
  // Symbolic links in the path are fine; a folder inside a repository is not, its worktree would lie in that repository.
  const same = await host.exec(['sh', '-c', '[ "$1" -ef "$2" ]', 'sh', root, top.stdout.trim()]);
  if (same.code !== 0) {
    throw new UserError(`workspace: ${where} lies inside the repository ${top.stdout.trim()}`, `Set workspace: ${top.stdout.trim()}.`);
  }
  return { git, root, runFolder };
}

/** Where a run keeps things; the next one finds there what it needs if this one dies. */
export const runPaths = (runFolder: string) => ({
  worktree: `${runFolder}/worktree`,
  hiddenGit: `${runFolder}/worktree.git`,
  index: `${runFolder}/index`,
  plans: `${runFolder}/plans`,
  /** Where the run is, step by step. */
  journal: `${runFolder}/journal`,
  /** The branch the worktree is for. */
  branch: `${runFolder}/branch`,
  /** What stood in the place of the repository's own files after an agent: kept for people to look at. */
  changed: `${runFolder}/changed`,
  applyOutput: [`${runFolder}/apply.out`, `${runFolder}/apply.exit`],
});

/**
 * Fetches the branch and gives the commit it is at.
 * @throws UserError when the remote cannot be reached or has no such branch
 */
export async function fetchBranch(workspace: Workspace, branch: string): Promise<string> {
  const { git, root } = workspace;
  if ((await git.ask(['check-ref-format', '--branch', branch])) === null) {
    throw new UserError(`branch: ${JSON.stringify(branch)} is not the name of a branch`, 'Set branch to the branch the post-mortems are on.');
  }
  const words = ['fetch', '--no-tags', '--quiet', 'origin', `+refs/heads/${branch}:refs/remotes/origin/${branch}`];
  const fetched = await git.run(words, { timeoutMs: 300_000 });
  if (/couldn't find remote ref/i.test(fetched.stderr)) {
    throw new UserError(`branch: the remote has no branch ${branch}`, `Set branch to one it has; "git -C ${root} ls-remote --heads origin" on the host lists them.`);
  }
  if (/'origin' does not appear to be a git repository|No such remote/i.test(fetched.stderr) && (await git.ask(['remote', 'get-url', 'origin'])) === null) {
    throw new UserError(`the workspace ${root} has no remote called origin`, `On the host: git -C ${root} remote add origin <address>.`);
  }
  if (fetched.code !== 0) throw gitFailed(git.host, root, words, fetched);
  return (await git.read(['rev-parse', '--verify', `refs/remotes/origin/${branch}^{commit}`])).trim();
}

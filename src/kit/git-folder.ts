/** What a repository's .git folder says about its remote and branch. Read as files: the image holds no git. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';

export interface GitFolder {
  /** Address of the remote `origin`, or of the only remote, as configured; `null` when there is none. */
  readonly remote: string | null;
  /** The remote's default branch, else `main` or `master` where there is one, else the branch checked out. */
  readonly branch: string | null;
}

/** @returns `null` when the folder is no git repository */
export function readGitFolder(root: string): GitFolder | null {
  const folder = gitFolderOf(root);
  if (folder === null) return null;
  const common = firstLine(join(folder, 'commondir'));
  const shared = common === null ? folder : isAbsolute(common) ? common : join(folder, common);
  return { remote: remoteOf(text(join(shared, 'config')) ?? ''), branch: branchOf(folder, shared) };
}

/** The folder itself, or where a worktree's or submodule's `.git` file points to. */
function gitFolderOf(root: string): string | null {
  const path = join(root, '.git');
  if (!existsSync(path)) return null;
  if (statSync(path).isDirectory()) return path;
  const target = /^gitdir:\s*(.+)$/.exec(firstLine(path) ?? '')?.[1]?.trim();
  if (target === undefined) return null;
  const folder = isAbsolute(target) ? target : join(root, target);
  return existsSync(folder) ? folder : null;
}

/** The part of git's configuration format that remotes are written in (git-config(1)); included files are not followed. */
function remoteOf(config: string): string | null {
  const remotes = new Map<string, string>();
  let name: string | null = null;
  for (const line of config.split(/\r?\n/)) {
    const section = /^\s*\[\s*([^\]"\s]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\]/.exec(line);
    if (section) name = section[1]?.toLowerCase() === 'remote' ? (section[2] ?? null) : null;
    const url = /^\s*(?:\[[^\]]*\])?\s*url\s*=\s*"?([^"#;\s]+)/i.exec(line)?.[1];
    if (name !== null && url !== undefined && !remotes.has(name)) remotes.set(name, url);
  }
  return remotes.get('origin') ?? (remotes.size === 1 ? ([...remotes.values()][0] ?? null) : null);
}

function branchOf(folder: string, shared: string): string | null {
  const remoteHead = /^ref:\s*refs\/remotes\/origin\/(.+)$/.exec(firstLine(join(shared, 'refs/remotes/origin/HEAD')) ?? '')?.[1];
  const packed = text(join(shared, 'packed-refs')) ?? '';
  const exists = (name: string) =>
    ['heads', 'remotes/origin'].some(
      (where) => existsSync(join(shared, 'refs', where, name)) || new RegExp(`\\srefs/${where}/${name}$`, 'm').test(packed),
    );
  const head = /^ref:\s*refs\/heads\/(.+)$/.exec(firstLine(join(folder, 'HEAD')) ?? '')?.[1];
  return remoteHead ?? ['main', 'master'].find(exists) ?? head ?? null;
}

function text(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

function firstLine(path: string): string | null {
  return text(path)?.split(/\r?\n/, 1)[0]?.trim() ?? null;
}

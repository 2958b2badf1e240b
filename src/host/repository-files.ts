import type { Host } from './host.ts';
import type { Workspace } from './workspace.ts';

/**
 * The files a repository lives by and that can make git run programs, reach elsewhere or stand at another commit: configuration, hooks,
 * attributes, borrowed objects, what says where the run's worktree belongs, and what the next run would take up. Whoever can write to them is not held by anything else
 * here, so they are compared with what they were and put back.
 */
export class RepositoryFiles {
  private readonly host: Host;
  private readonly folders: readonly string[];
  /** By path: `F` and the content in base64, or `L` and the target of a symbolic link. */
  private readonly files: ReadonlyMap<string, string>;

  private constructor(host: Host, folders: readonly string[], files: ReadonlyMap<string, string>) {
    this.host = host;
    this.folders = folders;
    this.files = files;
  }

  /** @param worktree absolute path of the run's worktree, with its .git in place */
  static async read(workspace: Workspace, worktree: string): Promise<RepositoryFiles> {
    const { git } = workspace;
    const words = ['rev-parse', '--path-format=absolute'];
    const [common, own] = await Promise.all([git.read([...words, '--git-common-dir']), git.read(['-C', worktree, ...words, '--git-dir'])]);
    const folders = [common.trimEnd(), own.trimEnd(), worktree, workspace.runFolder];
    return new RepositoryFiles(git.host, folders, await readAll(git.host, folders));
  }

  /**
   * Puts back what was changed, added or removed since. What stands in its place now is kept for people to look at.
   * @param keep absolute path of the folder it is kept in
   * @returns the paths, empty when nothing was changed
   */
  async putBack(keep: string): Promise<readonly string[]> {
    const now = await readAll(this.host, this.folders);
    const paths = [...new Set([...this.files.keys(), ...now.keys()])].filter((path) => comparable(this.files.get(path)) !== comparable(now.get(path)));
    for (const path of paths) {
      const before = this.files.get(path) ?? '';
      const put = await this.host.exec(['sh', '-c', PUT_BACK, 'sh', path, keep, before.charAt(0)], { stdin: before.slice(1) });
      if (put.code !== 0) throw new Error(`cannot put back ${path}: ${put.stderr.trim()}`);
    }
    return paths;
  }
}

/** One line a file, `<kind><base64> <path>`. */
const READ = `
for file in "$1/config" "$1/config.worktree" "$1"/info/* "$1"/hooks/* "$1"/objects/info/*alternates "$2/HEAD" "$2/commondir" "$2/gitdir" "$2/config.worktree" "$3/.git" "$4/journal" "$4/branch"; do
  case $file in *.sample | */info/refs) continue ;; esac
  if [ -L "$file" ]; then
    printf 'L%s %s\\n' "$(readlink -- "$file" | base64 | tr -d '\\n')" "$file"
  elif [ -f "$file" ]; then
    printf 'F%s %s\\n' "$(base64 < "$file" | tr -d '\\n')" "$file"
  fi
done
`;

const PUT_BACK = `
set -e
mkdir -p -- "$2" "$(dirname -- "$1")"
if [ -e "$1" ] || [ -L "$1" ]; then
  n=1
  while [ -e "$2/$n-\${1##*/}" ] || [ -L "$2/$n-\${1##*/}" ]; do n=$((n + 1)); done
  mv -T -- "$1" "$2/$n-\${1##*/}"
fi
case $3 in
  L) ln -s -- "$(base64 -d)" "$1" ;;
  F) base64 -d > "$1"; case $1 in */hooks/*) chmod +x -- "$1" ;; esac ;;
esac
`;

async function readAll(host: Host, folders: readonly string[]): Promise<Map<string, string>> {
  const read = await host.exec(['sh', '-c', READ, 'sh', ...folders], { maxOutputBytes: 32 * 1024 * 1024 });
  return new Map(
    read.stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line): [string, string] => [line.slice(line.indexOf(' ') + 1), line.slice(0, line.indexOf(' '))]),
  );
}

/**
 * What counts of a file: a person at work in the workspace creates and tracks branches, which git keeps in sections `[branch "..."]` of
 * the configuration; nothing here acts on those.
 */
function comparable(file: string | undefined): string | undefined {
  if (!file?.startsWith('F')) return file;
  const text = Buffer.from(file.slice(1), 'base64').toString('latin1');
  return text.replaceAll(/^[ \t]*\[branch "[^\n]*"\][ \t]*\n(?:(?![ \t]*\[)[^\n]*(?:\n|$))*/gm, '');
}

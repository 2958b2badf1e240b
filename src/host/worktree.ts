import { UserError } from '../errors.ts';
import { DISK_TROUBLE, Git, gitFailed } from './git.ts';
import type { Author } from './git.ts';
import type { Host } from './host.ts';
import { runPaths } from './workspace.ts';
import type { Workspace } from './workspace.ts';

/**
 * The throw-away worktree a run works in, detached, beside the workspace. Its HEAD is the run's tip: what it started from and the
 * commits made since, so that a run that died leaves them where the next one finds them.
 */
export class Worktree {
  readonly path: string;
  readonly git: Git;
  private readonly host: Host;
  private readonly workspace: Workspace;
  private readonly paths: ReturnType<typeof runPaths>;

  private constructor(workspace: Workspace, author: Author) {
    this.workspace = workspace;
    this.host = workspace.git.host;
    this.paths = runPaths(workspace.runFolder);
    this.path = this.paths.worktree;
    this.git = new Git(this.host, this.path, author);
  }

  /**
   * Opens the worktree: the one a run that died has left (its commits stay), else a new one at `base`.
   * @param options.branch the run's branch, where `base` is
   * @param options.unfinished whether an apply of that run is not committed yet
   * @returns `left`: it was there already
   * @throws UserError when a run for another branch has left work there that is not pushed
   */
  static async open(workspace: Workspace, author: Author, options: { branch: string; base: string; unfinished: boolean }): Promise<{ worktree: Worktree; left: boolean }> {
    const { branch, base, unfinished } = options;
    const worktree = new Worktree(workspace, author);
    await worktree.showGit();
    await worktree.shell(UNLOCK, [worktree.path]);
    const head = (await worktree.exists()) ? await worktree.git.ask(['rev-parse', '--verify', 'HEAD^{commit}']) : null;
    if (head !== null && !(await worktree.isOfAnother(branch, unfinished ? 'unfinished' : 'finished'))) return { worktree, left: true };
    await worktree.host.writeFile(worktree.paths.branch, `${branch}\n`);
    await worktree.shell('rm -rf -- "$1"', [worktree.path]);
    // Twice --force: git may still know a worktree of that path that is gone, and locked.
    const add = ['worktree', 'add', '--quiet', '--force', '--force', '--detach', '--lock', worktree.path, base];
    await workspace.git.read(add, { timeoutMs: 600_000 });
    return { worktree, left: false };
  }

  /** The run's tip. */
  async tip(): Promise<string> {
    return (await this.git.read(['rev-parse', 'HEAD'])).trim();
  }

  /** Makes the files those of a commit or tree, and nothing else: what git does not know or ignores is removed. HEAD stays. */
  async reset(treeish: string): Promise<void> {
    const done = await this.git.script(RESET, [treeish], { timeoutMs: 600_000 });
    if (done.code !== 0) throw gitFailed(this.host, this.path, ['read-tree', '--reset', '-u', treeish], done);
  }

  /** Moves HEAD to a commit made with `commit`; index and files follow. */
  async moveTo(commit: string): Promise<void> {
    await this.git.read(['update-ref', '--no-deref', 'HEAD', commit]);
    await this.reset(commit);
  }

  /**
   * While the agent works there is no repository in its folder: nothing to commit to, to push from or to delete.
   * What it makes of the name itself is found by `showGit`.
   */
  async hideGit(): Promise<void> {
    await this.shell('mv -T -- "$1" "$2"', [`${this.path}/.git`, this.paths.hiddenGit]);
  }

  /**
   * Puts the repository back, into a folder: a link or file in the worktree's place goes, never what a link leads to.
   * @returns whether something else stood in its place meanwhile (which is removed)
   */
  async showGit(): Promise<boolean> {
    return (await this.shell(SHOW_GIT, [`${this.path}/.git`, this.paths.hiddenGit, this.path])) === 'yes';
  }

  /**
   * The files as they are now, as a tree; in an index of its own, since wrappers commit what is in the worktree's.
   * @returns `unreadable` with git's words when it cannot take them up (a repository without a commit among them, for instance)
   */
  async snapshot(base: string): Promise<{ readonly tree: string } | { readonly unreadable: string }> {
    const env = { GIT_INDEX_FILE: this.paths.index };
    await this.shell('rm -f -- "$1" "$1.lock"', [this.paths.index]);
    await this.git.read(['read-tree', base], { env });
    const words = ['add', '--all', '--', '.'];
    const added = await this.git.run(words, { env, timeoutMs: 600_000 });
    if (added.code !== 0 && DISK_TROUBLE.test(added.stderr)) throw gitFailed(this.host, this.path, words, added);
    if (added.code !== 0) return { unreadable: added.stderr.trim().split('\n').slice(0, 2).join(' ') || added.ended };
    return { tree: (await this.git.read(['write-tree'], { env })).trim() };
  }

  /** Number of files that git ignores, as far as they lie in the worktree. */
  async ignoredFiles(): Promise<readonly string[]> {
    return (await this.git.read(['ls-files', '--others', '--ignored', '--exclude-standard', '--directory', '-z'])).split('\0').filter((path) => path !== '');
  }

  /** `tree` with what differs between `from` and `to` taken over, path by path. */
  async overlay(tree: string, from: string, to: string): Promise<string> {
    const env = { GIT_INDEX_FILE: this.paths.index };
    const raw = (await this.git.read(['diff-tree', '-r', '-z', '--no-renames', '--raw', '--no-abbrev', from, to])).split('\0');
    const entries: string[] = [];
    for (let i = 0; i + 1 < raw.length; i += 2) {
      const [, mode = '000000', , object = ''] = (raw[i] ?? '').replace(/^:/, '').split(' ');
      entries.push(`${mode} ${object}\t${raw[i + 1] ?? ''}\0`);
    }
    await this.git.read(['read-tree', tree], { env });
    await this.git.read(['update-index', '-z', '--index-info'], { env, stdin: entries.join('') });
    return (await this.git.read(['write-tree'], { env })).trim();
  }

  /** The change from `patch.base` to `patch.tree` on top of another commit; `null` when that changes the same files, or the change is gone. */
  async carryOver(patch: { readonly base: string; readonly tree: string }, onto: string): Promise<string | null> {
    const changed = await this.git.run(['diff-tree', '-r', '-z', '--no-renames', '--name-only', patch.base, patch.tree]);
    if (changed.code !== 0 || changed.truncated) return null;
    const paths = changed.stdout.split('\0').filter((path) => path !== '').map((path) => `:(literal)${path}`);
    const moved = paths.length === 0 ? null : await this.git.run(['diff-tree', '-r', '--quiet', '--no-renames', patch.base, onto, '--', ...paths]);
    return moved?.code === 0 ? this.overlay(onto, patch.base, patch.tree) : null;
  }

  /** `tree` with the given files' contents replaced. */
  async withFiles(tree: string, files: readonly { readonly path: string; readonly content: string }[]): Promise<string> {
    const env = { GIT_INDEX_FILE: this.paths.index };
    await this.git.read(['read-tree', tree], { env });
    for (const { path, content } of files) {
      const object = (await this.git.read(['hash-object', '-w', '--stdin', '--no-filters'], { stdin: content })).trim();
      const mode = (await this.git.read(['ls-tree', '--format=%(objectmode)', tree, '--', path])).trim() || '100644';
      await this.git.read(['update-index', '-z', '--index-info'], { env, stdin: `${mode} ${object}\t${path}\0` });
    }
    return (await this.git.read(['write-tree'], { env })).trim();
  }

  /** Makes a commit of a tree; HEAD does not move. */
  async commit(tree: string, parent: string, message: string): Promise<string> {
    return (await this.git.read(['commit-tree', tree, '-p', parent], { stdin: message })).trim();
  }

  /** The text of a file in a commit or tree, `null` when there is none. */
  async fileAt(treeish: string, path: string): Promise<string | null> {
    const shown = await this.git.run(['cat-file', 'blob', `${treeish}:${path}`]);
    return shown.code === 0 && !shown.truncated ? shown.stdout : null;
  }

  /** Whether a text from `fileAt` is the file to the byte: what is no UTF-8 was read as U+FFFD, which a text may also hold of itself. */
  async isExactly(treeish: string, path: string, text: string): Promise<boolean> {
    if (!text.includes('\ufffd')) return true;
    const object = await this.git.read(['hash-object', '--stdin', '--no-filters'], { stdin: text });
    return object.trim() === (await this.git.ask(['rev-parse', '--verify', `${treeish}:${path}`]));
  }

  /** All files below some folders (or that match some patterns), read as text; empty ones are left out. */
  async sourcesAt(treeish: string, pathspecs: readonly string[]): Promise<{ path: string; text: string }[]> {
    if (pathspecs.length === 0) return [];
    const words = ['grep', '--text', '--full-name', '--no-color', '-z', '-e', '', treeish, '--', ...pathspecs];
    const found = await this.git.run(words, { timeoutMs: 300_000 });
    if (found.code === 1) return [];
    if (found.code !== 0 || found.truncated) throw new UserError(`cannot read the Terraform files of ${pathspecs.join(', ')}`, 'They may be larger than 8 MiB altogether; set stacks to smaller folders.');
    const texts = new Map<string, string[]>();
    for (let at = 0; at < found.stdout.length; ) {
      const name = found.stdout.indexOf('\0', at);
      const end = found.stdout.indexOf('\n', name);
      const path = found.stdout.slice(at + treeish.length + 1, name);
      const known = texts.get(path) ?? [];
      known.push(found.stdout.slice(name + 1, end < 0 ? undefined : end));
      texts.set(path, known);
      at = end < 0 ? found.stdout.length : end + 1;
    }
    return [...texts].map(([path, lines]) => ({ path, text: `${lines.join('\n')}\n` }));
  }

  /** Files git ignores at the workspace's root (kubeconfig, tfvars): there while planning and applying, never for the agent. */
  async linkIgnored(): Promise<void> {
    const words = ['ls-files', '--others', '--ignored', '--exclude-standard', '--directory', '-z'];
    const names = (await this.workspace.git.read(words)).split('\0').filter((name) => name !== '' && !name.includes('/'));
    if (names.length === 0) return;
    const script = 'from=$1; to=$2; shift 2; for name; do [ -e "$to/$name" ] || [ -d "$from/$name" ] || ln -s -- "$from/$name" "$to/$name" || exit 1; done';
    await this.shell(script, [this.workspace.root, this.path, ...names]);
  }

  /** Removes the worktree and what git knows of it. */
  async remove(): Promise<void> {
    await this.showGit();
    await this.shell('rm -rf -- "$@"', [this.paths.index, this.paths.plans, this.paths.journal, this.paths.branch, ...this.paths.applyOutput]);
    await this.workspace.git.run(['worktree', 'remove', '--force', '--force', this.path], { timeoutMs: 600_000 });
    await this.shell('rm -rf -- "$1"', [this.path]);
    await this.workspace.git.run(['worktree', 'prune']);
  }

  /** Whether the worktree is one that a run for another branch has left with nothing in it. */
  private async isOfAnother(branch: string, state: 'finished' | 'unfinished'): Promise<boolean> {
    const known = await this.host.exec(['cat', '--', this.paths.branch]);
    const other = known.code === 0 ? known.stdout.trim() : branch;
    if (other === branch) return false;
    const unpushed = await this.git.read(['rev-list', '--count', 'HEAD', '--not', '--remotes=origin']);
    if (unpushed.trim() === '0' && state === 'finished') return true;
    throw new UserError(
      `an earlier run for the branch ${other} has left work in ${this.path} on ${this.host.name} that is not pushed`,
      `Start the pipeline for ${other} once more: it pushes what lies there. Until then no other branch can be worked on in this workspace.`,
    );
  }

  private async exists(): Promise<boolean> {
    return (await this.host.exec(['test', '-e', `${this.path}/.git`])).code === 0;
  }

  private async shell(script: string, words: readonly string[]): Promise<string> {
    const result = await this.host.exec(['sh', '-c', script, 'sh', ...words], { timeoutMs: 600_000 });
    if (result.code === 0) return result.stdout;
    throw new UserError(`cannot prepare the worktree on ${this.host.name}: ${result.stderr.trim().slice(0, 500) || result.ended}`, `Check ${this.workspace.runFolder} there: the user must own it, and the disk must not be full.`);
  }
}

/**
 * First what git neither reports nor cleans: folders without the right to enter them, and repositories inside of tracked folders, whose
 * configuration the next git there would act on.
 */
const RESET = `
find . -type d ! -perm -700 -exec chmod u+rwx {} ';'
find . -mindepth 2 -name .git -prune -exec rm -rf -- {} + || exit
safe_git read-tree --reset -u "$1" && safe_git clean -ffdxq
`;

/** Locks of a git that was killed in the worktree: ours is the only run. */
const UNLOCK = `
folder=$(sed -n 's/^gitdir: //p' "$1/.git" 2>/dev/null)
[ -z "$folder" ] || rm -f -- "$folder/index.lock" "$folder/HEAD.lock" "$folder/ORIG_HEAD.lock"
`;

const SHOW_GIT = `
found=
if [ -L "$3" ] || { [ -e "$3" ] && ! [ -d "$3" ]; }; then rm -f -- "$3" && found=yes; fi
if [ -e "$2" ]; then
  if [ -e "$1" ] || [ -L "$1" ]; then rm -rf -- "$1" && found=yes; fi
  mkdir -p -- "$3" && mv -T -- "$2" "$1" || exit 1
fi
printf %s "$found"
`;

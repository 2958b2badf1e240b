import picomatch from 'picomatch';
import type { FileChange } from './changes.ts';
import { shown } from './paths.ts';

/** A text file of the repository; `path` is relative to its root, with `/` separators. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/**
 * Where a patch landed.
 *
 * @param globs what a stack's folder looks like, for instance `stacks/*`; when several folders above a file match (`**`), the
 *   topmost is the stack
 * @returns the folders of the changed stacks, and the paths that belong to none, both sorted
 */
export function stacksOf(
  files: readonly Pick<FileChange, 'path'>[],
  globs: readonly string[],
): { stacks: string[]; outside: string[] } {
  // `stacks/**` would make `stacks` itself a stack; what is meant are the folders in it.
  const patterns = globs.map((glob) =>
    glob
      .trim()
      .replace(/^\.?\//, '')
      .replace(/\/+$/, '')
      .replace(/\/\*\*$/, '/*'),
  );
  const isStack = picomatch(
    patterns.filter((glob) => glob !== ''),
    { nonegate: true },
  );
  const stacks = new Set<string>();
  const outside: string[] = [];
  for (const { path } of files) {
    const folder = foldersAbove(path).find((candidate) => isStack(candidate));
    if (folder === undefined) outside.push(path);
    else stacks.add(folder);
  }
  return { stacks: [...stacks].sort(), outside: outside.sort() };
}

/** `a/b/c.tf` -> `a`, `a/b`. */
function foldersAbove(path: string): string[] {
  const names = path.split('/').slice(0, -1);
  return names.map((_, i) => names.slice(0, i + 1).join('/'));
}

const TERRAFORM_FILE = /\.(?:tf|tofu|hcl)(?:\.json)?$|\.tfvars(?:\.json)?$|\.(?:tftpl|tpl|tmpl)$/i;

/**
 * Why files outside every stack cannot be gated by planning one stack. Terraform code and templates there are shared: which
 * stacks they reach is not known, so a person decides.
 *
 * @param outside paths from `stacksOf`
 * @param sources the Terraform, Terragrunt and template files of the whole repository, as the patch leaves them
 * @returns one line per file; empty when none of them reaches a stack
 */
export function blastRadius(outside: readonly string[], sources: readonly SourceFile[]): string[] {
  const shared = outside.filter((path) => TERRAFORM_FILE.test(path));
  const reasons = shared.map((path) => `${shown(path)}: is shared by stacks, so what it changes is not known`);
  return [
    ...reasons,
    ...references(
      outside.filter((path) => !shared.includes(path)),
      sources,
    ),
  ];
}

/** Calls by which Terraform reads files (`file`, `filebase64`, `filesha256`, `templatefile`, `fileset`), with what follows. */
const FILE_CALL = /\b(?:file\w*|templatefile)\s*\(([\s\S]{0,400})/g;

/**
 * Which files Terraform code may read: code that has the file's name in it, that reads files from a folder of that name, or
 * that reads files and lies in the same folder or above (where the name can be put together from parts).
 *
 * @returns one line per file that is referred to, naming the first place
 */
export function references(files: readonly string[], sources: readonly SourceFile[]): string[] {
  const readers = sources.map((source) => ({
    ...source,
    calls: [...source.text.matchAll(FILE_CALL)].map((m) => m[1] ?? ''),
  }));
  return files.flatMap((path) => {
    const reader = readers.find((source) => source.path !== path && refers(source, path));
    return reader ? [`${shown(path)}: ${shown(reader.path)} may read it, so what it changes is not known`] : [];
  });
}

function refers(source: SourceFile & { readonly calls: readonly string[] }, path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (source.text.includes(name) && word(name).test(source.text)) return true;
  if (source.calls.length === 0) return false;
  const folders = foldersAbove(path);
  const home = source.path.includes('/') ? source.path.slice(0, source.path.lastIndexOf('/')) : '';
  if (home === '' ? folders.length === 0 : folders.includes(home)) return true;
  // A file at the repository's root has no folder to be named; a wildcard from above may still catch it.
  if (folders.length === 0) return source.calls.some((call) => /\*/.test(call) && /\.\.|get_|path\.(?:root|cwd)/.test(call));
  const names = folders.map((folder) => word(folder.slice(folder.lastIndexOf('/') + 1)));
  return source.calls.some((call) => names.some((folder) => folder.test(call)));
}

/** The name as a word of its own: `tg` is not in `length.tgz`, but `nfs.conf` is in `see nfs.conf.` */
function word(name: string): RegExp {
  return new RegExp(`(?<![\\w.-])${name.replaceAll(/[.*+?^${}()|[\]\\/-]/g, '\\$&')}(?![\\w-])`);
}

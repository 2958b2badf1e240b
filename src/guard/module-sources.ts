import { posix } from 'node:path';
import { allBlocks, plainText, readHcl } from './blocks.ts';
import { HclError } from './hcl.ts';
import type { SourceFile } from './stacks.ts';

/** The folder a file lies in; empty at the repository's root. */
export function folderOf(path: string): string {
  const folder = posix.dirname(path);
  return folder === '.' ? '' : folder;
}

/**
 * Where a module's `source` lies in the repository: a path from its root, one that begins with `..` when it lies outside, or
 * `null` when it comes from elsewhere (a registry, a git server). Local sources begin with `./` or `../`.
 */
export function moduleFolder(file: string, source: string): string | null {
  if (!/^\.{1,2}(?:\/|$)/.test(source)) return null;
  const folder = posix.normalize(posix.join(folderOf(file), source.replace('//', '/'))).replace(/\/$/, '');
  return folder === '.' ? '' : folder;
}

/**
 * The module folders that Terraform files use, so that the caller can read those files as well. Modules use modules: ask again
 * with what was read until nothing new comes.
 *
 * @returns paths from the repository's root, sorted, without those outside the repository; files that are no readable HCL add
 *   none (`checkConfiguration` refuses them)
 */
export function localModuleSources(files: readonly SourceFile[]): string[] {
  const folders = new Set<string>();
  for (const file of files.filter(({ path }) => /\.(?:tf|tofu|hcl)$/i.test(path))) {
    for (const source of sourcesIn(file)) {
      const folder = moduleFolder(file.path, source);
      if (folder !== null && !folder.startsWith('..')) folders.add(folder);
    }
  }
  return [...folders].sort();
}

/** `source` of module blocks, and of Terragrunt's terraform block. */
function sourcesIn(file: SourceFile): string[] {
  try {
    return allBlocks(readHcl(file.text).blocks)
      .filter(({ type }) => type === 'module' || type === 'terraform')
      .flatMap(({ attributes }) => attributes.filter(({ name }) => name === 'source'))
      .flatMap(({ value }) => plainText(value) ?? []);
  } catch (error) {
    if (error instanceof HclError) return [];
    throw error;
  }
}

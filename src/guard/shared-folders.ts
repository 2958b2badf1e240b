import { posix } from 'node:path';
import { folderOf } from './module-sources.ts';
import { shown } from './paths.ts';
import type { SourceFile } from './stacks.ts';

/**
 * Why a change of some stacks reaches further than their own plans: other code uses a module, a file or a template that lies in their
 * folders. Every text in quotes that leads there counts, whatever it is for, but for state files and the mere name of a stack
 * (Terragrunt's dependencies).
 *
 * @param stacks folders of the changed stacks
 * @param sources the Terraform, Terragrunt and template files of the whole repository, as the patch leaves them
 * @returns one line per stack; empty when nothing outside uses them
 */
export function usedFromOutside(stacks: readonly string[], sources: readonly SourceFile[]): string[] {
  return stacks.flatMap((stack) => {
    for (const source of sources.filter(({ path }) => !path.startsWith(`${stack}/`))) {
      const used = pathsIn(source).find((path) => path.startsWith(`${stack}/`) && !/\.tfstate(?:\.|$)/.test(path)) ?? modulesIn(source).find((path) => path === stack);
      if (used !== undefined) return [`${shown(stack)}: ${shown(source.path)} uses ${shown(used)}, so what a change of this stack reaches is not known`];
    }
    return [];
  });
}

/** Longer than any path; without a limit a text of nothing but quotes would take quadratic time. */
const QUOTED = /"((?:[^"\\\n]|\\.){0,1000})"/g;
const MODULE_SOURCE = /\bsource"?\s{0,100}[:=]\s{0,100}"((?:[^"\\\n]|\\.){0,1000})"/g;

/** Paths from the repository's root that texts in quotes may stand for. */
function pathsIn({ path, text }: SourceFile): string[] {
  return [...text.matchAll(QUOTED)].flatMap((match) => pathOf(match[1] ?? '', folderOf(path)));
}

function modulesIn({ path, text }: SourceFile): string[] {
  return [...text.matchAll(MODULE_SOURCE)].flatMap((match) => pathOf(match[1] ?? '', folderOf(path)));
}

/** `../a/x` is relative to the file, `${path.module}/../a/x` as well, and what comes behind any other `${...}` is taken to be from the root. */
function pathOf(text: string, folder: string): string[] {
  const own = text.replace(/^\$\{\s*(?:path\.(?:module|root|cwd)|get_terragrunt_dir\(\)|get_original_terragrunt_dir\(\))\s*\}/, '.');
  const filled = own.lastIndexOf('}');
  const isRelative = filled < 0 && /^\.{1,2}\//.test(own);
  if (!isRelative && filled < 0) return [];
  const path = isRelative ? posix.join(folder, own) : own.slice(filled + 1);
  return [posix.normalize(path.replaceAll(/\/{2,}/g, '/')).replace(/^\/+/, '').replace(/\/$/, '')];
}

import { DIFF_ARGUMENTS, readChanges } from '../guard/changes.ts';
import { checkConfiguration } from '../guard/configuration.ts';
import { localModuleSources } from '../guard/module-sources.ts';
import { checkPatch } from '../guard/patch.ts';
import { blastRadius, stacksOf } from '../guard/stacks.ts';
import type { SourceFile } from '../guard/stacks.ts';
import type { Worktree } from '../host/worktree.ts';
import type { Settings } from '../settings/schema.ts';

/** A change as the gates saw it: trees of git, so that what is applied and committed is what was gated. */
export interface GatedPatch {
  readonly base: string;
  readonly tree: string;
  readonly files: readonly string[];
  readonly stacks: readonly string[];
}

export type PatchVerdict = { readonly kind: 'allowed'; readonly patch: GatedPatch } | { readonly kind: 'empty' } | { readonly kind: 'refused'; readonly reasons: readonly string[] };

const TERRAFORM_FILES = ['*.tf', '*.tf.json', '*.tofu', '*.hcl', '*.tfvars', '*.tftpl', '*.tpl', '*.tmpl'];

/**
 * The gates before planning: the patch, where it landed, and the configuration that planning would run.
 * @param base commit the agent started from
 */
export async function gatePatch(worktree: Worktree, base: string, settings: Settings): Promise<PatchVerdict> {
  const tree = await worktree.snapshot(base);
  const diff = (words: readonly string[]) => worktree.git.read(['diff', ...words, base, tree]);
  const changes = readChanges({ raw: await diff(DIFF_ARGUMENTS.raw), numstat: await diff(DIFF_ARGUMENTS.numstat), patch: await diff(DIFF_ARGUMENTS.patch) });
  if (changes.files.length === 0 && changes.problems.length === 0) return { kind: 'empty' };
  const reasons = checkPatch(changes, {
    protectedPaths: settings.protected_paths,
    maxFiles: settings.max_changed_files,
    maxLines: settings.max_changed_lines,
  });
  if (reasons.length > 0) return { kind: 'refused', reasons };

  const { stacks, outside } = stacksOf(changes.files, settings.stacks);
  const shared = outside.length === 0 ? [] : blastRadius(outside, await worktree.sourcesAt(tree, TERRAFORM_FILES));
  if (shared.length > 0) return { kind: 'refused', reasons: shared };

  for (const stack of stacks) {
    const problems = checkConfiguration(await configurationOf(worktree, tree, stack), await configurationOf(worktree, base, stack));
    if (problems.length > 0) return { kind: 'refused', reasons: problems };
  }
  return { kind: 'allowed', patch: { base, tree, files: changes.files.map(({ path }) => path), stacks } };
}

/** The files of a stack and of the local modules it uses, and those they use. */
async function configurationOf(worktree: Worktree, treeish: string, stack: string): Promise<SourceFile[]> {
  const files: SourceFile[] = [];
  const read = new Set<string>();
  for (let folders = [stack]; folders.length > 0; ) {
    for (const folder of folders) read.add(folder);
    files.push(...(await worktree.sourcesAt(treeish, folders.map((folder) => `:(literal)${folder === '' ? '.' : folder}`))));
    folders = localModuleSources(files).filter((folder) => ![...read].some((known) => folder === known || folder.startsWith(`${known}/`)));
  }
  return files;
}

import { posix } from 'node:path';
import { DIFF_ARGUMENTS, readChanges } from '../guard/changes.ts';
import type { Patch } from '../guard/changes.ts';
import { checkConfiguration } from '../guard/configuration.ts';
import { localModuleSources } from '../guard/module-sources.ts';
import { checkPatch } from '../guard/patch.ts';
import { programsOf } from '../guard/programs.ts';
import { usedFromOutside } from '../guard/shared-folders.ts';
import { blastRadius, references, stacksOf } from '../guard/stacks.ts';
import type { SourceFile } from '../guard/stacks.ts';
import { gitFailed } from '../host/git.ts';
import type { Worktree } from '../host/worktree.ts';
import { printable } from '../log.ts';
import type { Settings } from '../settings/schema.ts';

/** A change as the gates saw it: trees of git, so that what is applied and committed is what was gated. */
export interface GatedPatch {
  readonly base: string;
  readonly tree: string;
  readonly files: readonly string[];
  readonly stacks: readonly string[];
}

export type PatchVerdict = { readonly kind: 'allowed'; readonly patch: GatedPatch } | { readonly kind: 'empty' } | { readonly kind: 'refused'; readonly reasons: readonly string[] };

/** Far more than `max_changed_lines` of anything people write. Three forms of it are in memory at once. */
const MAX_PATCH_BYTES = 2 * 1024 * 1024;

const TERRAFORM_FILES = ['*.tf', '*.tf.json', '*.tofu', '*.hcl', '*.tfvars', '*.tftpl', '*.tpl', '*.tmpl'];

/** What no change may touch: the setting, and what planning and applying runs, whatever the setting says. */
export function protectedPaths(settings: Settings): string[] {
  return [...settings.protected_paths, ...programs(settings)];
}

function programs(settings: Settings): string[] {
  return programsOf([settings.plan_command, settings.show_command, settings.apply_command], settings.stacks);
}

/**
 * The gates before planning: the patch, where it landed, and the configuration that planning would run.
 * @param base commit the agent started from
 */
export async function gatePatch(worktree: Worktree, base: string, settings: Settings): Promise<PatchVerdict> {
  const snapshot = await worktree.snapshot(base);
  if ('unreadable' in snapshot) return { kind: 'refused', reasons: [`git cannot take up what the agent left: ${printable(snapshot.unreadable)}`] };
  return gateTree(worktree, base, snapshot.tree, settings);
}

/** The same for a change that is a tree of git already. */
export async function gateTree(worktree: Worktree, base: string, tree: string, settings: Settings): Promise<PatchVerdict> {
  const changes = await changesBetween(worktree, base, tree);
  if (changes === null) return { kind: 'refused', reasons: ['the patch is larger than 2 MiB'] };
  if (changes.files.length === 0 && changes.problems.length === 0) return { kind: 'empty' };
  const reasons = checkPatch(changes, {
    protectedPaths: protectedPaths(settings),
    maxFiles: settings.max_changed_files,
    maxLines: settings.max_changed_lines,
  });
  if (reasons.length > 0) return { kind: 'refused', reasons };

  const { stacks, outside } = stacksOf(changes.files, settings.stacks);
  const [sources, scripts] = await Promise.all([worktree.sourcesAt(tree, TERRAFORM_FILES), besidePrograms(worktree, base, settings)]);
  const shared = [...blastRadius(outside, sources), ...usedFromOutside(stacks, sources), ...references(outside, scripts)];
  if (shared.length > 0) return { kind: 'refused', reasons: shared };

  for (const stack of stacks) {
    const [after, before] = await Promise.all([configurationOf(worktree, tree, stack), configurationOf(worktree, base, stack)]);
    const problems = checkConfiguration(after, before);
    if (problems.length > 0) return { kind: 'refused', reasons: problems };
  }
  return { kind: 'allowed', patch: { base, tree, files: changes.files.map(({ path }) => path), stacks } };
}

/** What differs between two trees, `null` when that is too much to read. */
async function changesBetween({ git }: Worktree, base: string, tree: string): Promise<Patch | null> {
  const outputs: Record<keyof typeof DIFF_ARGUMENTS, string> = { raw: '', numstat: '', patch: '' };
  const kinds = ['raw', 'numstat', 'patch'] as const;
  const diffs = await Promise.all(
    kinds.map(async (kind) => {
      const words = ['diff', ...DIFF_ARGUMENTS[kind], base, tree];
      return { kind, words, result: await git.run(words, { maxOutputBytes: MAX_PATCH_BYTES, maxTotalBytes: MAX_PATCH_BYTES }) };
    }),
  );
  for (const { kind, words, result } of diffs) {
    if (result.truncated) return null;
    if (result.code !== 0) throw gitFailed(git.host, git.folder, words, result);
    outputs[kind] = result.stdout;
  }
  return readChanges(outputs);
}

/** The scripts beside the programs that plan and apply: what they name is run or read when planning, too. */
async function besidePrograms(worktree: Worktree, base: string, settings: Settings): Promise<SourceFile[]> {
  const folders = [...new Set(programs(settings).map((path) => posix.dirname(path).slice(1)))].filter((folder) => folder !== '' && !/[*?[{\\]/.test(folder));
  const files = await worktree.sourcesAt(base, folders.map((folder) => `:(literal)${folder}`));
  return files.filter(({ path }) => !/\.(?:md|txt)$/i.test(path));
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

import type { FileChange, Patch } from './changes.ts';
import { pathProblem, protectedMatcher, shown } from './paths.ts';
import { findSecrets } from './secrets.ts';

export interface PatchLimits {
  /** Patterns as in `protectedMatcher`; the default is `DEFAULT_PROTECTED_PATHS`. */
  readonly protectedPaths: readonly string[];
  readonly maxFiles: number;
  /** Added and deleted lines together. */
  readonly maxLines: number;
}

/** Left-to-right overrides and other marks that make a line look different from what a tool reads ("Trojan Source"). */
const MISLEADING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

/**
 * The patch gate: whether a patch may be planned at all.
 *
 * @returns why not, one line each, naming the file, never quoting what a line holds; empty when it may
 */
export function checkPatch(patch: Patch, limits: PatchLimits): string[] {
  const reasons = patch.problems.map((problem) => `the patch cannot be read: ${shown(problem)}`);
  if (patch.files.length === 0 && reasons.length === 0) return ['the patch is empty: nothing was changed'];
  if (patch.files.length > limits.maxFiles) {
    reasons.push(`the patch changes ${patch.files.length} files, more than max_changed_files (${limits.maxFiles})`);
  }
  const lines = patch.files.reduce((sum, file) => sum + file.added + file.deleted, 0);
  if (lines > limits.maxLines) {
    reasons.push(`the patch changes ${lines} lines, more than max_changed_lines (${limits.maxLines})`);
  }
  const protection = protectedMatcher(limits.protectedPaths);
  for (const file of patch.files) {
    const pattern = protection(file.path);
    if (pattern !== null) reasons.push(`${shown(file.path)}: is protected (${pattern})`);
    const problem = pathProblem(file.path);
    if (problem !== null) reasons.push(`${shown(file.path)}: ${problem}`);
    const kind = kindProblem(file);
    if (kind !== null) reasons.push(`${shown(file.path)}: ${kind}`);
    reasons.push(...lineProblems(file));
  }
  return reasons;
}

/** What a file is, as opposed to where it lies: only ordinary text files, changed in nothing but their text, pass. */
function kindProblem(file: FileChange): string | null {
  const modes = [file.oldMode, file.newMode];
  if (modes.includes('120000')) return 'is a symbolic link';
  if (modes.includes('160000')) return 'is a submodule or a repository of its own';
  if (file.status === 'U') return 'has merge conflicts';
  if (file.status === 'T') return 'changes its type';
  if (!['A', 'M', 'D'].includes(file.status)) return `is changed in an unknown way (${file.status})`;
  const isKnown = modes.every((mode) => ['000000', '100644', '100755'].includes(mode));
  if (!isKnown) return `has an unknown mode (${modes.join(' -> ')})`;
  if (file.status === 'A' && file.newMode === '100755') return 'is a new executable';
  if (file.status === 'M' && file.oldMode !== file.newMode) return `changes its mode (${modes.join(' -> ')})`;
  if (file.binary) return 'is a binary file';
  return null;
}

function lineProblems(file: FileChange): string[] {
  const reasons = findSecrets(file.addedLines).map(({ line, kind }) => `${shown(file.path)}:${line}: looks like ${kind}`);
  const misleading = file.addedLines.find(({ text }) => MISLEADING.test(text));
  if (misleading) {
    reasons.push(`${shown(file.path)}:${misleading.line}: has invisible characters that change how the line is shown`);
  }
  return reasons;
}

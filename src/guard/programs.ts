import { posix } from 'node:path';

/**
 * Files of the repository that the commands of the settings run or read: whoever may change them decides what planning runs.
 *
 * @param commands plan_command, show_command and apply_command, with `{root}`, `{stack}` and `{plan}` in them; they run in the folder of
 *   a stack, so that words without `{root}` are relative to it
 * @param stacks the globs of the stacks' folders
 * @returns patterns as in `protectedMatcher`, anchored, each once; nothing for what is a stack's folder itself or lies outside
 */
export function programsOf(commands: readonly string[], stacks: readonly string[]): string[] {
  const folders = stacks.map((glob) => glob.trim().replace(/^\.?\//, '').replace(/\/+$/, '')).filter((glob) => glob !== '');
  const words = commands.flatMap((command) => command.split(/[\s'"`();|&<>$]+/)).map((word) => word.replace(/^.*=/, ''));
  // A plain word (`terraform`, `plan`) is a program of the host or its argument.
  const paths = words.filter((word) => /[/.]/.test(word) && !word.startsWith('-') && !word.includes('{plan}'));
  const patterns = paths.flatMap((word) => folders.map((folder) => placeOf(word, folder)));
  return [...new Set(patterns.flatMap((pattern) => (pattern === null ? [] : [`/${pattern}`])))].sort();
}

/** Where a word lies in the repository, seen from one stack; `null` when that is outside, the stack's folder itself or one above it. */
function placeOf(word: string, stack: string): string | null {
  const isFromRoot = word.startsWith('{root}/');
  if (word.startsWith('/') || word.startsWith('~') || (word.includes('{root}') && !isFromRoot)) return null;
  const literal = word
    .replace(/^\{root\}\//, '')
    .replaceAll(/[*?[\]()!+@\\{}]/g, '\\$&')
    .replaceAll('\\{stack\\}', stack);
  const path = posix.normalize(isFromRoot ? literal : posix.join(stack, literal)).replace(/\/$/, '');
  return path === '.' || path.startsWith('..') || path === stack || stack.startsWith(`${path}/`) ? null : path;
}

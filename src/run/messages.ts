import { posix } from 'node:path';
import { cut, printable } from '../log.ts';
import type { PostMortem, Todo } from '../postmortem/model.ts';

/** Commit messages (design 7), and reading what they say. */

export const TODO_TRAILER = 'Post-Mortem-Todo';
/** A TODO of which only a part could be applied: recorded, and not done. */
export const PARTIAL_TRAILER = 'Post-Mortem-Todo-Partial';
const SKIP_TAG = '[ci skip]';
const MAX_ACTION = 150;

/** `PM-2026-04-14`, or `PM-<file name>` for a post-mortem without a date. */
export function reference(postMortem: Pick<PostMortem, 'date' | 'file'>): string {
  return `PM-${postMortem.date ?? posix.basename(postMortem.file, posix.extname(postMortem.file)).replaceAll(/[^\w.-]+/g, '-')}`;
}

/**
 * The message of a TODO's commit.
 * @param notes facts for the body, one line each
 * @param ci `skip`: applied already, the repository's CI must not run (and a push would cancel the running pipeline); `run`: it applies
 */
export function fixMessage(
  todo: Todo,
  postMortem: Pick<PostMortem, 'date' | 'file'>,
  options: { readonly notes: readonly string[]; readonly ci: 'skip' | 'run'; readonly state: 'done' | 'partial' },
): string {
  const body = [...options.notes.map(harmless), ...(options.ci === 'skip' ? ['', SKIP_TAG] : [])].join('\n').trim();
  return [
    `fix(post-mortem): ${subject(todo.action)} [${reference(postMortem)}]`,
    ...(body === '' ? [] : [body]),
    [
      `Post-Mortem: ${todo.file}`,
      `${options.state === 'done' ? TODO_TRAILER : PARTIAL_TRAILER}: ${todo.id}`,
      'Co-Authored-By: postmortem-todo-resolver <postmortem-todo-resolver@localhost>',
    ].join('\n'),
  ].join('\n\n');
}

/** The message of the commit that updates the post-mortems. */
export function docsMessage(postMortems: readonly Pick<PostMortem, 'date' | 'file'>[], ci: 'skip' | 'run'): string {
  const references = [...new Set(postMortems.map(reference))];
  const named = references.length <= 3 ? references.map((name) => `[${name}]`).join(' ') : `[${references.length} post-mortems]`;
  const files = postMortems.map(({ file }) => `Post-Mortem: ${file}`).join('\n');
  return `docs: update post-mortem follow-up ${named}${ci === 'skip' ? ` ${SKIP_TAG}` : ''}\n\n${files}\n`;
}

/** An action as a commit's subject: one line, first letter lowered unless it begins an acronym, a name with capitals or code. */
function subject(action: string): string {
  const line = harmless(action).slice(0, MAX_ACTION + 1);
  const short = line.length > MAX_ACTION ? `${cut(line, MAX_ACTION - 1).trimEnd()}…` : line;
  const [first = ''] = short.split(/[\s(:]/);
  return /^\p{Lu}[\p{Ll}'’-]*$/u.test(first) ? short.charAt(0).toLowerCase() + short.slice(1) : short;
}

/** Text from a document or a model in a commit message: one line, nothing invisible, and no tag that Woodpecker would act on. */
function harmless(text: string): string {
  return printable(text).replaceAll(/\s+/g, ' ').replaceAll(/\[(\s*(?:ci *skip|skip *ci)\s*)\]/gi, '($1)').trim();
}

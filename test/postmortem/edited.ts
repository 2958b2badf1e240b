/** What the tests of the editor share: entries, and a check of what an edit changed that knows nothing of how it is made. */
import type { FollowUpEntry, Todo } from '../../src/postmortem/model.ts';
import { parsePostMortem } from '../../src/postmortem/parse.ts';
import { outlineOf } from '../../src/postmortem/outline.ts';

export const file = 'docs/post-mortems/2026-04-14-x.md';

export function doneEntry(todo: Todo, id = '35646841aaaabbbbccccddddeeeeffff00001111'): FollowUpEntry {
  return { kind: 'done', todo, date: '2026-04-14', commit: { id, url: `https://forge.example/infra/commit/${id}` }, implementedBy: 'postmortem-todo-resolver' };
}

export function reviewEntry(todo: Todo, reason = 'the plan destroys aws_s3_bucket.logs'): FollowUpEntry {
  return { kind: 'review', todo, reason };
}

/** The TODO whose action begins so. */
export function todoOf(text: string, action: string): Todo {
  const todo = parsePostMortem(text, file).todos.find((each) => each.action.startsWith(action));
  if (todo === undefined) {
    throw new Error(`no TODO begins with "${action}"`);
  }
  return todo;
}

/** Lines with their endings: joined they are the text. */
export function linesOf(text: string): string[] {
  return text.match(/[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+$/g) ?? [];
}

/**
 * What is not as it should be after an edit: every line of the text is there, in its order and byte for byte, but for one block of new
 * lines, and for the status cells of the TODOs in `closed`, and rows of the Follow-up table in `replaced`.
 * @param replaced 1-based numbers of lines that may differ
 */
export function strayChanges(before: string, after: string, closed: readonly Todo[], replaced: readonly number[] = []): string[] {
  const old = linesOf(before);
  const now = linesOf(after);
  const same = (index: number, line: string | undefined): boolean => {
    const was = old[index] ?? '';
    const todo = closed.find((each) => each.line === index + 1);
    if (line === undefined) {
      return false;
    }
    // The last line gets an ending when something is added below it.
    const isLast = index === old.length - 1 && !/[\r\n]$/.test(was);
    const bare = isLast ? line.replace(/[\r\n]+$/, '') : line;
    return bare === was || replaced.includes(index + 1) || (todo !== undefined && differsInStatusOnly(before, was, bare, todo));
  };
  let top = 0;
  while (top < old.length && same(top, now[top])) {
    top++;
  }
  let bottom = 0;
  while (bottom < old.length - top && same(old.length - 1 - bottom, now[now.length - 1 - bottom])) {
    bottom++;
  }
  return old.slice(top, old.length - bottom).map((line, index) => `line ${top + index + 1} was ${JSON.stringify(line)}`);
}

function differsInStatusOnly(text: string, was: string, line: string, todo: Todo): boolean {
  const at = todo.statusRange?.start ?? -1;
  const rows = outlineOf(text).blocks.flatMap((block) => (block.kind === 'table' ? block.table.rows : []));
  const row = rows.find(({ line: each }) => each === todo.line);
  const cell = row?.cells.find(({ full }) => full.start <= at && at < full.end);
  if (row === undefined || cell === undefined) {
    return false;
  }
  const lineStart = row.range.start - row.column + 1;
  return line.startsWith(was.slice(0, cell.full.start - lineStart)) && line.endsWith(was.slice(cell.full.end - lineStart));
}

/** Sets the status of table rows to `Done`. */
import { applyEdits, type SourceEdit } from './source-edits.ts';
import { fillCell } from './cell.ts';
import { cellAt, rowsByLine } from './places.ts';
import { parsePostMortem } from './parse.ts';
import type { Todo } from './model.ts';

const done = 'Done';

/**
 * The document with these TODOs done. Only the status is replaced: `TODO (see #12)` becomes `Done (see #12)`. What follows it goes
 * too where it continues the status (`Not yet started`) or would re-open the row (`Done (kubectl, needs TF)`). Rows that are not
 * open, and TODOs outside tables, stay as they are.
 * @param ids of TODOs as the parser gives them for this very text
 */
export function markDone(text: string, file: string, ids: ReadonlySet<string>): string {
  let marked = text;
  for (const rewrite of [withTail, withoutTail, alone]) {
    const open = parsePostMortem(marked, file).todos.filter(({ id, state }) => ids.has(id) && state === 'open');
    if (open.length === 0) {
      break;
    }
    marked = applyEdits(marked, statusEdits(marked, open, rewrite));
  }
  return marked;
}

/** A status cell in its three parts. */
interface StatusParts {
  readonly before: string;
  readonly after: string;
}

type Rewrite = (parts: StatusParts) => string;

function withTail({ before, after }: StatusParts): string {
  return /^[*_~`]*\s+[\p{L}\p{N}]/u.test(after) ? withoutTail({ before, after }) : before + done + after;
}

function withoutTail({ before, after }: StatusParts): string {
  const opening = /[*_~`]+$/.exec(before)?.[0] ?? '';
  const closing = [...opening].reverse().join('');
  return after.startsWith(closing) || after.endsWith(closing) ? before + done + closing : before.slice(0, before.length - opening.length) + done;
}

function alone(): string {
  return done;
}

function statusEdits(text: string, todos: readonly Todo[], rewrite: Rewrite): SourceEdit[] {
  const rows = rowsByLine(text);
  return todos.flatMap(({ line, statusRange }) => {
    const place = statusRange === null ? null : cellAt(rows.get(line), statusRange.start);
    if (statusRange === null || place === null) {
      return [];
    }
    const { content } = place.cell;
    const parts = { before: text.slice(content.start, statusRange.start), after: text.slice(statusRange.end, content.end) };
    return [fillCell(text, place.table, place.column, place.cell, rewrite(parts))];
  });
}

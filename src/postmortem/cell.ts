/** The content of table cells: escaping what goes in, and replacing it without disturbing the columns of an aligned table. */
import type { SourceEdit } from './source-edits.ts';
import type { SourceRange } from './model.ts';
import type { Table, TableCell } from './table.ts';
import { textWidth } from './text-width.ts';

/**
 * Markdown of one or more lines as it may stand in a cell. What a cell holds already comes out as it is; a pipe is escaped also in
 * code spans, as GFM demands ("it is possible to include a pipe in a cell's content by escaping it, including inside other inline spans").
 */
export function cellOfMarkdown(markdown: string): string {
  return markdown
    .replaceAll(/\s*[\r\n]+\s*/g, ' ')
    .replaceAll(/\\[\\|]|\|/g, (found) => (found === '|' ? '\\|' : found))
    .trim();
}

/**
 * Text from outside as a cell that shows exactly this text: one line, no Markdown or HTML acts, no comment begins or ends, control
 * characters and direction overrides are dropped.
 * @param limit characters after which it is cut
 */
export function cellOfText(text: string, limit = 300): string {
  const line = text
    .slice(0, limit * 8)
    .replaceAll(/\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|.)/g, '')
    .replaceAll(/[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, '')
    .replaceAll(/[\s\u0000-\u001f\u007f-\u009f]+/g, ' ')
    .trim();
  const characters = [...line];
  const short = characters.length > limit ? `${characters.slice(0, limit - 1).join('').trimEnd()}…` : line;
  return short
    .replaceAll(/[\\`*[\]<>|~]/g, '\\$&')
    .replaceAll(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\\_')
    .replaceAll(/&(?=#?\w+;)/g, '\\&');
}

/** A commit as people read it: its first 8 digits as code, linked when there is a web address; a dash when there is no commit. */
export function cellOfCommit(commit: { readonly id: string; readonly url: string | null }): string {
  const digits = commit.id.replaceAll(/[^\w-]/g, '').slice(0, 8);
  if (digits === '') {
    return '—';
  }
  const short = `\`${digits}\``;
  const url = commit.url ?? '';
  return /^https?:\/\/\S+$/.test(url) ? `[${short}](${url.replaceAll(/[|<>()[\]\\`"'*]/g, percentEncoded)})` : short;
}

function percentEncoded(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

/**
 * The columns between the pipes when a table is aligned there: its header, its alignment row and every row have the same width.
 * `null` when they do not, or when there is no row to tell by.
 */
export function alignedWidth(text: string, table: Table, column: number): number | null {
  const known = widths.get(table) ?? new Map<number, number | null>();
  widths.set(table, known);
  const width = known.has(column) ? (known.get(column) ?? null) : measuredWidth(text, table, column);
  known.set(column, width);
  return width;
}

/** Measured once: a table of thousands of rows may have each of them edited. */
const widths = new WeakMap<Table, Map<number, number | null>>();

function measuredWidth(text: string, table: Table, column: number): number | null {
  const body = table.rows.filter(({ kind }) => kind === 'body');
  const cells = [table.header, table.alignment, ...body].map((row) => row.cells[column]);
  const parts = cells.map((cell) => (cell === undefined ? '\t' : text.slice(cell.full.start, cell.full.end)));
  if (body.length === 0 || parts.some((part) => part.includes('\t'))) {
    return null;
  }
  const measured = new Set(parts.map(textWidth));
  return measured.size === 1 ? ([...measured][0] ?? null) : null;
}

/** Content with padding around it: to the column's width when that is known and enough, else one blank on each side. */
export function padded(content: string, width: number | null): string {
  return ` ${content}${' '.repeat(Math.max(0, (width ?? 0) - textWidth(content) - 2))} `;
}

/** The edit that puts `content` into a cell; padding and column width stay where they can. */
export function fillCell(text: string, table: Table, column: number, cell: TableCell, content: string): SourceEdit {
  const { full } = cell;
  if (cell.content.start === cell.content.end) {
    return { range: full, text: padded(content, Math.max(alignedWidth(text, table, column) ?? 0, textWidth(slice(text, full)))) };
  }
  const width = alignedWidth(text, table, column);
  if (width === null) {
    return { range: cell.content, text: content };
  }
  const left = cell.content.start - full.start;
  const right = full.end - cell.content.end;
  const free = width - textWidth(content);
  const isRight = /^-+:$/.test(slice(text, table.alignment.cells[column]?.content ?? { start: 0, end: 0 }));
  const kept = isRight ? Math.min(right, free - Math.min(1, left)) : Math.min(left, free - Math.min(1, right));
  const [before, after] = isRight ? [free - kept, kept] : [kept, free - kept];
  return kept < 0 || before < Math.min(1, left) || after < Math.min(1, right)
    ? { range: full, text: ' '.repeat(Math.min(1, left)) + content + ' '.repeat(Math.min(1, right)) }
    : { range: full, text: ' '.repeat(before) + content + ' '.repeat(after) };
}

function slice(text: string, range: SourceRange): string {
  return text.slice(range.start, range.end);
}

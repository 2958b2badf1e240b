/**
 * Tables that are almost ones. People leave out the alignment row or a cell of it, or cut a table in two with a blank line or a
 * comment; a renderer then shows text full of pipes. Here their rows are found all the same, so that none is lost silently.
 */
import { alignmentCells, rowOf, splitRow, tableOf, type TableRow } from './table.ts';
import type { Block, Paragraph, TableBlock } from './outline.ts';
import type { SourceRange } from './model.ts';

/** The blocks with pipe-ridden paragraphs turned into tables, or into orphan rows of the table above them. */
export function looseTables(text: string, blocks: readonly Block[]): Block[] {
  const result: Block[] = [];
  let above: TableBlock | null = null;
  for (const block of blocks) {
    if (block.kind !== 'paragraph') {
      above = block.kind === 'table' ? block : null;
      result.push(block);
      continue;
    }
    const starts = startsWithPipe(text, block.lines[0]);
    const orphans = starts && above !== null ? rowsOf(text, block, 0, 'orphan').filter(({ cells }) => cells.length > 1) : [];
    if (above !== null && orphans.length > 0) {
      above = { kind: 'table', table: { ...above.table, rows: [...above.table.rows, ...orphans] } };
      result[result.findLastIndex(({ kind }) => kind === 'table')] = above;
      continue;
    }
    above = malformedTable(text, block);
    result.push(above ?? block);
  }
  return result;
}

/** A table without alignment row, or with one that does not fit its header. */
function malformedTable(text: string, paragraph: Paragraph): TableBlock | null {
  const { lines } = paragraph;
  const aligned = lines.findIndex(({ start, end }, index) => index > 0 && alignmentCells(text, start, end) > 0);
  if (aligned > 0 && piped(text, lines[aligned - 1])) {
    const [header, alignment, ...rows] = rowsOf(text, paragraph, aligned - 1, 'body');
    const isTable = header !== undefined && alignment !== undefined;
    return isTable ? { kind: 'table', table: tableOf(text, header, alignment, rows) } : null;
  }
  const isRow = (line: SourceRange): boolean => startsWithPipe(text, line) && splitRow(text, line.start, line.end).length > 1;
  const whole = lines.length > 1 && lines.every(isRow);
  const [header, ...rows] = whole ? rowsOf(text, paragraph, 0, 'body') : [];
  if (header === undefined) {
    return null;
  }
  const none = { start: header.range.end, end: header.range.end };
  const alignment: TableRow = { line: header.line, column: header.column, range: none, cells: [], kind: 'body' };
  return { kind: 'table', table: tableOf(text, header, alignment, rows) };
}

function rowsOf(text: string, paragraph: Paragraph, from: number, kind: TableRow['kind']): TableRow[] {
  return paragraph.lines.slice(from).map((line, index) => rowOf(text, line, paragraph.line + from + index, kind));
}

function startsWithPipe(text: string, line: SourceRange | undefined): boolean {
  return line !== undefined && text.charCodeAt(line.start) === 0x7c;
}

function piped(text: string, line: SourceRange | undefined): boolean {
  return line !== undefined && text.slice(line.start, line.end).includes('|');
}

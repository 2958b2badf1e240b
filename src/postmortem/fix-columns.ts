/** Adds the template's columns to an action table. */
import { alignedWidth, cellOfText, padded } from './cell.ts';
import { missingColumns, type TemplateColumn } from './lint-table-rules.ts';
import { roleOf } from './columns.ts';
import type { ActionTable } from './lint-document.ts';
import type { SourceEdit } from './source-edits.ts';
import type { Table, TableRow } from './table.ts';
import { textWidth } from './text-width.ts';
import type { Todo } from './model.ts';

/**
 * The edits that add the columns a table lacks, each where the template has it. Empty when it lacks none, or when the table
 * has no outer pipes or rows of different lengths: those a person has to put right first.
 */
export function columnEdits(text: string, table: ActionTable): SourceEdit[] {
  const names = missingColumns(table);
  if (names.length === 0 || table.rows.length === 0 || !isRegular(text, table.table)) {
    return [];
  }
  const todos = new Map(table.rows.map(({ todo, row }) => [row, todo]));
  const { header, alignment, rows, columns } = table.table;
  const isAligned = columns.every((_, index) => alignedWidth(text, table.table, index) !== null);
  const dashes = /^\s/.test(text.slice(alignment.cells[0]?.full.start, alignment.cells[0]?.full.end)) ? ' ' : '-';
  return names.flatMap((name) => {
    const contents = rows.map((row) => contentOf(name, todos.get(row)));
    const width = Math.max(...[name, ...(isAligned ? contents : [])].map(textWidth)) + 2;
    const before = positionOf(name, table);
    return [
      inserted(header, before, padded(name, width)),
      inserted(alignment, before, `${dashes}${'-'.repeat(width - 2)}${dashes}`),
      ...rows.map((row, index) => inserted(row, before, padded(contents[index] ?? '', isAligned ? width : null))),
    ];
  });
}

/** What the row counts as already; nothing where that would be a decision. */
function contentOf(name: TemplateColumn, todo: Todo | undefined): string {
  return todo === undefined ? '' : name === 'Priority' ? todo.priority : name === 'Type' ? cellOfText(todo.type ?? '') : '';
}

/** Whether every row starts and ends with a pipe and has a cell for each column. */
function isRegular(text: string, table: Table): boolean {
  return (
    table.wellFormed &&
    [table.header, table.alignment, ...table.rows].every(
      ({ cells, range, kind }) =>
        kind === 'body' &&
        cells.length === table.columns.length &&
        text.charAt(range.start) === '|' &&
        (cells.at(-1)?.full.end ?? range.end) < range.end,
    )
  );
}

/** The index of the column a new one is put before; the number of columns when it comes last. */
function positionOf(name: TemplateColumn, { table, shape }: ActionTable): number {
  const type = table.columns.findIndex((column) => roleOf(column) === 'type');
  switch (name) {
    case 'Priority':
      return shape.action;
    case 'Type':
      return shape.action + 1;
    case 'Details':
      return (type === -1 ? shape.action : type) + 1;
    case 'Status':
      return table.columns.length;
  }
}

function inserted({ cells }: TableRow, before: number, cell: string): SourceEdit {
  const at = cells[before]?.full.start ?? (cells.at(-1)?.full.end ?? 0) + 1;
  return { range: { start: at, end: at }, text: `${cell}|` };
}

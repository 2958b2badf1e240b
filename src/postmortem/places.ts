/** Finds the cell a TODO was read from. */
import type { Table, TableCell, TableRow } from './table.ts';
import { tablesOf } from './outline.ts';

export interface RowPlace {
  readonly table: Table;
  readonly row: TableRow;
}

export interface CellPlace extends RowPlace {
  readonly column: number;
  readonly cell: TableCell;
}

/** All rows of a document's tables by their 1-based line. */
export function rowsByLine(text: string): Map<number, RowPlace> {
  return new Map(tablesOf(text).flatMap((table) => table.rows.map((row) => [row.line, { table, row }])));
}

/** The cell of a row that holds the character at `offset`. */
export function cellAt(place: RowPlace | undefined, offset: number): CellPlace | null {
  const column = place?.row.cells.findIndex(({ full }) => full.start <= offset && offset < full.end) ?? -1;
  const cell = place?.row.cells[column];
  return place === undefined || cell === undefined ? null : { ...place, column, cell };
}

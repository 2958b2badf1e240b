/** A post-mortem as the lint rules see it: what was read, and which cell of which table it was read from. */
import { isFollowUpTable, shapeOf, type TableShape } from './shape.ts';
import { MarkdownDocument, type Spot } from './document.ts';
import { outlineOf } from './outline.ts';
import { parsePostMortem } from './parse.ts';
import { placesOf, type Place } from './place.ts';
import type { PostMortem, Todo } from './model.ts';
import type { Table, TableCell, TableRow } from './table.ts';

/** A row that was read as a TODO. */
export interface LintRow {
  readonly todo: Todo;
  readonly row: TableRow;
  readonly shape: TableShape;
  readonly table: Table;
}

export interface ActionTable {
  readonly table: Table;
  readonly shape: TableShape;
  readonly rows: readonly LintRow[];
}

export class LintDocument {
  readonly postMortem: PostMortem;
  readonly markdown: MarkdownDocument;
  /** Places of the blocks of `markdown.outline`. */
  readonly places: readonly Place[];
  readonly tables: readonly ActionTable[];
  readonly logs: readonly Table[];

  constructor(text: string, file: string) {
    this.postMortem = parsePostMortem(text, file);
    this.markdown = new MarkdownDocument(text, file, outlineOf(text));
    this.places = placesOf(this.markdown);
    const todos = new Map(this.postMortem.todos.filter(({ source }) => source === 'table').map((todo) => [todo.line, todo]));
    const tables: ActionTable[] = [];
    const logs: Table[] = [];
    for (const [index, block] of this.markdown.outline.blocks.entries()) {
      const section = this.places[index]?.section ?? 'unknown';
      if (block.kind !== 'table') {
        continue;
      }
      const { table } = block;
      if (isFollowUpTable(table, section)) {
        logs.push(table);
        continue;
      }
      const shape = shapeOf(table, section, (range) => this.markdown.slice(range));
      if (shape !== null) {
        const rows = table.rows.flatMap((row) => {
          const todo = todos.get(row.line);
          return todo === undefined ? [] : [{ todo, row, shape, table }];
        });
        tables.push({ table, shape, rows });
      }
    }
    this.tables = tables;
    this.logs = logs;
  }

  /** The rows of all action tables. */
  get rows(): readonly LintRow[] {
    return this.tables.flatMap(({ rows }) => rows);
  }

  /** A cell's plain text; empty when there is no such cell. */
  cellText(row: TableRow, column: number | null): string {
    const cell = column === null ? undefined : row.cells[column];
    return cell === undefined ? '' : this.markdown.plain(this.markdown.slice(cell.content));
  }
}

/** Where a cell's content starts, or the row when it has no such cell. */
export function cellSpot(row: TableRow, column: number | null): Spot {
  const cell: TableCell | undefined = column === null ? undefined : row.cells[column];
  if (cell === undefined) {
    return row;
  }
  const at = cell.content.start === cell.content.end ? cell.full.start : cell.content.start;
  return { line: row.line, column: row.column + at - row.range.start };
}

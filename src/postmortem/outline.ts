/**
 * The blocks of a document that matter here, with exact source positions: headings, tables, list items, paragraphs. What Markdown
 * hides (fenced and indented code, HTML blocks and comments, front matter) is left out.
 */
import { looseTables } from './loose-tables.ts';
import { scanBlocks } from './scanner.ts';
import type { SourceRange } from './model.ts';
import type { Table } from './table.ts';

export interface Heading {
  readonly kind: 'heading';
  readonly line: number;
  readonly level: number;
  /** Its text as written, without `#` marks and underline. */
  readonly text: string;
}

export interface Paragraph {
  readonly kind: 'paragraph';
  readonly line: number;
  /** Its lines without indentation and quote marks. */
  readonly lines: readonly SourceRange[];
  /** The innermost list item it lies in. */
  readonly item: ListItem | null;
}

export interface ListItem {
  readonly kind: 'item';
  readonly line: number;
  readonly column: number;
  /** The list item it lies in. */
  readonly parent: ListItem | null;
  /** Lines of its first paragraph, without marker and indentation; empty when the item starts with another block. */
  readonly lines: readonly SourceRange[];
  /** How many list items and tables lie directly in it. */
  readonly children: number;
}

export interface TableBlock {
  readonly kind: 'table';
  readonly table: Table;
}

export type Block = Heading | Paragraph | ListItem | TableBlock;

export interface Outline {
  /** In document order. */
  readonly blocks: readonly Block[];
  /** Link reference definitions as written, needed to read `[text][reference]`. */
  readonly definitions: readonly string[];
  /** First line deeper than `nestingCap` quotes and list items, whose markers are then read as text; `null` when there is none. */
  readonly tooDeepLine: number | null;
}

/** Finds the blocks of a document in one pass, in time linear in its length. */
export function outlineOf(text: string): Outline {
  const outline = scanBlocks(text);
  return { ...outline, blocks: looseTables(text, outline.blocks) };
}

/** All tables of a document in document order, those with a broken header or stray rows included. */
export function tablesOf(text: string): Table[] {
  return outlineOf(text).blocks.flatMap((block) => (block.kind === 'table' ? [block.table] : []));
}

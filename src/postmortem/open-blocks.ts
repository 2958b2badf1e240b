/** The blocks still open while a document is scanned: the containers around the current line and the leaf they end in. */
import { isDefinition } from './marks.ts';
import { tableOf, type TableRow } from './table.ts';
import type { Block, ListItem } from './outline.ts';
import type { SourceRange } from './model.ts';

interface OpenItem extends ListItem {
  lines: readonly SourceRange[];
  children: number;
}

interface Container {
  /** `null` for a quote. */
  readonly item: OpenItem | null;
  /** 0-based column an item's content starts at. */
  readonly indent: number;
  /** Whether a block was seen in it. */
  filled: boolean;
}

export interface OpenParagraph {
  readonly kind: 'paragraph';
  line: number;
  /** Empty as long as it holds nothing but link reference definitions. */
  readonly lines: SourceRange[];
  /** The innermost item around it. */
  readonly item: OpenItem | null;
  /** Whether it is that item's first block and so its text. */
  readonly isItemText: boolean;
}

/** Fenced code or an HTML block: only its end matters. */
export type OpenHidden =
  | { readonly kind: 'fence'; readonly mark: number; readonly length: number }
  | { readonly kind: 'html'; readonly end: RegExp | 'blank-line' };

export interface OpenTable {
  readonly kind: 'table';
  readonly header: TableRow;
  readonly alignment: TableRow;
  readonly rows: TableRow[];
}

export class OpenBlocks {
  readonly containers: Container[] = [];
  leaf: OpenParagraph | OpenHidden | OpenTable | null = null;
  /** Closed blocks in document order. */
  readonly blocks: Block[] = [];
  readonly definitions: string[] = [];
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** Begins a block in the container at depth `matched`: what the line does not continue is closed. */
  enter(matched: number): void {
    this.closeLeaf();
    this.leaveTo(matched);
    this.fill();
  }

  leaveTo(depth: number): void {
    if (this.containers.length > depth) {
      this.containers.length = depth;
    }
  }

  openQuote(): void {
    this.containers.push({ item: null, indent: 0, filled: false });
  }

  /** @param indent 0-based column its content starts at */
  openItem(line: number, column: number, indent: number): void {
    const parent = this.innermostItem();
    if (parent !== null) {
      parent.children++;
    }
    const item: OpenItem = { kind: 'item', line, column, parent, lines: [], children: 0 };
    this.blocks.push(item);
    this.containers.push({ item, indent, filled: false });
  }

  /** Opens a paragraph in the innermost container and adds its first line. */
  openParagraph(line: number, range: SourceRange): void {
    const top = this.containers.at(-1);
    const isItemText = top !== undefined && top.item !== null && !top.filled;
    this.fill();
    const paragraph: OpenParagraph = { kind: 'paragraph', line, lines: [], item: this.innermostItem(), isItemText };
    this.leaf = paragraph;
    this.addLine(paragraph, line, range);
  }

  /** Link reference definitions at the start of a paragraph are no part of it (4.7). */
  addLine(paragraph: OpenParagraph, line: number, range: SourceRange): void {
    if (paragraph.lines.length === 0) {
      const isBracketed = this.text.charCodeAt(range.start) === 0x5b;
      if (isBracketed && isDefinition(this.text.slice(range.start, range.end))) {
        this.definitions.push(this.text.slice(range.start, range.end));
        return;
      }
      paragraph.line = line;
    }
    paragraph.lines.push(range);
  }

  /** Takes the last line from a paragraph as a table's header. */
  openTable(paragraph: OpenParagraph, header: TableRow, alignment: TableRow): void {
    paragraph.lines.pop();
    this.closeLeaf();
    if (paragraph.item !== null) {
      paragraph.item.children++;
    }
    this.leaf = { kind: 'table', header, alignment, rows: [] };
  }

  closeLeaf(): void {
    const { leaf } = this;
    this.leaf = null;
    if (leaf?.kind === 'table') {
      this.blocks.push({ kind: 'table', table: tableOf(this.text, leaf.header, leaf.alignment, leaf.rows) });
    } else if (leaf?.kind === 'paragraph' && leaf.lines.length > 0) {
      if (leaf.isItemText && leaf.item !== null) {
        leaf.item.lines = leaf.lines;
      } else {
        this.blocks.push({ kind: 'paragraph', line: leaf.line, lines: leaf.lines, item: leaf.item });
      }
    }
  }

  private fill(): void {
    const top = this.containers.at(-1);
    if (top !== undefined) {
      top.filled = true;
    }
  }

  private innermostItem(): OpenItem | null {
    return this.containers.findLast(({ item }) => item !== null)?.item ?? null;
  }
}

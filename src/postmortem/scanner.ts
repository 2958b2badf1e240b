/**
 * Finds the blocks of a document in one pass over its lines. Containers follow CommonMark (quotes, list items, lazy lines), tables
 * GFM; `blocksOfTree` says the same from mdast, and a differential test holds the two together. Time is linear in the text's length.
 */
import { alignmentCells, rowOf, splitRow, tableOf, type TableRow } from './table.ts';
import { fenceLength, headingLevel, htmlEnd, isBlankRest, isDefinition, isDigit, isThematicBreak, listMarkerEnd, trimmedEnd } from './marks.ts';
import { eachLine, frontMatterOf } from './lines.ts';
import type { Block, ListItem, Outline } from './outline.ts';
import type { SourceRange } from './model.ts';

/** Quotes and list items deeper than this are text: Markdown parsers need cubic time for deep nesting, and no person writes it. */
export const nestingCap = 32;

interface MutableItem extends ListItem {
  lines: readonly SourceRange[];
  children: number;
}

interface Container {
  /** `null` for a quote. */
  readonly item: MutableItem | null;
  /** 0-based column an item's content starts at. */
  readonly indent: number;
  /** Whether a block was seen in it. */
  filled: boolean;
}

interface OpenParagraph {
  readonly kind: 'paragraph';
  line: number;
  /** Empty as long as it holds nothing but link reference definitions. */
  readonly lines: SourceRange[];
  /** The innermost item around it. */
  readonly item: MutableItem | null;
  /** Whether it is that item's first block and so its text. */
  readonly isItemText: boolean;
}

type Leaf =
  | OpenParagraph
  | { readonly kind: 'fence'; readonly mark: number; readonly length: number }
  | { readonly kind: 'html'; readonly end: RegExp | 'blank-line' }
  | { readonly kind: 'table'; readonly header: TableRow; readonly alignment: TableRow; readonly rows: TableRow[] };

/** The blocks as Markdown defines them; `outlineOf` is what callers want. */
export function scanBlocks(text: string): Outline {
  return new Scanner(text).scan();
}

class Scanner {
  private readonly text: string;
  private readonly blocks: Block[] = [];
  private readonly definitions: string[] = [];
  private readonly stack: Container[] = [];
  private leaf: Leaf | null = null;
  private tooDeepLine: number | null = null;
  /** The current line, and the position reached in it with its 0-based column (tabs stop at every fourth). */
  private line = 0;
  private lineStart = 0;
  private end = 0;
  private at = 0;
  private column = 0;

  constructor(text: string) {
    this.text = text;
  }

  scan(): Outline {
    const hidden = frontMatterOf(this.text)?.end ?? -1;
    eachLine(this.text, (start, end, line) => {
      if (end > hidden) {
        this.line = line;
        this.lineStart = start;
        this.end = end;
        this.at = start === 0 && this.text.charCodeAt(0) === 0xfeff ? 1 : start;
        this.column = 0;
        this.readLine();
      }
    });
    this.closeLeaf();
    return { blocks: this.blocks, definitions: this.definitions, tooDeepLine: this.tooDeepLine };
  }

  private readLine(): void {
    const matched = this.matchContainers();
    if (this.leaf?.kind === 'fence' || this.leaf?.kind === 'html') {
      if (matched === this.stack.length) {
        this.continueHidden(this.leaf);
        return;
      }
      this.leaf = null;
    }
    if (this.peekBlanks() >= this.end) {
      this.closeLeaf();
      if (this.stack.length > 0) {
        this.stack.length = this.matchedOnBlank(matched);
      }
      return;
    }
    this.readBlocks(matched);
  }

  /** How many of the open containers the line continues; the position moves behind their marks. */
  private matchContainers(): number {
    for (let index = 0; index < this.stack.length; index++) {
      const container = this.stack[index];
      const { at, column } = this;
      const next = this.skipBlanks();
      const continues =
        container === undefined || container.item === null
          ? this.column - column <= 3 && next < this.end && this.text.charCodeAt(next) === 0x3e
          : next >= this.end || this.column >= container.indent;
      if (!continues) {
        this.at = at;
        this.column = column;
        return index;
      }
      if (container === undefined || container.item === null) {
        this.skipQuoteMark();
      } else if (next < this.end) {
        this.at = at;
        this.column = column;
        this.moveTo(container.indent);
      }
    }
    return this.stack.length;
  }

  /** An item whose first line is empty ends at the next blank line. */
  private matchedOnBlank(matched: number): number {
    const empty = this.stack.findIndex(({ item, filled }) => item !== null && !filled && item.line < this.line);
    return empty === -1 ? matched : Math.min(matched, empty);
  }

  private readBlocks(matchedAtStart: number): void {
    let matched = matchedAtStart;
    let opened = false;
    for (;;) {
      const { at, column } = this;
      const start = this.skipBlanks();
      if (this.column - column > 3) {
        this.readIndented(start, matched, opened);
        return;
      }
      if (this.stack.length >= nestingCap) {
        const isMarker = this.text.charCodeAt(start) === 0x3e || listMarkerEnd(this.text, start, this.end) > 0;
        this.tooDeepLine ??= isMarker ? this.line : null;
      } else if (this.opensContainer(start, matched, opened)) {
        opened = true;
        matched = this.stack.length;
        if (this.peekBlanks() >= this.end) {
          return;
        }
        continue;
      }
      this.at = at;
      this.column = column;
      this.readLeaf(start, matched, opened);
      return;
    }
  }

  /** Indented by four: more of an open paragraph, else code. */
  private readIndented(start: number, matched: number, opened: boolean): void {
    if (this.leaf?.kind === 'paragraph' && !opened) {
      this.addLine(this.leaf, start);
    } else {
      this.enter(matched, opened);
    }
  }

  private opensContainer(start: number, matched: number, opened: boolean): boolean {
    if (this.text.charCodeAt(start) === 0x3e) {
      this.enter(matched, opened);
      this.skipQuoteMark();
      this.stack.push({ item: null, indent: 0, filled: false });
      return true;
    }
    const markerEnd = listMarkerEnd(this.text, start, this.end);
    if (markerEnd === 0 || isThematicBreak(this.text, start, this.end)) {
      return false;
    }
    // A list interrupts a paragraph only if it starts with 1 and its first item is not empty (5.3).
    if (this.leaf?.kind === 'paragraph' && !opened && matched === this.stack.length) {
      const first = !isDigit(this.text.charCodeAt(start)) || Number(this.text.slice(start, markerEnd - 1)) === 1;
      if (!first || isBlankRest(this.text, markerEnd, this.end)) {
        return false;
      }
    }
    this.openItem(start, markerEnd, matched, opened);
    return true;
  }

  private openItem(start: number, markerEnd: number, matched: number, opened: boolean): void {
    this.enter(matched, opened);
    this.column += markerEnd - start;
    this.at = markerEnd;
    const markerColumn = this.column;
    const isEmpty = this.skipBlanks() >= this.end;
    const gap = this.column - markerColumn;
    const indent = markerColumn + (isEmpty || gap > 4 ? 1 : gap);
    this.at = markerEnd;
    this.column = markerColumn;
    this.moveTo(indent);
    const parent = this.innermostItem();
    if (parent !== null) {
      parent.children++;
    }
    const item: MutableItem = { kind: 'item', line: this.line, column: start - this.lineStart + 1, parent, lines: [], children: 0 };
    this.blocks.push(item);
    this.stack.push({ item, indent, filled: false });
  }

  private readLeaf(start: number, matched: number, opened: boolean): void {
    const { text, end } = this;
    const continues = !opened && matched === this.stack.length;
    if (continues && this.leaf?.kind === 'paragraph' && (this.underlines(this.leaf, start) || this.aligns(this.leaf, start))) {
      return;
    }
    const code = text.charCodeAt(start);
    if (code === 0x23 && headingLevel(text, start, end) > 0) {
      const level = headingLevel(text, start, end);
      this.enter(matched, opened);
      const heading = text.slice(start + level, end).trim().replace(/(?:^|[ \t]+)#+$/, '');
      this.blocks.push({ kind: 'heading', line: this.line, level, text: heading });
    } else if ((code === 0x60 || code === 0x7e) && fenceLength(text, start, end) > 0) {
      this.enter(matched, opened);
      this.leaf = { kind: 'fence', mark: code, length: fenceLength(text, start, end) };
    } else if (isThematicBreak(text, start, end)) {
      this.enter(matched, opened);
    } else if (code !== 0x3c || !this.opensHtml(start, matched, opened)) {
      this.readText(start, matched, opened);
    }
  }

  private opensHtml(start: number, matched: number, opened: boolean): boolean {
    // Lazy lines count as an open paragraph too, so a lone tag there stays text.
    const end = htmlEnd(this.text.slice(start, this.end), this.leaf?.kind === 'paragraph' && !opened);
    if (end !== null) {
      this.enter(matched, opened);
      this.leaf = end !== 'blank-line' && end.test(this.text.slice(start + 2, this.end)) ? null : { kind: 'html', end };
    }
    return end !== null;
  }

  private readText(start: number, matched: number, opened: boolean): void {
    if (this.leaf?.kind === 'paragraph' && !opened) {
      this.addLine(this.leaf, start);
      return;
    }
    if (this.leaf?.kind === 'table' && !opened && matched === this.stack.length) {
      this.leaf.rows.push(rowOf(this.text, { start, end: trimmedEnd(this.text, start, this.end) }, this.line));
      return;
    }
    this.closeLeaf();
    if (!opened && this.stack.length > matched) {
      this.stack.length = matched;
    }
    const top = this.stack.at(-1);
    const isItemText = top !== undefined && top.item !== null && !top.filled;
    this.fill();
    this.leaf = { kind: 'paragraph', line: this.line, lines: [], item: this.innermostItem(), isItemText };
    this.addLine(this.leaf, start);
  }

  private addLine(paragraph: OpenParagraph, start: number): void {
    const range = { start, end: trimmedEnd(this.text, start, this.end) };
    if (paragraph.lines.length === 0) {
      if (this.text.charCodeAt(start) === 0x5b && isDefinition(this.text.slice(start, range.end))) {
        this.definitions.push(this.text.slice(start, range.end));
        return;
      }
      paragraph.line = this.line;
    }
    paragraph.lines.push(range);
  }

  /** Whether the line underlines the open paragraph, which then was a heading (4.3). */
  private underlines(paragraph: OpenParagraph, start: number): boolean {
    const code = this.text.charCodeAt(start);
    const underline = code === 0x3d || code === 0x2d ? this.text.slice(start, Math.min(this.end, start + 1000)) : '';
    if (paragraph.lines.length === 0 || !/^(?:=+|-+)[ \t]*$/.test(underline)) {
      return false;
    }
    const text = paragraph.lines.map((line) => this.text.slice(line.start, line.end)).join(' ');
    this.blocks.push({ kind: 'heading', line: paragraph.line, level: underline.startsWith('=') ? 1 : 2, text });
    this.leaf = null;
    return true;
  }

  /** Whether the line aligns a table whose header is the open paragraph's last line. */
  private aligns(paragraph: OpenParagraph, start: number): boolean {
    const code = this.text.charCodeAt(start);
    const header = paragraph.lines.at(-1);
    const count = code === 0x7c || code === 0x2d || code === 0x3a ? alignmentCells(this.text, start, this.end) : 0;
    if (count === 0 || header === undefined || splitRow(this.text, header.start, header.end).length !== count) {
      return false;
    }
    paragraph.lines.pop();
    const alignment = rowOf(this.text, { start, end: trimmedEnd(this.text, start, this.end) }, this.line);
    this.closeLeaf();
    if (paragraph.item !== null) {
      paragraph.item.children++;
    }
    this.leaf = { kind: 'table', header: rowOf(this.text, header, this.line - 1), alignment, rows: [] };
    return true;
  }

  /** A line inside fenced code or an HTML block: only looks for its end. */
  private continueHidden(leaf: Leaf & { kind: 'fence' | 'html' }): void {
    const { text, end, column } = this;
    const start = this.skipBlanks();
    if (leaf.kind === 'html') {
      const ends = leaf.end === 'blank-line' ? start >= end : leaf.end.test(text.slice(start, end));
      this.leaf = ends ? null : leaf;
      return;
    }
    let at = start;
    while (at < end && text.charCodeAt(at) === leaf.mark) {
      at++;
    }
    if (this.column - column <= 3 && at - start >= leaf.length && isBlankRest(text, at, end)) {
      this.leaf = null;
    }
  }

  /** Begins a block in the container at `matched`: what the line does not continue is closed. */
  private enter(matched: number, opened: boolean): void {
    this.closeLeaf();
    if (!opened && this.stack.length > matched) {
      this.stack.length = matched;
    }
    this.fill();
  }

  private fill(): void {
    const top = this.stack.at(-1);
    if (top !== undefined) {
      top.filled = true;
    }
  }

  private closeLeaf(): void {
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

  private innermostItem(): MutableItem | null {
    return this.stack.findLast(({ item }) => item !== null)?.item ?? null;
  }

  private skipBlanks(): number {
    while (this.at < this.end) {
      const code = this.text.charCodeAt(this.at);
      if (code === 32) {
        this.column++;
      } else if (code === 9) {
        this.column += 4 - (this.column % 4);
      } else {
        break;
      }
      this.at++;
    }
    return this.at;
  }

  private peekBlanks(): number {
    const { at, column } = this;
    const next = this.skipBlanks();
    this.at = at;
    this.column = column;
    return next;
  }

  private moveTo(column: number): void {
    while (this.column < column && this.at < this.end) {
      const code = this.text.charCodeAt(this.at);
      const width = code === 9 ? 4 - (this.column % 4) : 1;
      if (code !== 32 && code !== 9) {
        return;
      }
      if (this.column + width > column) {
        // Part of a tab: the rest of it still indents.
        this.column = column;
        return;
      }
      this.column += width;
      this.at++;
    }
  }

  private skipQuoteMark(): void {
    this.at++;
    this.column++;
    if (this.at < this.end && this.text.charCodeAt(this.at) === 32) {
      this.at++;
      this.column++;
    }
  }
}

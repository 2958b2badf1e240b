/**
 * Finds the blocks of a document in one pass over its lines. Containers follow CommonMark (quotes, list items, lazy lines), tables
 * GFM; `wholeOutlineOf` says the same from mdast, and a differential test holds the two together. Time is linear in the text's length.
 */
import { alignmentCells, rowOf, splitRow } from './table.ts';
import { Cursor } from './cursor.ts';
import { eachLine, frontMatterOf } from './lines.ts';
import { fenceLength, headingLevel, htmlEnd, isBlankRest, isDigit, isThematicBreak, listMarkerEnd, trimmedEnd } from './marks.ts';
import { OpenBlocks, type OpenHidden, type OpenParagraph } from './open-blocks.ts';
import type { Outline } from './outline.ts';
import type { SourceRange } from './model.ts';

/** Quotes and list items deeper than this are text: Markdown parsers need cubic time for deep nesting, and no person writes it. */
export const nestingCap = 32;

/** The blocks as Markdown defines them; `outlineOf` is what callers want. */
export function scanBlocks(text: string): Outline {
  return new Scanner(text).scan();
}

class Scanner {
  private readonly text: string;
  private readonly cursor: Cursor;
  private readonly open: OpenBlocks;
  private tooDeepLine: number | null = null;

  constructor(text: string) {
    this.text = text;
    this.cursor = new Cursor(text);
    this.open = new OpenBlocks(text);
  }

  scan(): Outline {
    const hidden = frontMatterOf(this.text)?.end ?? -1;
    eachLine(this.text, (start, end, line) => {
      if (end > hidden) {
        this.cursor.enterLine(start, end, line);
        this.readLine();
      }
    });
    this.open.closeLeaf();
    return { blocks: this.open.blocks, definitions: this.open.definitions, tooDeepLine: this.tooDeepLine };
  }

  private readLine(): void {
    const { cursor, open } = this;
    const matched = this.matchContainers();
    if (open.leaf?.kind === 'fence' || open.leaf?.kind === 'html') {
      if (matched === open.containers.length) {
        this.continueHidden(open.leaf);
        return;
      }
      open.leaf = null;
    }
    if (cursor.isRestBlank()) {
      open.closeLeaf();
      open.leaveTo(this.matchedOnBlank(matched));
      return;
    }
    this.readBlocks(matched);
  }

  /** How many of the open containers the line continues; the position moves behind their marks. */
  private matchContainers(): number {
    const { cursor } = this;
    const { containers } = this.open;
    for (let index = 0; index < containers.length; index++) {
      const container = containers[index];
      const { at, column } = cursor;
      cursor.skipBlanks();
      const isQuote = container === undefined || container.item === null;
      const continues = isQuote
        ? cursor.column - column <= 3 && !cursor.isAtEnd && cursor.code === 0x3e
        : cursor.isAtEnd || cursor.column >= container.indent;
      if (!continues) {
        cursor.backTo(at, column);
        return index;
      }
      if (isQuote) {
        cursor.skipQuoteMark();
      } else if (!cursor.isAtEnd) {
        cursor.backTo(at, column);
        cursor.moveTo(container.indent);
      }
    }
    return containers.length;
  }

  /** An item whose first line is empty ends at the next blank line. */
  private matchedOnBlank(matched: number): number {
    const empty = this.open.containers.findIndex(({ item, filled }) => item !== null && !filled && item.line < this.cursor.line);
    return empty === -1 ? matched : Math.min(matched, empty);
  }

  /** Opens the containers the line begins, then reads what is in them. */
  private readBlocks(matchedAtStart: number): void {
    const { cursor, open } = this;
    let matched = matchedAtStart;
    let opened = false;
    for (;;) {
      const { at, column } = cursor;
      const start = cursor.skipBlanks();
      if (cursor.column - column > 3) {
        this.readIndented(start, matched, opened);
        return;
      }
      if (open.containers.length >= nestingCap) {
        const isMarker = cursor.code === 0x3e || listMarkerEnd(this.text, start, cursor.end) > 0;
        this.tooDeepLine ??= isMarker ? cursor.line : null;
      } else if (this.opensContainer(start, matched, opened)) {
        opened = true;
        matched = open.containers.length;
        if (cursor.isRestBlank()) {
          return;
        }
        continue;
      }
      cursor.backTo(at, column);
      this.readLeaf(start, matched, opened);
      return;
    }
  }

  /** Indented by four: more of an open paragraph, else code. */
  private readIndented(start: number, matched: number, opened: boolean): void {
    const { leaf } = this.open;
    if (leaf?.kind === 'paragraph' && !opened) {
      this.open.addLine(leaf, this.cursor.line, this.restFrom(start));
    } else {
      this.open.enter(matched);
    }
  }

  private opensContainer(start: number, matched: number, opened: boolean): boolean {
    const { cursor, open, text } = this;
    if (cursor.code === 0x3e) {
      open.enter(matched);
      cursor.skipQuoteMark();
      open.openQuote();
      return true;
    }
    const markerEnd = listMarkerEnd(text, start, cursor.end);
    if (markerEnd === 0 || isThematicBreak(text, start, cursor.end)) {
      return false;
    }
    // A list interrupts a paragraph only if it starts with 1 and its first item is not empty (5.3).
    if (open.leaf?.kind === 'paragraph' && !opened && matched === open.containers.length) {
      const isFirst = !isDigit(cursor.code) || Number(text.slice(start, markerEnd - 1)) === 1;
      if (!isFirst || isBlankRest(text, markerEnd, cursor.end)) {
        return false;
      }
    }
    this.openItem(start, markerEnd, matched);
    return true;
  }

  private openItem(start: number, markerEnd: number, matched: number): void {
    const { cursor, open } = this;
    open.enter(matched);
    const markerColumn = cursor.column + markerEnd - start;
    cursor.backTo(markerEnd, markerColumn);
    const isEmpty = cursor.skipBlanks() >= cursor.end;
    const gap = cursor.column - markerColumn;
    const indent = markerColumn + (isEmpty || gap > 4 ? 1 : gap);
    cursor.backTo(markerEnd, markerColumn);
    cursor.moveTo(indent);
    open.openItem(cursor.line, start - cursor.lineStart + 1, indent);
  }

  private readLeaf(start: number, matched: number, opened: boolean): void {
    const { cursor, open, text } = this;
    const { end } = cursor;
    const continues = !opened && matched === open.containers.length;
    if (continues && open.leaf?.kind === 'paragraph' && (this.underlines(open.leaf, start) || this.aligns(open.leaf, start))) {
      return;
    }
    const code = text.charCodeAt(start);
    const level = code === 0x23 ? headingLevel(text, start, end) : 0;
    const fence = code === 0x60 || code === 0x7e ? fenceLength(text, start, end) : 0;
    if (level > 0) {
      open.enter(matched);
      const heading = text.slice(start + level, end).trim().replace(/(?:^|[ \t]+)#+$/, '');
      open.blocks.push({ kind: 'heading', line: cursor.line, level, text: heading });
    } else if (fence > 0) {
      open.enter(matched);
      open.leaf = { kind: 'fence', mark: code, length: fence };
    } else if (isThematicBreak(text, start, end)) {
      open.enter(matched);
    } else if (code !== 0x3c || !this.opensHtml(start, matched, opened)) {
      this.readText(start, matched, opened);
    }
  }

  private opensHtml(start: number, matched: number, opened: boolean): boolean {
    const { cursor, open, text } = this;
    const end = htmlEnd(text.slice(start, cursor.end), open.leaf?.kind === 'paragraph' && !opened);
    if (end !== null) {
      open.enter(matched);
      const endsHere = end !== 'blank-line' && end.test(text.slice(start + 2, cursor.end));
      open.leaf = endsHere ? null : { kind: 'html', end };
    }
    return end !== null;
  }

  private readText(start: number, matched: number, opened: boolean): void {
    const { cursor, open } = this;
    const range = this.restFrom(start);
    if (open.leaf?.kind === 'paragraph' && !opened) {
      open.addLine(open.leaf, cursor.line, range);
    } else if (open.leaf?.kind === 'table' && !opened && matched === open.containers.length) {
      open.leaf.rows.push(rowOf(this.text, range, cursor.line));
    } else {
      open.closeLeaf();
      open.leaveTo(matched);
      open.openParagraph(cursor.line, range);
    }
  }

  /** Whether the line underlines the open paragraph, which then was a heading (4.3). */
  private underlines(paragraph: OpenParagraph, start: number): boolean {
    const code = this.text.charCodeAt(start);
    if ((code !== 0x3d && code !== 0x2d) || paragraph.lines.length === 0) {
      return false;
    }
    if (!/^(?:=+|-+)[ \t]*$/.test(this.text.slice(start, Math.min(this.cursor.end, start + 1000)))) {
      return false;
    }
    const text = paragraph.lines.map((line) => this.text.slice(line.start, line.end)).join(' ');
    this.open.blocks.push({ kind: 'heading', line: paragraph.line, level: code === 0x3d ? 1 : 2, text });
    this.open.leaf = null;
    return true;
  }

  /** Whether the line aligns a table whose header is the open paragraph's last line. */
  private aligns(paragraph: OpenParagraph, start: number): boolean {
    const { cursor, text } = this;
    const code = text.charCodeAt(start);
    const header = paragraph.lines.at(-1);
    const count = code === 0x7c || code === 0x2d || code === 0x3a ? alignmentCells(text, start, cursor.end) : 0;
    if (count === 0 || header === undefined || splitRow(text, header.start, header.end).length !== count) {
      return false;
    }
    this.open.openTable(paragraph, rowOf(text, header, cursor.line - 1), rowOf(text, this.restFrom(start), cursor.line));
    return true;
  }

  private continueHidden(leaf: OpenHidden): void {
    const { cursor, open, text } = this;
    const { column } = cursor;
    const start = cursor.skipBlanks();
    if (leaf.kind === 'html') {
      const ends = leaf.end === 'blank-line' ? cursor.isAtEnd : leaf.end.test(text.slice(start, cursor.end));
      open.leaf = ends ? null : leaf;
      return;
    }
    let at = start;
    while (at < cursor.end && text.charCodeAt(at) === leaf.mark) {
      at++;
    }
    if (cursor.column - column <= 3 && at - start >= leaf.length && isBlankRest(text, at, cursor.end)) {
      open.leaf = null;
    }
  }

  /** From `start` to the end of the line, trailing blanks excluded. */
  private restFrom(start: number): SourceRange {
    return { start, end: trimmedEnd(this.text, start, this.cursor.end) };
  }
}

/** A document being read: its text, and the two ways to look at a piece of it. */
import { plainText } from './plain.ts';
import type { Outline } from './outline.ts';
import type { Problem, SourceRange } from './model.ts';

/** Where a problem is: a row, an item, a heading. */
export interface Spot {
  readonly line: number;
  readonly column: number;
}

export class MarkdownDocument {
  readonly text: string;
  readonly file: string;
  readonly outline: Outline;

  constructor(text: string, file: string, outline: Outline) {
    this.text = text;
    this.file = file;
    this.outline = outline;
  }

  /** As written. */
  slice(range: SourceRange): string {
    return this.text.slice(range.start, range.end);
  }

  /** The lines of a paragraph as one. */
  join(lines: readonly SourceRange[]): string {
    return lines.length === 1 && lines[0] !== undefined ? this.slice(lines[0]) : lines.map((line) => this.slice(line)).join(' ');
  }

  /** Markdown as a reader sees it. */
  plain(markdown: string): string {
    return plainText(markdown, this.outline.definitions);
  }

  /** The plain text of a range, `null` when there is none. */
  read(range: SourceRange | null | undefined): string | null {
    return range === null || range === undefined || range.start === range.end ? null : this.plain(this.slice(range)) || null;
  }

  problem(spot: Spot, level: Problem['level'], rule: string, message: string, remedy: string): Problem {
    return { file: this.file, line: spot.line, column: spot.column, level, rule, message, remedy };
  }
}

/** A position in one line of Markdown, with the column it stands at: tabs stop at every fourth column. */

const SPACE = 32;
const TAB = 9;

export class Cursor {
  readonly text: string;
  /** 1-based number of the line, its start and its end (line ending excluded). */
  line = 0;
  lineStart = 0;
  end = 0;
  /** Offset reached, and its 0-based column. */
  at = 0;
  column = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** Goes to the start of a line. A BOM is not part of the first one. */
  enterLine(start: number, end: number, line: number): void {
    this.line = line;
    this.lineStart = start;
    this.end = end;
    this.at = start === 0 && this.text.charCodeAt(0) === 0xfeff ? 1 : start;
    this.column = 0;
  }

  /** The character code at the position. */
  get code(): number {
    return this.text.charCodeAt(this.at);
  }

  get isAtEnd(): boolean {
    return this.at >= this.end;
  }

  backTo(at: number, column: number): void {
    this.at = at;
    this.column = column;
  }

  /** Moves over spaces and tabs and gives the offset reached. */
  skipBlanks(): number {
    while (this.at < this.end) {
      const code = this.text.charCodeAt(this.at);
      if (code === SPACE) {
        this.column++;
      } else if (code === TAB) {
        this.column += 4 - (this.column % 4);
      } else {
        break;
      }
      this.at++;
    }
    return this.at;
  }

  /** Whether nothing but spaces and tabs is left. */
  isRestBlank(): boolean {
    const { at, column } = this;
    const next = this.skipBlanks();
    this.backTo(at, column);
    return next >= this.end;
  }

  /** Moves over blanks up to a column. */
  moveTo(column: number): void {
    while (this.column < column && this.at < this.end) {
      const { code } = this;
      const width = code === TAB ? 4 - (this.column % 4) : 1;
      if (code !== SPACE && code !== TAB) {
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

  /** Moves over a `>` and one space behind it. */
  skipQuoteMark(): void {
    this.at++;
    this.column++;
    if (this.at < this.end && this.code === SPACE) {
      this.at++;
      this.column++;
    }
  }
}

/**
 * Tables by their source positions. Others (the editor, lint) may rely on everything exported here: ranges are exact UTF-16
 * offsets into the document, `text.slice(range.start, range.end)` is what is written there, and nothing is ever re-serialised.
 * Cells are split as micromark-extension-gfm-table does it: every `|` divides unless a backslash escapes it, also in code spans.
 */
import { remembered } from './memo.ts';
import type { SourceRange } from './model.ts';

export interface TableCell {
  /** Everything between two pipes, padding included. Where an outer pipe is missing it reaches to the row's end. */
  readonly full: SourceRange;
  /** Without the padding; empty (`start === end`) for an empty cell. */
  readonly content: SourceRange;
}

export interface TableRow {
  readonly line: number;
  /** 1-based column of the row's first character. */
  readonly column: number;
  /** From the row's first character (quote marks and indentation excluded) to the end of its line, line ending excluded. */
  readonly range: SourceRange;
  readonly cells: readonly TableCell[];
  /**
   * `body` rows belong to the table in every Markdown renderer. `orphan` rows look like its rows, but a blank line, a comment or
   * the like cut them off: a renderer shows them as text.
   */
  readonly kind: 'body' | 'orphan';
}

export interface Table {
  readonly header: TableRow;
  /** The `|---|:--:|` row. */
  readonly alignment: TableRow;
  /** Rows below the alignment row in document order, orphans last. */
  readonly rows: readonly TableRow[];
  /** From the header's start to the last body row's end. */
  readonly range: SourceRange;
  /** One name per header cell: see `normaliseName`. */
  readonly columns: readonly string[];
  /** `false` when the alignment row is missing (it has no cells then) or does not fit the header: renderers show no table. */
  readonly wellFormed: boolean;
}

/** Space, tab and the blanks people paste from elsewhere (no-break, ideographic, zero-width). */
export function isBlank(code: number): boolean {
  return code === 32 || code === 9 || code === 0xa0 || code === 0x3000 || code === 0x200b || code === 0xfeff;
}

/**
 * Splits one table row.
 * @param start offset of the row's first character; blanks before the first cell are allowed
 * @param end offset of the row's end, line ending excluded
 */
export function splitRow(text: string, start: number, end: number): TableCell[] {
  let from = start;
  let until = end;
  while (from < until && isBlank(text.charCodeAt(from))) {
    from++;
  }
  while (until > from && isBlank(text.charCodeAt(until - 1))) {
    until--;
  }
  if (text.charCodeAt(from) === PIPE) {
    from++;
  }
  const cells: TableCell[] = [];
  const escapes = text.slice(from, until).includes('\\');
  let cellStart = from;
  for (let at = nextPipe(text, from, until, escapes); at < until; at = nextPipe(text, at + 1, until, escapes)) {
    cells.push(cellOf(text, cellStart, at));
    cellStart = at + 1;
  }
  if (cellStart < until) {
    cells.push(cellOf(text, cellStart, end));
  }
  return cells;
}

/** The next `|` that divides cells, `until` when there is none. */
function nextPipe(text: string, from: number, until: number, escapes: boolean): number {
  if (!escapes) {
    const at = text.slice(from, until).indexOf('|');
    return at === -1 ? until : from + at;
  }
  for (let at = from; at < until; at++) {
    const code = text.charCodeAt(at);
    if (code === PIPE) {
      return at;
    }
    if (code === BACKSLASH) {
      const next = text.charCodeAt(at + 1);
      at += next === BACKSLASH || next === PIPE ? 1 : 0;
    }
  }
  return until;
}

/**
 * Splits a row the way its author may have meant it: a `|` inside a code span divides nothing. GFM sees it otherwise, and so do
 * renderers, so this is only for saying what is wrong with a row that has too many cells.
 */
export function splitRowOutsideCode(text: string, row: SourceRange): TableCell[] {
  const source = text.slice(row.start, row.end);
  const spans = [...source.matchAll(/(?<![`\\])(`+)(?!`)[^`]*(?:(?!\1(?!`))`+[^`]*){0,50}?(?<!`)\1(?!`)/g)];
  const masked = spans.reduce(
    (line, { index, 0: span }) => line.slice(0, index) + span.replaceAll('|', ' ') + line.slice(index + span.length),
    source,
  );
  return splitRow(masked, 0, masked.length).map(({ full, content }) => ({
    full: { start: full.start + row.start, end: full.end + row.start },
    content: { start: content.start + row.start, end: content.end + row.start },
  }));
}

const PIPE = 0x7c;
const BACKSLASH = 0x5c;

function cellOf(text: string, start: number, end: number): TableCell {
  let from = start;
  let until = end;
  while (from < until && isBlank(text.charCodeAt(from))) {
    from++;
  }
  while (until > from && isBlank(text.charCodeAt(until - 1))) {
    until--;
  }
  return { full: { start, end }, content: { start: from, end: until } };
}

/** The number of cells of an alignment row (`| --- | :-: |`), 0 when the line is none. A lone `---` is a heading's underline. */
export function alignmentCells(text: string, start: number, end: number): number {
  let pipes = 0;
  let dashes = 0;
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === PIPE) {
      pipes++;
    } else if (code === 0x2d) {
      dashes++;
    } else if (code !== 0x3a && !isBlank(code)) {
      return 0;
    }
  }
  if (dashes === 0 || pipes === 0) {
    return 0;
  }
  const cells = splitRow(text, start, end);
  return cells.every(({ content }) => /^:?-+:?$/.test(text.slice(content.start, content.end))) ? cells.length : 0;
}

/** No name is longer; a cell of 100 kB in a header must not cost more than others. */
const nameCap = 200;

/**
 * A column name, heading or status as it is compared: markdown and emoji dropped, full-width forms and accents folded, lower case,
 * one space between words. `**Ação**` and `acao` are the same name; `Präventions-Maßnahmen` becomes `praventions massnahmen`.
 */
export function normaliseName(raw: string): string {
  const name = raw.length > nameCap ? raw.slice(0, nameCap) : raw;
  if (/^[a-z]*$/.test(name)) {
    return name;
  }
  const text = /[[<&:]/.test(name)
    ? name.replaceAll(/!?\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])/g, '$1').replaceAll(/<[^>]*>|&[a-z]+;|:[a-z0-9_+-]+:/gi, ' ')
    : name;
  if (/^[ -~]*$/.test(text)) {
    return text.toLowerCase().replaceAll(/[^a-z0-9#]+/g, ' ').trim();
  }
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[ßıłøđ]/g, (letter) => foldings[letter] ?? letter)
    .replaceAll(/[\u0300-\u036f]/g, '')
    .normalize('NFC')
    .replaceAll(/[^\p{L}\p{M}\p{N}#]+/gu, ' ')
    .trim();
}

/** Letters that Unicode does not take apart. */
const foldings: Readonly<Record<string, string>> = { ß: 'ss', ı: 'i', ł: 'l', ø: 'o', đ: 'd' };

const columnName = remembered(normaliseName);

/** A row from the range of its text. Its cells are found when first asked for: most tables are no action tables. */
export function rowOf(text: string, range: SourceRange, line: number, kind: TableRow['kind'] = 'body'): TableRow {
  return new SourceRow(text, range, line, kind);
}

class SourceRow implements TableRow {
  readonly line: number;
  readonly column: number;
  readonly range: SourceRange;
  readonly kind: TableRow['kind'];
  private readonly text: string;
  private split: readonly TableCell[] | null = null;

  constructor(text: string, range: SourceRange, line: number, kind: TableRow['kind']) {
    let lineStart = range.start;
    while (lineStart > 0 && text.charCodeAt(lineStart - 1) !== 0x0a && text.charCodeAt(lineStart - 1) !== 0x0d) {
      lineStart--;
    }
    this.text = text;
    this.range = range;
    this.line = line;
    this.column = range.start - lineStart + 1;
    this.kind = kind;
  }

  get cells(): readonly TableCell[] {
    return (this.split ??= splitRow(this.text, this.range.start, this.range.end));
  }
}

/** A table from its rows. */
export function tableOf(text: string, header: TableRow, alignment: TableRow, rows: readonly TableRow[]): Table {
  return {
    header,
    alignment,
    rows,
    range: { start: header.range.start, end: (rows.at(-1) ?? alignment).range.end },
    columns: header.cells.map(({ content }) => columnName(text.slice(content.start, content.end))),
    wellFormed: header.cells.length === alignment.cells.length,
  };
}

/** Text on a terminal: cut and broken to its columns. */
import { printable } from '../log.ts';
import { graphemes, graphemeWidth, textWidth } from '../postmortem/text-width.ts';
import { oneLine } from './format.ts';

/** Text from outside as it may stand in a table cell: one printable line of at most `max` characters, `...` where it was cut. */
export function cellText(text: string, max: number): string {
  // Cut before cleaning too, or a cell of 100 kB is cleaned for nothing.
  const clean = oneLine(printable(text.slice(0, max * 4)));
  if (clean.length <= max && text.length <= max * 4) return clean;
  return `${clean.slice(0, max - 3).replace(/[\ud800-\udbff]$/, '')}...`;
}

/** A line as several of at most `width` columns, broken at spaces and after `/` and `-`, and inside a word that is too long. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  let lineWidth = 0;
  const end = () => {
    lines.push(line.trimEnd());
    line = '';
    lineWidth = 0;
  };
  for (const piece of text.match(/[^\s/-]*[/-]+|[^\s/-]+|\s+/g) ?? []) {
    const pieceWidth = textWidth(piece);
    if (lineWidth > 0 && lineWidth + textWidth(piece.trimEnd()) > width) end();
    if (line === '' && piece.trim() === '') continue;
    if (pieceWidth <= width) {
      line += piece;
      lineWidth += pieceWidth;
      continue;
    }
    for (const grapheme of graphemes(piece)) {
      const columns = graphemeWidth(grapheme);
      if (lineWidth + columns > width) end();
      line += grapheme;
      lineWidth += columns;
    }
  }
  if (line !== '' || lines.length === 0) end();
  return lines;
}

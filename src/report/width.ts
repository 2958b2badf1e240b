/** Text on a terminal: how many columns it takes, and where it can be broken. */
import { oneLine } from './format.ts';
import { printable } from '../log.ts';

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/**
 * Characters that take two columns: East Asian wide and full-width ones and emoji (Unicode Standard Annex 11, by the scripts that
 * hold them). JavaScript knows no East_Asian_Width property; a rare symbol that is wrong shifts one line of a table.
 */
const WIDE_SCRIPT = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\p{Script=Yi}]/u;
const WIDE_SIGN = /^[\u2e80-\u303e\u30fb\u30fc\u3200-\u33ff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]/;
const EMOJI = /^(?:\p{Emoji_Presentation}|.\ufe0f)/u;
const HALF_WIDTH = /^[\uff61-\uffdc]/;
const NO_WIDTH = /^[\p{Mark}\p{Format}]+$/u;
const ASCII = /^[ -~]*$/;

function graphemeWidth(grapheme: string): number {
  if (NO_WIDTH.test(grapheme)) return 0;
  if (HALF_WIDTH.test(grapheme)) return 1;
  return WIDE_SCRIPT.test(grapheme) || WIDE_SIGN.test(grapheme) || EMOJI.test(grapheme) ? 2 : 1;
}

/** Columns a printable one-line text takes. */
export function textWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const { segment } of segmenter.segment(text)) width += graphemeWidth(segment);
  return width;
}

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
    for (const { segment } of segmenter.segment(piece)) {
      const columns = graphemeWidth(segment);
      if (lineWidth + columns > width) end();
      line += segment;
      lineWidth += columns;
    }
  }
  if (line !== '' || lines.length === 0) end();
  return lines;
}

/** How many columns a text takes in a fixed-width font: what an author sees who aligns the pipes of a table. */

/** Made when it is first needed: loading its data takes longer than most commands. */
let segmenter: Intl.Segmenter | undefined;

/** A text's characters as a reader counts them. */
export function* graphemes(text: string): Generator<string> {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  for (const { segment } of segmenter.segment(text)) {
    yield segment;
  }
}

/**
 * Characters that take two columns: East Asian wide and full-width ones and emoji (Unicode Standard Annex 11, by the scripts that
 * hold them). JavaScript knows no East_Asian_Width property; a rare symbol that is wrong shifts one pipe by a column.
 */
const wideScript = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\p{Script=Yi}]/u;
const wideSign = /^[\u2e80-\u303e\u30fb\u30fc\u3200-\u33ff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]/;
const emoji = /^(?:\p{Emoji_Presentation}|.\ufe0f)/u;
const halfWidth = /^[\uff61-\uffdc]/;
const noWidth = /^[\p{Mark}\p{Format}]+$/u;

/** Columns a text of one line takes. */
export function textWidth(text: string): number {
  if (/^[ -~]*$/.test(text)) {
    return text.length;
  }
  let width = 0;
  for (const grapheme of graphemes(text)) {
    width += graphemeWidth(grapheme);
  }
  return width;
}

/** Columns one character takes. */
export function graphemeWidth(grapheme: string): number {
  if (noWidth.test(grapheme)) {
    return 0;
  }
  const isWide = wideScript.test(grapheme) || wideSign.test(grapheme) || emoji.test(grapheme);
  return isWide && !halfWidth.test(grapheme) ? 2 : 1;
}

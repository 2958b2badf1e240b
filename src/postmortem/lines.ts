/** Lines of a document, and the part of it that is front matter. */

/**
 * Start and end (line ending excluded) of every line, as flat pairs. LF, CRLF and a lone CR each end a line.
 */
export function lineOffsets(text: string): number[] {
  const offsets: number[] = [];
  let start = 0;
  let cr = text.indexOf('\r');
  for (;;) {
    const lf = text.indexOf('\n', start);
    if (cr !== -1 && cr < start) {
      cr = text.indexOf('\r', start);
    }
    if (cr !== -1 && (lf === -1 || cr < lf)) {
      offsets.push(start, cr);
      start = cr + (lf === cr + 1 ? 2 : 1);
    } else if (lf === -1) {
      offsets.push(start, text.length);
      return offsets;
    } else {
      offsets.push(start, lf);
      start = lf + 1;
    }
  }
}

const frontMatter = /^\ufeff?---[ \t]*(?:\r\n?|\n)(?=[ \t#]*[\w"'-]+[ \t]*:|---)((?:[^\r\n]{0,2000}(?:\r\n?|\n)){0,200}?)(?:---|\.\.\.)[ \t]*(?=[\r\n]|$)/;

/** The YAML between the `---` of the very first line and the next one, and where it ends; `null` when a document has none. */
export function frontMatterOf(text: string): { readonly yaml: string; readonly end: number } | null {
  const match = frontMatter.exec(text);
  return match === null ? null : { yaml: match[1] ?? '', end: match[0].length };
}

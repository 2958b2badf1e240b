/** Lines of a document, and the part of it that is front matter. */

/**
 * Calls back for every line with its start, its end (line ending excluded) and its number. LF, CRLF and a lone CR each end a line.
 */
export function eachLine(text: string, call: (start: number, end: number, line: number) => void): void {
  let start = 0;
  let lf = text.indexOf('\n');
  let cr = text.indexOf('\r');
  for (let line = 1; ; line++) {
    // Both are looked for once per hit: a text without one of them must not be searched through for every line.
    lf = lf !== -1 && lf < start ? text.indexOf('\n', start) : lf;
    cr = cr !== -1 && cr < start ? text.indexOf('\r', start) : cr;
    if (cr !== -1 && (lf === -1 || cr < lf)) {
      call(start, cr, line);
      start = cr + (lf === cr + 1 ? 2 : 1);
    } else if (lf === -1) {
      call(start, text.length, line);
      return;
    } else {
      call(start, lf, line);
      start = lf + 1;
    }
  }
}

/** Start and end (line ending excluded) of every line, as flat pairs. */
export function lineOffsets(text: string): number[] {
  const offsets: number[] = [];
  eachLine(text, (start, end) => offsets.push(start, end));
  return offsets;
}

const frontMatter = /^\ufeff?---[ \t]*(?:\r\n?|\n)(?=[ \t#]*[\w"'-]+[ \t]*:|---)((?:[^\r\n]{0,2000}(?:\r\n?|\n)){0,200}?)(?:---|\.\.\.)[ \t]*(?=[\r\n]|$)/;

/** The YAML between the `---` of the very first line and the next one, and where it ends; `null` when a document has none. */
export function frontMatterOf(text: string): { readonly yaml: string; readonly end: number } | null {
  const match = frontMatter.exec(text);
  return match === null ? null : { yaml: match[1] ?? '', end: match[0].length };
}

/** What a line of Markdown starts with. Pure functions over `text` between `start` and `end`; rule numbers are CommonMark's. */

const SPACE = 32;
const TAB = 9;

/** Whether only spaces and tabs lie between `from` and `end`. */
export function isBlankRest(text: string, from: number, end: number): boolean {
  for (let at = from; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code !== SPACE && code !== TAB) {
      return false;
    }
  }
  return true;
}

/** Where the line ends without its trailing spaces and tabs. */
export function trimmedEnd(text: string, start: number, end: number): number {
  let at = end;
  while (at > start && (text.charCodeAt(at - 1) === SPACE || text.charCodeAt(at - 1) === TAB)) {
    at--;
  }
  return at;
}

/** The offset behind a list marker (`-`, `*`, `+`, `12.`, `12)`), 0 when there is none (5.2). */
export function listMarkerEnd(text: string, start: number, end: number): number {
  const code = text.charCodeAt(start);
  let at = start + 1;
  if (isDigit(code)) {
    while (at - start < 10 && isDigit(text.charCodeAt(at))) {
      at++;
    }
    const mark = text.charCodeAt(at);
    if (at - start > 9 || (mark !== 0x2e && mark !== 0x29)) {
      return 0;
    }
    at++;
  } else if (code !== 0x2d && code !== 0x2a && code !== 0x2b) {
    return 0;
  }
  const after = text.charCodeAt(at);
  return at >= end || after === SPACE || after === TAB ? at : 0;
}

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** `---`, `* * *`, `___` (4.1). */
export function isThematicBreak(text: string, start: number, end: number): boolean {
  const code = text.charCodeAt(start);
  if (code !== 0x2d && code !== 0x2a && code !== 0x5f) {
    return false;
  }
  let count = 0;
  for (let at = start; at < end; at++) {
    const other = text.charCodeAt(at);
    if (other === code) {
      count++;
    } else if (other !== SPACE && other !== TAB) {
      return false;
    }
  }
  return count >= 3;
}

/** The level of a heading that starts with `#` marks, 0 when the line is none (4.2). */
export function headingLevel(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && text.charCodeAt(at) === 0x23) {
    at++;
  }
  const after = text.charCodeAt(at);
  return at - start <= 6 && (at >= end || after === SPACE || after === TAB) ? at - start : 0;
}

/** The length of the run of back-ticks or tildes that opens fenced code, 0 when the line opens none (4.5). */
export function fenceLength(text: string, start: number, end: number): number {
  const mark = text.charCodeAt(start);
  if (mark !== 0x60 && mark !== 0x7e) {
    return 0;
  }
  let at = start;
  while (at < end && text.charCodeAt(at) === mark) {
    at++;
  }
  return at - start < 3 || (mark === 0x60 && text.slice(at, end).includes('`')) ? 0 : at - start;
}

const blockTags =
  /^<\/?(?:address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|dt|fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|legend|li|link|main|menu|menuitem|nav|noframes|ol|optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead|title|tr|track|ul)(?:[\s>]|\/>|$)/i;
const wholeTag =
  /^<(?:[a-z][a-z0-9-]*(?:\s+[a-z_:][\w.:-]*(?:\s*=\s*(?:[^\s"'=<>`]+|'[^']*'|"[^"]*"))?)*\s*\/?|\/[a-z][a-z0-9-]*\s*)>\s*$/i;

/**
 * What ends the HTML block a line starts (4.6): a pattern its last line holds, `blank-line`, or `null` when it starts none.
 * @param interrupts whether a paragraph is open; a lone unknown tag does not end one
 */
export function htmlEnd(line: string, interrupts: boolean): RegExp | 'blank-line' | null {
  if (line.startsWith('<!--')) {
    return /-->/;
  }
  if (/^<(?:script|pre|style|textarea)(?:[\s>]|$)/i.test(line)) {
    return /<\/(?:script|pre|style|textarea)>/i;
  }
  if (line.startsWith('<?')) {
    return /\?>/;
  }
  if (line.startsWith('<![CDATA[')) {
    return /\]\]>/;
  }
  if (/^<![a-z]/i.test(line)) {
    return />/;
  }
  return blockTags.test(line) || (!interrupts && line.length < 1000 && wholeTag.test(line)) ? 'blank-line' : null;
}

const definition = /^\[(?!\s*\])(?:[^\]\\[]|\\.){1,999}\]:[ \t]*(?:<[^<>]*>|[^\s<]\S*)(?:[ \t]+(?:"[^"]*"|'[^']*'|\([^()]*\)))?[ \t]*$/;

/** Whether a line is a link reference definition (4.7) in its usual form, on one line. */
export function isDefinition(line: string): boolean {
  return line.length < 4096 && definition.test(line);
}

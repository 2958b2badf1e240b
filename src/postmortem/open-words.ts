/**
 * Whether a text can hold an open row of a table at all, told without looking at its structure: some cell has to begin with a word,
 * mark or box that may be an open status. Where in doubt the answer is yes; a property test holds it to what the parser finds.
 */
import { reopening } from './status.ts';
import { statusPhrases } from './status-words.ts';

let firstWords: { readonly open: ReadonlySet<string>; readonly closed: ReadonlySet<string> } | undefined;

/** `false` only where no table of the text has an open row. Takes time linear in the text's length. */
export function mayHoldOpenRow(text: string): boolean {
  firstWords ??= {
    open: new Set(`${statusPhrases.open}|${statusPhrases.held}|n`.split('|').map(firstWord)),
    closed: new Set(statusPhrases.closed.split('|').map(firstWord)),
  };
  const carriageReturns = text.includes('\r');
  let end = -1;
  for (let pipe = text.indexOf('|'); pipe !== -1; pipe = text.indexOf('|', pipe + 1)) {
    if (pipe > end) {
      const start = 1 + Math.max(text.lastIndexOf('\n', pipe), carriageReturns ? text.lastIndexOf('\r', pipe) : -1);
      end = lineEnd(text, pipe, carriageReturns);
      if (start < pipe && mayBeOpen(text, start, end)) {
        return true;
      }
    }
    if (mayBeOpen(text, pipe + 1, end)) {
      return true;
    }
  }
  return false;
}

/** Of a phrase that begins with an ASCII letter or digit; others never get as far as being looked up. */
function firstWord(phrase: string): string {
  return /^[a-z0-9]+/.exec(phrase)?.[0] ?? 'n';
}

function lineEnd(text: string, from: number, carriageReturns: boolean): number {
  const lf = text.indexOf('\n', from);
  const end = lf === -1 ? text.length : lf;
  const cr = carriageReturns ? text.slice(from, end).indexOf('\r') : -1;
  return cr === -1 ? end : from + cr;
}

/** Looks at the first word of a cell. Whatever is not plain ASCII may be a mark or a word of another script. */
function mayBeOpen(text: string, from: number, end: number): boolean {
  let start = from;
  let code = text.charCodeAt(start);
  while (start < end && !isWordLike(code) && code !== 0x5b && code !== 0x7c) {
    code = text.charCodeAt(++start);
  }
  if (start >= end || code === 0x7c) {
    return false;
  }
  if (code > 0x7f || code === 0x5b) {
    return true;
  }
  let at = start;
  while (at < end && isWordLike(text.charCodeAt(at)) && text.charCodeAt(at) <= 0x7f) {
    at++;
  }
  if (at < end && text.charCodeAt(at) > 0x7f) {
    return true;
  }
  const word = at - start > 24 ? '' : text.slice(start, at).toLowerCase();
  if (firstWords?.open.has(word) === true) {
    return true;
  }
  return firstWords?.closed.has(word) === true && reopening.test(text.slice(at, Math.min(end, at + 240)));
}

function isWordLike(code: number): boolean {
  return isLetter(code) || (code >= 0x30 && code <= 0x39) || code > 0x7f;
}

function isLetter(code: number): boolean {
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}

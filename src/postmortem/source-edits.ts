/** Replacements by source position: everything they do not name stays as it is, byte for byte. */
import type { SourceRange } from './model.ts';

/** `text` is put where `range` is; an empty range inserts. */
export interface SourceEdit {
  readonly range: SourceRange;
  readonly text: string;
}

/**
 * The text with all edits made.
 * @param edits in any order; those that insert at one place keep their order
 * @throws Error when two of them overlap, which is a bug of the caller
 */
export function applyEdits(text: string, edits: readonly SourceEdit[]): string {
  let result = '';
  let at = 0;
  for (const edit of [...edits].sort((a, b) => a.range.start - b.range.start)) {
    if (edit.range.start < at) {
      throw new Error(`edits overlap at offset ${edit.range.start}`);
    }
    result += text.slice(at, edit.range.start) + edit.text;
    at = edit.range.end;
  }
  return result + text.slice(at);
}

/** The line ending most lines of a text have; LF when it has none. */
export function lineEndingOf(text: string): '\n' | '\r\n' | '\r' {
  const counts = { '\n': 0, '\r\n': 0, '\r': 0 };
  for (const [ending] of text.matchAll(/\r\n|\n|\r/g)) {
    counts[ending as '\n']++;
  }
  return counts['\r\n'] > counts['\n'] && counts['\r\n'] >= counts['\r'] ? '\r\n' : counts['\r'] > counts['\n'] ? '\r' : '\n';
}

/** Where the line that `at` lies in ends, its line ending excluded. */
export function lineEnd(text: string, at: number): number {
  const found = /[\r\n]/g;
  found.lastIndex = at;
  return found.exec(text)?.index ?? text.length;
}

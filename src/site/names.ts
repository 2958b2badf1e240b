/** Finds post-mortems by the names of their files. */
import type { Entry } from './entry.ts';

/** Shorter ones are no names of post-mortems. */
const shortest = 8;
/** Letters (of most scripts, roughly), digits and what file names and paths have between them. Property escapes would cost ten times as much. */
const word = /[a-z0-9\u00aa-\u1fff\u3040-\ud7ff][a-z0-9._/\-\u00aa-\u1fff\u3040-\ud7ff]{7,250}/gi;

/** A name without a digit or a dash (`outage.md`) is a word. */
const isName = /[\d-]/;

export class Names {
  private readonly byName: ReadonlyMap<string, Entry>;

  constructor(entries: readonly Entry[]) {
    const names = new Map<string, Entry | null>();
    for (const entry of entries) {
      const name = nameOf(entry.file);
      // One that two files have is nobody's.
      if (isName.test(name) && name.length >= shortest) {
        names.set(name, names.has(name) ? null : entry);
      }
    }
    this.byName = new Map([...names].filter((pair): pair is [string, Entry] => pair[1] !== null));
  }

  /** The post-mortem that a word names: with or without folder and ending. */
  find(word: string): Entry | null {
    return this.byName.get(nameOf(word.replace(/[.]+$/, ''))) ?? null;
  }

  /** All words of a text that name one, with their places. */
  *in(text: string): Generator<{ readonly word: string; readonly index: number; readonly entry: Entry }> {
    for (const { 0: found, index } of text.matchAll(word)) {
      // Most words are no names at first sight.
      const entry = isName.test(found) ? this.find(found) : null;
      if (entry !== null) {
        yield { word: found.replace(/[.]+$/, ''), index, entry };
      }
    }
  }
}

function nameOf(path: string): string {
  return (path.split('/').at(-1) ?? path).replace(/\.(?:md|markdown|html)$/i, '').toLowerCase();
}

/** Which post-mortems name each other, and where one says that it is the other all over again. */
import { compare } from './items.ts';
import type { Entry } from './entry.ts';

export interface Related {
  readonly entry: Entry;
  /**
   * - `recurrence-of`: this document says that it repeats the other one
   * - `recurred-in`: the other says that it repeats this one
   * - `mentions`, `mentioned-by`: they name each other, no more
   */
  readonly relation: 'recurrence-of' | 'recurred-in' | 'mentions' | 'mentioned-by';
}

/** Finds names of post-mortems in text: with or without folder and ending. */
export class Names {
  private readonly byName: ReadonlyMap<string, Entry>;

  constructor(entries: readonly Entry[]) {
    const names = new Map<string, Entry | null>();
    for (const entry of entries) {
      const name = nameOf(entry.file);
      // A name without a digit or a dash (`outage.md`) is a word, and one that two files have is nobody's.
      if (/\d|-/.test(name) && name.length >= shortest) {
        names.set(name, names.has(name) ? null : entry);
      }
    }
    this.byName = new Map([...names].filter((pair): pair is [string, Entry] => pair[1] !== null));
  }

  /** The post-mortem a word names. */
  find(word: string): Entry | null {
    return this.byName.get(nameOf(word.replace(/[.]+$/, ''))) ?? null;
  }

  /** All words of a text that name one, with their places. */
  *in(text: string): Generator<{ readonly word: string; readonly index: number; readonly entry: Entry }> {
    for (const { 0: found, index } of text.matchAll(word)) {
      const entry = found.length >= shortest ? this.find(found) : null;
      if (entry !== null) {
        yield { word: found.replace(/[.]+$/, ''), index, entry };
      }
    }
  }
}

/** Shorter names than this are no file names of post-mortems. */
const shortest = 8;
const word = /[\p{L}\p{N}][\p{L}\p{N}._/-]{7,250}/gu;

function nameOf(path: string): string {
  return (path.split('/').at(-1) ?? path).replace(/\.(?:md|markdown|html)$/i, '').toLowerCase();
}

const repeats =
  /recurr|\brepeat(?:s|ed)? (?:of|incident)|same (?:root cause|failure|incident|outage|class)|identical|happened again|\b(?:second|third|fourth|2nd|3rd|\d+th) (?:time|incident|occurrence|outage)|wiederhol|erneut|récidive|récurr|reincid|recorr|再発|复发|재발/iu;
const denies = /different (?:root cause|failure|class|cause|problem)|not (?:the same|a recurrence)|unrelated|no recurrence|andere ursache/iu;

/** The relations of every entry, recurrences first, then by date. */
export function relationsOf(entries: readonly Entry[], names: Names): ReadonlyMap<Entry, readonly Related[]> {
  const relations = new Map<Entry, Map<Entry, Related['relation']>>(entries.map((entry) => [entry, new Map()]));
  for (const entry of entries) {
    for (const { index, entry: other } of names.in(entry.text ?? '')) {
      if (other !== entry) {
        const repeated = isRepeat(entry.text ?? '', index) && compare(other.date ?? '', entry.date ?? '') <= 0;
        note(relations.get(entry), other, repeated ? 'recurrence-of' : 'mentions');
        note(relations.get(other), entry, repeated ? 'recurred-in' : 'mentioned-by');
      }
    }
  }
  return new Map([...relations].map(([entry, found]) => [entry, sorted(found)]));
}

/** Whether the line that names the other one, or the line above it, speaks of a repetition. */
function isRepeat(text: string, index: number): boolean {
  const before = text.lastIndexOf('\n', text.lastIndexOf('\n', index - 1) - 1);
  const after = text.indexOf('\n', index);
  const around = text.slice(Math.max(before + 1, index - 400), Math.min(after === -1 ? text.length : after, index + 400));
  return repeats.test(around) && !denies.test(around);
}

const order: readonly Related['relation'][] = ['recurrence-of', 'recurred-in', 'mentions', 'mentioned-by'];

function note(found: Map<Entry, Related['relation']> | undefined, other: Entry, relation: Related['relation']): void {
  const known = found?.get(other);
  if (found !== undefined && (known === undefined || order.indexOf(relation) < order.indexOf(known))) {
    found.set(other, relation);
  }
}

function sorted(found: ReadonlyMap<Entry, Related['relation']>): Related[] {
  return [...found]
    .map(([entry, relation]) => ({ entry, relation }))
    .toSorted((a, b) => order.indexOf(a.relation) - order.indexOf(b.relation) || compare(a.entry.date ?? '', b.entry.date ?? '') || compare(a.entry.file, b.entry.file));
}

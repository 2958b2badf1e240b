/** Which post-mortems name each other, and where one says that it is the other all over again. */
import { compare } from './items.ts';
import type { Entry } from './entry.ts';
import type { Names } from './names.ts';

export interface Related {
  readonly entry: Entry;
  /**
   * - `recurrence-of`: this document says that it repeats the other one
   * - `recurred-in`: the other says that it repeats this one
   * - `mentions`, `mentioned-by`: they name each other, no more
   */
  readonly relation: 'recurrence-of' | 'recurred-in' | 'mentions' | 'mentioned-by';
}

const repeats =
  /recurr|\brepeat (?:of|incident|outage)|\bsame (?:root cause|failure|incident|outage)|identical|happened again|\b(?:second|third|fourth|fifth|2nd|3rd|\d+th) (?:time|incident|occurrence|outage)|wiederhol|erneut|récidive|récurr|reincid|recorr|再発|复发|재발/iu;
const denies = /different (?:root cause|failure|class|cause|problem)|not (?:the same|a recurrence)|unrelated|no recurrence|andere ursache/iu;

/** The relations of every entry, recurrences first, then by date. */
export function relationsOf(entries: readonly Entry[], names: Names): ReadonlyMap<Entry, readonly Related[]> {
  const relations = new Map<Entry, Map<Entry, Related['relation']>>(entries.map((entry) => [entry, new Map()]));
  const ofDay = uniqueDays(entries);
  for (const entry of entries) {
    for (const { entry: other, isRepeat } of namedIn(entry.text ?? '', names, ofDay)) {
      const isLater = compare(other.date ?? '', entry.date ?? '') > 0;
      if (other !== entry) {
        note(relations.get(entry), other, isRepeat && !isLater ? 'recurrence-of' : 'mentions');
        note(relations.get(other), entry, isRepeat && !isLater ? 'recurred-in' : 'mentioned-by');
      }
    }
  }
  return new Map([...relations].map(([entry, found]) => [entry, sorted(found)]));
}

/** Days with one post-mortem: there a date is as good as a name. */
function uniqueDays(entries: readonly Entry[]): ReadonlyMap<string, Entry> {
  const days = new Map<string, Entry | null>();
  for (const entry of entries.filter(({ date }) => date !== null)) {
    days.set(entry.date ?? '', days.has(entry.date ?? '') ? null : entry);
  }
  return new Map([...days].filter((pair): pair is [string, Entry] => pair[1] !== null));
}

/**
 * The post-mortems that a text names. It speaks of a repetition where the line, the one above it or the heading says so; below such a
 * heading a date is enough of a name.
 */
function* namedIn(text: string, names: Names, ofDay: ReadonlyMap<string, Entry>): Generator<{ readonly entry: Entry; readonly isRepeat: boolean }> {
  let isBelowRepeat = false;
  let above = '';
  let isCode = false;
  for (const line of text.split(/\r\n?|\n/)) {
    isCode = /^\s*(?:```|~~~)/.test(line) ? !isCode : isCode;
    if (!isCode && /^#{1,6}\s/.test(line)) {
      isBelowRepeat = repeats.test(line);
    }
    const days = isBelowRepeat ? [...line.matchAll(/(?<![\d-])\d{4}-\d{2}-\d{2}(?![\d-])/g)].flatMap(([day]) => ofDay.get(day) ?? []) : [];
    const named = [...names.in(line)].map(({ entry }) => entry);
    if (named.length + days.length > 0) {
      const near = `${above.slice(-400)} ${line.slice(0, 2000)}`;
      const isRepeat = (isBelowRepeat || repeats.test(near)) && !denies.test(near);
      yield* named.map((entry) => ({ entry, isRepeat }));
      yield* days.filter(() => isRepeat).map((entry) => ({ entry, isRepeat }));
    }
    above = line;
  }
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

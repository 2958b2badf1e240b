/** What is to be done with one file of the kit in one repository. */
import { isOlder, readStamp, stamped } from './stamp.ts';

export type FileState =
  /** Not there: is written. */
  | { readonly kind: 'missing' }
  /** As this kit would write it. */
  | { readonly kind: 'current' }
  /** Written by an older kit, or with other facts, and not touched since: is replaced. */
  | { readonly kind: 'older'; readonly version: string | null }
  /** Written by a newer kit: left alone. */
  | { readonly kind: 'newer'; readonly version: string }
  /** Changed by a person since it was written, or never of the kit: left alone. `isOlder`: the kit's text has changed since. */
  | { readonly kind: 'changed'; readonly version: string | null; readonly isOlder: boolean; readonly difference: string };

/**
 * Compares the file that is there with what this kit would write.
 * @param installed its text; `null` when there is none
 * @param text of this kit, filled in, without a stamp
 * @param template of this kit, as it stands in examples/: a copy made by hand
 */
export function compareFile(installed: string | null, text: string, template: string, path: string, version: string): FileState {
  if (installed === null) return { kind: 'missing' };
  const mine = readStamp(installed);
  const theirs = readStamp(stamped(path, text, version));
  if (mine.stamp === null) {
    const isCopy = [theirs.text, readStamp(template).text].includes(mine.text);
    return isCopy ? { kind: 'older', version: null } : changed(null, false, mine.text, theirs.text);
  }
  if (mine.text === theirs.text) return { kind: 'current' };
  const { version: from, hash } = mine.stamp;
  const isNewer = isOlder(version, from);
  // Edited or not, what counts is whether the kit's text is another one by now: a new version may leave a file as it was.
  if (!mine.isUnchanged) return changed(from, !isNewer && hash !== theirs.stamp?.hash, mine.text, theirs.text);
  return isNewer ? { kind: 'newer', version: from } : { kind: 'older', version: from };
}

function changed(version: string | null, older: boolean, mine: string, theirs: string): FileState {
  return { kind: 'changed', version, isOlder: older, difference: differenceOf(mine, theirs) };
}

/** Where two texts differ, from the first line to the last: `lines 3-9 here, 3-12 in the kit`. */
export function differenceOf(mine: string, theirs: string): string {
  const [here, there] = [mine, theirs].map((text) => text.replace(/\n$/, '').split('\n'));
  if (!here || !there || mine === theirs) return 'no line differs';
  const shorter = Math.min(here.length, there.length);
  let start = 0;
  while (start < shorter && here[start] === there[start]) start++;
  let end = 0;
  while (end < shorter - start && here[here.length - 1 - end] === there[there.length - 1 - end]) end++;
  return `${span(start, here.length - end)} here, ${span(start, there.length - end)} in the kit`;
}

function span(start: number, end: number): string {
  if (end <= start) return 'nothing';
  return end - start === 1 ? `line ${end}` : `lines ${start + 1}-${end}`;
}

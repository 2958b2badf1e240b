/** How the two statuses that are written most are spelt in the template. */
const spellings: Readonly<Record<string, string>> = { todo: 'TODO', done: 'Done' };

/** The template's spelling of a status word, `null` when it is spelt so, or is another word: `To-do` is TODO, `DONE` is Done. */
export function spelling(word: string): string | null {
  const better = spellings[word.toLowerCase().replaceAll(/[\s_-]+/g, '')];
  return better === undefined || better === word ? null : better;
}

/** Levenshtein distance: how many letters two words differ in. One of more than 40 letters is far from everything. */
export function editDistance(a: string, b: string): number {
  if (a.length > 40 || b.length > 40) {
    return Number.POSITIVE_INFINITY;
  }
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

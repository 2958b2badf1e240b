/** How the two statuses that are written most are spelt in the template. */
const spellings: Readonly<Record<string, string>> = { todo: 'TODO', done: 'Done' };

/** The template's spelling of a status word, `null` when it is spelt so, or is another word: `To-do` is TODO, `DONE` is Done. */
export function spelling(word: string): string | null {
  const better = spellings[word.toLowerCase().replaceAll(/[\s_-]+/g, '')];
  return better === undefined || better === word ? null : better;
}

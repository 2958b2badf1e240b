/** Short texts that repeat all over a repository (column names, headings, statuses), and what was found out about them. */

const entryCap = 2000;
const keyCap = 80;

/** A function that remembers its answers for short texts. It has to be pure; memory is bounded. */
export function remembered<T>(answer: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    if (text.length > keyCap) {
      return answer(text);
    }
    let found = known.get(text);
    if (found === undefined) {
      if (known.size >= entryCap) {
        known.clear();
      }
      found = answer(text);
      known.set(text, found);
    }
    return found;
  };
}

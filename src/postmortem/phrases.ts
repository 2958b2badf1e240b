/** Lists of phrases, looked up word by word. A regular expression of a thousand alternatives would cost a hundred times as much. */

/** What each known phrase stands for. Phrases are written as `normaliseName` gives them, separated by `|`; `x?` makes `x` optional. */
export class Phrases<Tag extends string> {
  private readonly lists: Readonly<Record<Tag, string>>;
  private index: Map<string, Tag | null> | null = null;

  /** @param lists a phrase that stands in two lists belongs to the first */
  constructor(lists: Readonly<Record<Tag, string>>) {
    this.lists = lists;
  }

  /** The tag of exactly this phrase. */
  get(phrase: string): Tag | undefined {
    return this.built().get(phrase) ?? undefined;
  }

  /** The longest phrase that `words` begin with. */
  start(words: readonly string[]): { readonly tag: Tag; readonly words: number } | undefined {
    let longest: { tag: Tag; words: number } | undefined;
    this.walk(words, 0, (tag, count) => {
      longest = { tag, words: count };
    });
    return longest;
  }

  /** The tags of all phrases that occur in a text of whole words. */
  tagsIn(name: string): Set<Tag> {
    const words = name.split(' ');
    const found = new Set<Tag>();
    for (let from = 0; from < words.length; from++) {
      this.walk(words, from, (tag) => found.add(tag));
    }
    return found;
  }

  /** All phrases with their tags, for tests of the lists. */
  entries(): [string, Tag][] {
    return [...this.built()].filter((entry): entry is [string, Tag] => entry[1] !== null);
  }

  /** Reports every phrase that starts at `from`, shorter ones first. */
  private walk(words: readonly string[], from: number, report: (tag: Tag, words: number) => void): void {
    const index = this.built();
    let phrase = words[from] ?? '';
    for (let to = from; to < words.length; ) {
      const tag = index.get(phrase);
      if (tag === undefined) {
        return;
      }
      to++;
      if (tag !== null) {
        report(tag, to - from);
      }
      phrase = `${phrase} ${words[to] ?? ''}`;
    }
  }

  /** Phrases with their tags, and the beginnings of longer phrases with `null`. */
  private built(): Map<string, Tag | null> {
    if (this.index === null) {
      this.index = new Map();
      for (const [tag, list] of Object.entries(this.lists) as [Tag, string][]) {
        for (const phrase of list.split('|').flatMap(spellings)) {
          this.index.set(phrase, this.index.get(phrase) ?? tag);
          for (let at = phrase.indexOf(' '); at !== -1; at = phrase.indexOf(' ', at + 1)) {
            const beginning = phrase.slice(0, at);
            this.index.set(beginning, this.index.get(beginning) ?? null);
          }
        }
      }
    }
    return this.index;
  }
}

/** `items?` gives `items` and `item`. */
function spellings(phrase: string): string[] {
  const at = phrase.indexOf('?');
  if (at === -1) {
    return [phrase];
  }
  return [phrase.slice(0, at), phrase.slice(0, at - 1)].flatMap((start) => spellings(start + phrase.slice(at + 1)));
}

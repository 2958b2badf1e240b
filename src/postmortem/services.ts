/** The services an incident touched, from a list people write among other words. */

/** More are not listed: a filter of hundreds helps nobody. */
const mostServices = 8;
const separators = /[,;、，；：•|]|[:.]\s|\.$|\s(?:and|und|et|y|e|en|plus|&|\+|-|–|—)\s/iu;
/** Amounts, groups and phrases that name no service. */
const unnamed =
  /^(?:[~≈<>≥]?\d|all\b|every|none\b|no\b|n\/?a$|unknown|tbd|various|several|multiple|many|most|some|other|others|any|more\b|and more|etc\b|only\b|the\b|latent|downstream|users?\b|customers?\b|everyone|todos?\b|todas?\b|alle\b|keine|tous|toutes|aucun)/iu;
const longest = { words: 3, characters: 32 };

/**
 * Names of services in the order they are written, each once: `48+ pods across 20 namespaces. DNS (all instances), Vault, and more` gives
 * DNS and Vault. What reads as a sentence gives none.
 * @param text plain text, Markdown stripped
 */
export function readServices(text: string): string[] {
  const names = new Map<string, string>();
  const outside = text.slice(0, 2000).replaceAll(/\([^()]{0,400}\)|\[[^[\]]{0,400}\]/g, ' ');
  for (const part of outside.split(separators)) {
    const name = part.trim().replace(/^(?:and|und|et|the)\s+/i, '').replaceAll(/\s+/g, ' ');
    const known = names.has(name.toLowerCase());
    if (name.length > 1 && name.length <= longest.characters && name.split(' ').length <= longest.words && !unnamed.test(name) && /\p{L}/u.test(name) && !known) {
      names.set(name.toLowerCase(), name);
    }
  }
  return [...names.values()].slice(0, mostServices);
}

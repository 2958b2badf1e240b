/** Names of pages. */

/** Longer names do not fit a file system's 255 bytes with an ending, in any script. */
const longest = 80;

/**
 * A name for each file's page: its own name without ending, so that an address stays when other documents come and go. Files of the same
 * name in different folders are told apart by their folders.
 * @param files paths with `/` separators, each once
 */
export function slugsOf(files: readonly string[]): ReadonlyMap<string, string> {
  const bases = files.map((file) => slugOf(file.split('/').at(-1) ?? file));
  const counts = new Map<string, number>();
  for (const base of bases) {
    counts.set(base.toLowerCase(), (counts.get(base.toLowerCase()) ?? 0) + 1);
  }
  const taken = new Set<string>();
  return new Map(
    files.map((file, index) => {
      const base = bases[index] ?? '';
      const wanted = base !== '' && base !== 'index' && counts.get(base.toLowerCase()) === 1 ? base : slugOf(file) || 'document';
      let slug = wanted;
      // Names that differ in signs or case only.
      for (let number = 2; taken.has(slug.toLowerCase()); number++) {
        slug = `${wanted}-${number}`;
      }
      taken.add(slug.toLowerCase());
      return [file, slug];
    }),
  );
}

function slugOf(path: string): string {
  return path
    .normalize('NFC')
    .replace(/\.(?:md|markdown)$/i, '')
    .replaceAll(/[^\p{L}\p{M}\p{N}._-]+/gu, '-')
    .replaceAll(/^[-.]+|[-.]+$/g, '')
    .slice(0, longest);
}

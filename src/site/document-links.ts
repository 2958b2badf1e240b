/** Where the links of a document lead, from its page. */
import { posix } from 'node:path';
import type { Entry } from './entry.ts';
import type { Links } from './links.ts';
import type { Names } from './names.ts';
import type { Related } from './relations.ts';

/** The repository on its forge; every function gives `null` when the forge is not known. */
export interface Forge {
  /** Web address of a file. */
  readonly file: (path: string, line?: number) => string | null;
  readonly commit: (id: string) => string | null;
}

export interface Surroundings {
  readonly byFile: ReadonlyMap<string, Entry>;
  readonly names: Names;
  readonly forge: Forge;
  /** Copies a picture of the repository into the site and gives its address from the folder of pages; `null` when it cannot. */
  readonly image: (path: string) => string | null;
}

/**
 * The links of one document. Pages of post-mortems lie in one folder, side by side.
 * @param related whether it has relations: most documents name no other one, and their every word need not be looked up
 */
export function linksOf(entry: Entry, related: readonly Related[], { byFile, names, forge, image }: Surroundings): Links {
  const namesOthers = related.length > 0;
  const toPage = (other: Entry, fragment: string): string => `${other === entry ? '' : pageName(other)}${fragment}` || pageName(other);
  return {
    resolve(href) {
      if (/^[a-z][a-z0-9+.-]*:/i.test(href) || href.startsWith('//')) {
        const [address = '', fragment] = href.split('#', 2);
        const known = [...names.in(decoded(address))].find(({ entry: other }) => forge.file(other.file) === address);
        return known === undefined ? (href.startsWith('//') ? `https:${href}` : href) : toPage(known.entry, fragment === undefined ? '' : `#${fragment}`);
      }
      const [, path = '', fragment = ''] = /^([^?#]*)(?:\?[^#]*)?(#.*)?$/.exec(href) ?? [];
      const file = inRepository(entry.file, decoded(path));
      const other = (file === null ? undefined : byFile.get(file)) ?? byFile.get(decoded(path).replace(/^\.?\//, '')) ?? (/\.md$/i.test(path) ? names.find(decoded(path)) : null);
      if (other) {
        return toPage(other, fragment);
      }
      return file === null || file === '' ? null : appended(forge.file(file), fragment);
    },
    image(src) {
      const file = /^(?:[a-z][a-z0-9+.-]*:|\/\/)/i.test(src) ? null : inRepository(entry.file, decoded(src.split(/[?#]/, 1)[0] ?? ''));
      return file === null ? null : image(file);
    },
    commit: forge.commit,
    *mentions(text) {
      for (const { word, index, entry: other } of namesOthers ? names.in(text) : []) {
        if (other !== entry) {
          yield { word, index, href: pageName(other), title: other.title };
        }
      }
    },
  };
}

/** The file name of a page, as it stands in a link. */
export function pageName(entry: Entry): string {
  return `${encodeURIComponent(entry.slug)}.html`;
}

/** A path relative to the repository's root, `null` when it leads out of it. */
function inRepository(file: string, path: string): string | null {
  const joined = path.startsWith('/') ? posix.normalize(path.slice(1)) : posix.join(posix.dirname(file), path);
  return joined.startsWith('..') || posix.isAbsolute(joined) ? null : joined.replace(/^\.$/, '');
}

function appended(address: string | null, fragment: string): string | null {
  return address === null ? null : `${address}${fragment}`;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Links inside a rendered document: to other post-mortems, to files and commits on the forge, to pictures. */
import type { Element, ElementContent, Text } from 'hast';
import { element, text, textOf, visitElements, type Parent } from './trees.ts';

/** Where links of one document lead. All addresses are relative to its page, or absolute. */
export interface Links {
  /** The address for a link as written, `null` when it leads nowhere from here. */
  readonly resolve: (href: string) => string | null;
  /** The address of a picture that was copied into the site, `null` when it is not shown. */
  readonly image: (src: string) => string | null;
  readonly commit: (id: string) => string | null;
  /** Words of a text that name another post-mortem. */
  readonly mentions: (text: string) => Iterable<{ readonly word: string; readonly index: number; readonly href: string; readonly title: string }>;
}

/** Gives every link and picture the address it has from the page; one that leads nowhere becomes its text. */
export function rewriteLinks(root: Parent, links: Links): void {
  visitElements(root, (found) => {
    const { href, src } = found.properties;
    if (found.tagName === 'a' && typeof href === 'string' && !href.startsWith('#')) {
      found.properties['href'] = links.resolve(href) ?? undefined;
    }
    if (found.tagName === 'a' && found.properties['href'] === undefined) {
      found.tagName = 'span';
      found.properties = {};
    }
    if (found.tagName === 'img') {
      placePicture(found, typeof src === 'string' ? src : '', links);
    }
    return undefined;
  });
}

/** A picture that was copied is shown; of any other one its name is left, since the page asks nobody else for anything. */
function placePicture(image: Element, src: string, links: Links): void {
  const alt = typeof image.properties['alt'] === 'string' ? image.properties['alt'] : '';
  const local = links.image(src);
  if (local !== null) {
    image.properties = { src: local, alt, loading: 'lazy' };
    return;
  }
  image.tagName = 'span';
  image.properties = { className: ['picture'] };
  image.children = [text(`Picture: ${alt === '' ? (src.split('/').at(-1) ?? src) : alt}`)];
}

/** Makes links of words that name another post-mortem, and of commit ids that stand where a commit is meant. */
export function linkText(root: Parent, links: Links): void {
  const commitColumns = new Set<Element>();
  visitElements(root, (found, parent, index) => {
    if (['a', 'pre', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6'].includes(found.tagName)) {
      return 'skip';
    }
    if (found.tagName === 'table') {
      noteCommitCells(found, commitColumns);
    }
    if (found.tagName === 'code') {
      const linked = linkedCode(found, parent, index, links);
      if (linked !== null) {
        parent.children.splice(index, 1, linked);
      }
      return 'skip';
    }
    const inCommitColumn = commitColumns.has(found);
    found.children = found.children.flatMap((child) => (child.type === 'text' ? linkedText(child, links, inCommitColumn ? /(?<!\w)[0-9a-f]{7,40}(?!\w)/g : null) : [child]));
    if (inCommitColumn) {
      linkCodes(found, links);
    }
    return undefined;
  });
}

/** The cells below a header `Commit`. */
function noteCommitCells(table: Element, cells: Set<Element>): void {
  const rows: Element[] = [];
  visitElements(table, (found) => {
    if (found.tagName === 'tr') {
      rows.push(found);
    }
    return undefined;
  });
  const [header, ...body] = rows.map(({ children }) => children.filter((child) => child.type === 'element'));
  for (const [column, cell] of (header ?? []).entries()) {
    if (/^(?:commits?|sha|commit id)$/i.test(textOf(cell).trim())) {
      for (const row of body) {
        const found = row[column];
        if (found !== undefined) {
          cells.add(found);
        }
      }
    }
  }
}

function linkCodes(cell: Element, links: Links): void {
  cell.children = cell.children.map((child) => {
    const id = child.type === 'element' && child.tagName === 'code' ? textOf(child).trim() : '';
    const href = isCommit(id) ? links.commit(id) : null;
    return href === null ? child : element('a', { href }, [child]);
  });
}

function isCommit(id: string): boolean {
  return /^[0-9a-f]{7,40}$/.test(id);
}

/** Code that is the name of a post-mortem, or a commit id right behind the word "commit" (or behind another commit id). */
function linkedCode(code: Element, parent: Parent, index: number, links: Links): Element | null {
  const word = textOf(code).trim();
  const [mention] = [...links.mentions(word)];
  if (mention !== undefined && mention.index === 0 && mention.word.length === word.length) {
    return element('a', { href: mention.href, title: mention.title }, [code]);
  }
  const before = parent.children[index - 1];
  const earlier = parent.children[index - 2];
  const announced = before?.type === 'text' && /(?<!\p{L})commits?:?[\s(]*$/iu.test(before.value);
  const listed = before?.type === 'text' && /^(?:,|\s*(?:and|\+|\/|&))\s*$/.test(before.value) && earlier?.type === 'element' && isCommit(textOf(earlier));
  const href = isCommit(word) && (announced || listed) ? links.commit(word) : null;
  return href === null ? null : element('a', { href }, [code]);
}

function linkedText(node: Text, links: Links, commits: RegExp | null): ElementContent[] {
  const found = [...links.mentions(node.value)].map(({ word, index, href, title }) => ({ word, index, properties: { href, title } }));
  for (const { 0: id, index } of commits === null ? [] : node.value.matchAll(commits)) {
    const href = links.commit(id);
    if (href !== null) {
      found.push({ word: id, index, properties: { href, title: 'Commit' } });
    }
  }
  if (found.length === 0) {
    return [node];
  }
  const parts: ElementContent[] = [];
  let at = 0;
  for (const { word, index, properties } of found.toSorted((a, b) => a.index - b.index)) {
    if (index >= at) {
      parts.push(text(node.value.slice(at, index)), element('a', properties, [word]));
      at = index + word.length;
    }
  }
  return [...parts, text(node.value.slice(at))];
}

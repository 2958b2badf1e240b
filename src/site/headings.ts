/** Headings of a rendered document: levels without gaps, ids as the forges give them, a link to each. */
import type { Element } from 'hast';
import { element, text, textOf, visitElements, type Parent } from './trees.ts';

export interface Section {
  readonly id: string;
  readonly title: string;
  /** 2 for the sections of the document, 3 for theirs. */
  readonly level: number;
}

/**
 * Rewrites all headings in place. The page's own title is its only `h1`.
 * @returns the sections in the order of the document
 */
export function linkHeadings(root: Parent): Section[] {
  const ids = new Ids();
  const sections: Section[] = [];
  const above: number[] = [];
  visitElements(root, (found, parent, index) => {
    const depth = /^h[1-6]$/.test(found.tagName) ? Number(found.tagName.slice(1)) : null;
    if (depth === null) {
      return undefined;
    }
    const title = textOf(found).replaceAll(/\s+/g, ' ').trim();
    if (title === '') {
      parent.children.splice(index, 1, element('span', {}, []));
      return 'skip';
    }
    while (above.length > 0 && (above.at(-1) ?? 0) >= depth) {
      above.pop();
    }
    above.push(depth);
    const section = { id: ids.of(title), title, level: Math.min(above.length + 1, 6) };
    sections.push(section);
    parent.children.splice(index, 1, headingOf(found, section));
    return 'skip';
  });
  return sections;
}

function headingOf(found: Element, { id, title, level }: Section): Element {
  const heading: Element = { ...found, tagName: `h${level}`, properties: { id, tabIndex: -1 } };
  const link = element('a', { className: ['anchor'], href: `#${encodeURIComponent(id)}`, ariaLabel: `Link to the section ${title}` }, [text('#')]);
  return element('div', { className: ['heading'] }, [heading, link]);
}

/** Ids as GitHub, GitLab and Forgejo make them, so that links into a document lead to the same place here. */
class Ids {
  private readonly counts = new Map<string, number>();

  of(title: string): string {
    const base = title.toLowerCase().replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '').replaceAll(' ', '-') || 'section';
    let id = base;
    let count = this.counts.get(base) ?? 0;
    while (this.counts.has(id) || reserved.has(id)) {
      count++;
      id = `${base}-${count}`;
    }
    this.counts.set(base, count);
    this.counts.set(id, this.counts.get(id) ?? 0);
    return id;
  }
}

/** What the page around the document uses. */
const reserved = new Set(['main', 'contents', 'contents-title', 'related-title']);

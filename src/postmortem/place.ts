/** Where a table or list stands: the headings and labels above it, and what they say. */
import { headingPriority } from './priority.ts';
import { headingStatus, labelOwner, type Stated } from './stated.ts';
import { sectionBelow, type SectionKind } from './sections.ts';
import type { Block, Heading, Paragraph } from './outline.ts';
import type { MarkdownDocument } from './document.ts';
import type { Priority } from './model.ts';

export class Place {
  readonly section: SectionKind;
  /** Plain texts of the label and the headings above, innermost first. */
  readonly titles: readonly string[];
  /** Of the nearest heading. */
  readonly priority: Priority | null;
  /** Whom the label right above names. */
  readonly owner: string | null;
  private stated: Omit<Stated, 'end'> | null | undefined;

  constructor(section: SectionKind, titles: readonly string[], priority: Priority | null, owner: string | null) {
    this.section = section;
    this.titles = titles;
    this.priority = priority;
    this.owner = owner;
  }

  /** The status that the label or a heading above states for everything below it. */
  status(): Omit<Stated, 'end'> | null {
    if (this.stated === undefined) {
      this.stated = this.titles.map(headingStatus).find((found) => found !== null) ?? null;
    }
    return this.stated;
  }
}

interface Section {
  readonly title: string;
  readonly level: number;
  readonly kind: SectionKind;
}

/** The place of every block of a document, in the order of the blocks. */
export function placesOf(document: MarkdownDocument): Place[] {
  const { blocks } = document.outline;
  const title = documentTitle(blocks);
  let sections: readonly Section[] = [];
  let place = new Place('unknown', [], null, null);
  let labelled = false;
  return blocks.map((block, index) => {
    if (block.kind === 'heading') {
      sections = enter(sections, block, document.plain(block.text), block === title);
      place = placeIn(sections, null);
      labelled = false;
    } else if (block.kind === 'paragraph' && block.item === null) {
      const label = labelOf(document, block, blocks[index + 1]);
      place = label === null && !labelled ? place : placeIn(sections, label);
      labelled = label !== null;
    }
    return place;
  });
}

/** The heading that names the document rather than a section: the first one, when no other is of level 1. */
export function documentTitle(blocks: readonly Block[]): Heading | null {
  const headings = blocks.filter((block) => block.kind === 'heading');
  const first = headings[0];
  const isOnly = headings.length > 1 && headings.every(({ level }, index) => (level === 1) === (index === 0));
  return isOnly ? (first ?? null) : null;
}

function enter(sections: readonly Section[], heading: Heading, title: string, isDocumentTitle: boolean): Section[] {
  const above = sections.filter(({ level }) => level < heading.level);
  const kind = isDocumentTitle ? 'unknown' : sectionBelow(above.at(-1)?.kind ?? 'unknown', title);
  return [...above, { title, level: heading.level, kind }];
}

function placeIn(sections: readonly Section[], label: string | null): Place {
  const inner = sections.at(-1);
  const titles = sections.map(({ title }) => title).reverse();
  const kind = inner?.kind ?? 'unknown';
  const priority = headingPriority(inner?.title ?? '');
  if (label === null) {
    return new Place(kind, titles, priority, null);
  }
  const names = label.split(' ').length <= 6;
  return new Place(names ? sectionBelow(kind, label) : kind, [label, ...titles], priority, labelOwner(label));
}

/** A bold line, or a short one that ends in a colon, right above a list or table: a heading in all but name. */
function labelOf(document: MarkdownDocument, paragraph: Paragraph, next: Block | undefined): string | null {
  if (next === undefined || next.kind === 'heading' || next.kind === 'paragraph') {
    return null;
  }
  const markdown = document.join(paragraph.lines).trim();
  const isLabel = /[:：](?:\*\*|__)?$/.test(markdown) || /^(?:\*\*[^*]+\*\*|__[^_]+__)\s*(?:\([^)]*\))?$/.test(markdown);
  return isLabel && markdown.length <= 200 ? document.plain(markdown) : null;
}

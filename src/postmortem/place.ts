/** Where a table or list stands: the headings and labels above it, and what they say. */
import { headingPriority } from './priority.ts';
import { headingStatus, labelOwner, type Stated } from './stated.ts';
import { sectionBelow, type SectionKind } from './sections.ts';
import type { Block, Heading, Paragraph } from './outline.ts';
import type { MarkdownDocument } from './document.ts';
import type { Priority } from './model.ts';

/** What a heading opens. Its title is read when first asked for: most sections hold neither a table nor a list. */
class Section {
  readonly parent: Section | null;
  readonly level: number;
  private readonly document: MarkdownDocument;
  private readonly heading: Heading;
  private readonly isDocumentTitle: boolean;
  private titleText: string | null = null;
  private sectionKind: SectionKind | null = null;

  constructor(document: MarkdownDocument, heading: Heading, parent: Section | null, documentTitle: Heading | null) {
    this.document = document;
    this.heading = heading;
    this.parent = parent;
    this.level = heading.level;
    this.isDocumentTitle = heading === documentTitle;
  }

  get title(): string {
    return (this.titleText ??= this.document.plain(this.heading.text));
  }

  get kind(): SectionKind {
    return (this.sectionKind ??= this.isDocumentTitle ? 'unknown' : sectionBelow(this.parent?.kind ?? 'unknown', this.title));
  }
}

/** Everything it tells is found out when first asked for. */
export class Place {
  private readonly inner: Section | null;
  private readonly label: string | null;
  private allTitles: readonly string[] | null = null;
  private stated: Omit<Stated, 'end'> | null | undefined;

  constructor(inner: Section | null, label: string | null) {
    this.inner = inner;
    this.label = label;
  }

  get section(): SectionKind {
    const kind = this.inner?.kind ?? 'unknown';
    return this.label !== null && this.label.split(' ').length <= 6 ? sectionBelow(kind, this.label) : kind;
  }

  /** Plain texts of the label and the headings above, innermost first. */
  get titles(): readonly string[] {
    if (this.allTitles === null) {
      const titles = this.label === null ? [] : [this.label];
      for (let section = this.inner; section !== null; section = section.parent) {
        titles.push(section.title);
      }
      this.allTitles = titles;
    }
    return this.allTitles;
  }

  /** Of the nearest heading. */
  get priority(): Priority | null {
    return headingPriority(this.inner?.title ?? '');
  }

  /** Whom the label right above names. */
  get owner(): string | null {
    return this.label === null ? null : labelOwner(this.label);
  }

  /** The status that the label or a heading above states for everything below it. */
  status(): Omit<Stated, 'end'> | null {
    if (this.stated === undefined) {
      this.stated = this.titles.map(headingStatus).find((found) => found !== null) ?? null;
    }
    return this.stated;
  }
}

/** The place of every block of a document, in the order of the blocks. */
export function placesOf(document: MarkdownDocument): Place[] {
  const { blocks } = document.outline;
  const title = documentTitle(blocks);
  let section: Section | null = null;
  let place = new Place(null, null);
  let isLabelled = false;
  return blocks.map((block, index) => {
    if (block.kind === 'heading') {
      while (section !== null && section.level >= block.level) {
        section = section.parent;
      }
      section = new Section(document, block, section, title);
      place = new Place(section, null);
      isLabelled = false;
    } else if (block.kind === 'paragraph' && block.item === null) {
      const label = labelOf(document, block, blocks[index + 1]);
      place = label === null && !isLabelled ? place : new Place(section, label);
      isLabelled = label !== null;
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

/** A bold line, or a short one that ends in a colon, right above a list or table: a heading in all but name. */
function labelOf(document: MarkdownDocument, paragraph: Paragraph, next: Block | undefined): string | null {
  if (next === undefined || next.kind === 'heading' || next.kind === 'paragraph') {
    return null;
  }
  const end = paragraph.lines.at(-1)?.end ?? 0;
  if (!/[:：*_)]/.test(document.text.charAt(end - 1))) {
    return null;
  }
  const markdown = document.join(paragraph.lines).trim();
  const isLabel = /[:：](?:\*\*|__)?$/.test(markdown) || /^(?:\*\*[^*]+\*\*|__[^_]+__)\s*(?:\([^)]*\))?$/.test(markdown);
  return isLabel && markdown.length <= 200 ? document.plain(markdown) : null;
}

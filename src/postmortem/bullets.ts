/** List items as TODOs: the boxes of task lists, and the bullets of sections that list work. */
import { headingStatus, leadingStatus, statedOwner, trailingStatus, type Stated } from './stated.ts';
import { isBareLink, isMetadata, isNorm, isOneLink, narrates, readsAsTask } from './tasks.ts';
import { isPlaceholder } from './placeholder.ts';
import type { Language } from './language.ts';
import type { ListItem } from './outline.ts';
import type { Priority, TodoState } from './model.ts';
import { prefixPriority } from './priority.ts';
import { readBox, readStatus } from './status.ts';
import type { SectionKind } from './sections.ts';

export interface Bullet {
  readonly source: 'tasklist' | 'bullet';
  readonly action: string;
  readonly markdown: string;
  readonly priority: { readonly priority: Priority; readonly raw: string } | null;
  readonly owner: string | null;
  readonly statusRaw: string | null;
  readonly state: TodoState;
}

/** Where a list item stands. */
export interface ListPlace {
  readonly section: SectionKind;
  /** Headings and labels above it, innermost first. */
  readonly titles: readonly string[];
  /** Whether the document has a section of action items with something in it. */
  readonly listsActions: boolean;
  /** Who the label right above the list names. */
  readonly owner: string | null;
  /** Plain texts of the list items directly in it. */
  readonly children: readonly string[];
  /** The document's language, found out when first asked for. */
  readonly language: () => Language;
  /** Whether the item it lies in is a TODO itself. */
  readonly inTodo: boolean;
}

/**
 * The TODO a list item is, `null` when it is none.
 * @param markdown its first paragraph as written, lines joined by a space
 * @param plain turns Markdown into plain text
 */
export function readBullet(item: ListItem, markdown: string, place: ListPlace, plain: (markdown: string) => string): Bullet | null {
  const { section } = place;
  if (markdown === '' || section === 'other' || section === 'steps' || section === 'checklist' || section === 'follow-up-log') {
    return null;
  }
  const box = readBox(markdown);
  if (box === null && section === 'unknown') {
    return null;
  }
  const rest = markdown.slice(box?.end ?? 0);
  const text = plain(rest);
  const leading = leadingStatus(text);
  const body = text.slice(leading?.end ?? 0);
  const priority = prefixPriority(body);
  const action = body.slice(priority?.end ?? 0);
  if (isPlaceholder(action)) {
    return null;
  }
  const owner = statedOwner(text) ?? ownerOfChildren(place.children) ?? place.owner;
  if (box !== null) {
    return { source: 'tasklist', action, markdown: rest, priority, owner, statusRaw: box.raw, state: box.state };
  }
  const struck = /^~~[^~]+~~[.!]?$/.test(markdown.trim());
  const own = leading ?? trailingStatus(text) ?? statusOfChildren(place.children);
  if (!isItem(item, rest, action, place, own ?? (struck ? { raw: '', state: 'closed' } : null))) {
    return null;
  }
  const stated = own ?? statusOfTitles(place.titles);
  const state = struck ? 'closed' : (stated?.state ?? 'unknown');
  return { source: 'bullet', action, markdown: rest, priority, owner, statusRaw: stated?.raw ?? null, state };
}

function isItem(item: ListItem, markdown: string, action: string, place: ListPlace, own: Omit<Stated, 'end'> | null): boolean {
  if (/[:：]$/.test(action) && item.children > 0) {
    return false;
  }
  if (isBareLink(markdown) || isMetadata(action) || (item.parent !== null && isOneLink(markdown)) || (own === null && isNorm(action))) {
    return false;
  }
  if (own !== null || readsAsTask(action, place.language())) {
    return true;
  }
  if (place.inTodo || narrates(action)) {
    return false;
  }
  return place.section === 'actions' || (place.section === 'measures' && !place.listsActions);
}

function statusOfTitles(titles: readonly string[]): Omit<Stated, 'end'> | null {
  for (const title of titles) {
    const stated = headingStatus(title);
    if (stated !== null) {
      return stated;
    }
  }
  return null;
}

function ownerOfChildren(children: readonly string[]): string | null {
  return children.map((child) => (isMetadata(child) ? statedOwner(child) : null)).find((owner) => owner !== null) ?? null;
}

function statusOfChildren(children: readonly string[]): Omit<Stated, 'end'> | null {
  for (const child of children) {
    const raw = /^(?:status|state|stand|statut|estado|stato|stan|статус|状態|ステータス|状态|상태)\s*[:：]\s*(.+)$/iu.exec(child)?.[1];
    const reading = raw === undefined ? null : readStatus(raw);
    if (raw !== undefined && reading?.known) {
      return { raw, state: reading.state };
    }
  }
  return null;
}

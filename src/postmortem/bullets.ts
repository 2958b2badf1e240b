/** List items as TODOs: the boxes of task lists, and the bullets of sections that list work. */
import { isBareLink, isMetadata, isNorm, isOneLink, narrates, readsAsTask } from './tasks.ts';
import { isPlaceholder } from './placeholder.ts';
import { leadingStatus, statedOwner, trailingStatus, type Stated } from './stated.ts';
import { prefixPriority } from './priority.ts';
import { readBox, readStatus } from './status.ts';
import type { Language } from './language.ts';
import type { ListItem } from './outline.ts';
import type { MarkdownDocument } from './document.ts';
import type { Place } from './place.ts';
import type { TodoDraft } from './rows.ts';

/** What a list item is read with. */
export interface ListContext {
  readonly document: MarkdownDocument;
  readonly place: Place;
  /** Whether the document has a section of action items with something in it. */
  readonly listsActions: boolean;
  /** Plain texts of the list items directly in it. */
  readonly children: () => readonly string[];
  /** The document's language, found out when first asked for. */
  readonly language: () => Language;
  /** Whether the item it lies in is a TODO itself. */
  readonly inTodo: boolean;
}

/** The TODO a list item is, `null` when it is none. */
export function readBullet(item: ListItem, context: ListContext): TodoDraft | null {
  const { document, place } = context;
  const { section } = place;
  const markdown = document.join(item.lines);
  if (markdown === '' || section === 'other' || section === 'steps' || section === 'checklist' || section === 'follow-up-log') {
    return null;
  }
  const box = readBox(markdown);
  if (box === null && section === 'unknown') {
    return null;
  }
  const rest = markdown.slice(box?.end ?? 0);
  const text = document.plain(rest);
  const leading = leadingStatus(text);
  const body = text.slice(leading?.end ?? 0);
  const prefix = prefixPriority(body);
  const action = body.slice(prefix?.end ?? 0);
  const own = box ?? leading ?? trailingStatus(text) ?? (item.children > 0 ? statusOfChildren(context.children()) : null);
  const struck = box === null && /^~~[^~]+~~[.!]?$/.test(markdown.trim());
  if (isPlaceholder(action) || (box === null && !isItem(item, rest, action, context, own !== null || struck))) {
    return null;
  }
  const stated = own ?? place.status();
  const priority = prefix?.priority ?? place.priority;
  return {
    line: item.line,
    column: item.column,
    source: box === null ? 'bullet' : 'tasklist',
    action,
    actionMarkdown: rest,
    priority: priority ?? 'P2',
    priorityFrom: prefix !== null ? 'prefix' : priority !== null ? 'heading' : 'default',
    priorityRaw: prefix?.raw ?? place.priority,
    type: null,
    typeFrom: null,
    details: '',
    owner: statedOwner(text) ?? (item.children > 0 ? ownerOfChildren(context.children()) : null) ?? place.owner,
    statusRaw: stated?.raw ?? null,
    state: struck ? 'closed' : (stated?.state ?? 'unknown'),
    statusRange: null,
  };
}

function isItem(item: ListItem, markdown: string, action: string, context: ListContext, hasStatus: boolean): boolean {
  const { place } = context;
  const groups = /[:：]$/.test(action) && item.children > 0;
  const isLink = isBareLink(markdown) || (item.parent !== null && isOneLink(markdown));
  if (groups || isLink || isMetadata(action) || (!hasStatus && isNorm(action))) {
    return false;
  }
  const listed = place.section === 'actions' || (place.section === 'measures' && !context.listsActions);
  return hasStatus || (listed && !context.inTodo && !narrates(action)) || readsAsTask(action, context.language());
}

function ownerOfChildren(children: readonly string[]): string | null {
  return children.map((child) => (isMetadata(child) ? statedOwner(child) : null)).find((owner) => owner !== null) ?? null;
}

function statusOfChildren(children: readonly string[]): Omit<Stated, 'end'> | null {
  for (const child of children) {
    const raw = /^(?:status|state|stand|statut|estado|stato|stan|статус|状態|ステータス|状态|상태)\s*[:：]\s*(.+)$/iu.exec(child)?.[1];
    const reading = raw === undefined ? null : readStatus(raw);
    if (raw !== undefined && reading !== null && reading.kind !== null) {
      return { raw, state: reading.state };
    }
  }
  return null;
}

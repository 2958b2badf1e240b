/** `index.json`: what the site knows, for other programs. Its shape only ever gains fields; a change of meaning raises `version`. */
import { anchorOf } from './statuses.ts';
import { pageName } from './document-links.ts';
import type { Entry } from './entry.ts';
import type { IndexContent } from './index-page.ts';
import type { SiteOptions } from './options.ts';

export interface IndexJson {
  readonly version: 1;
  readonly title: string;
  /** Newest first, one for every file. */
  readonly postMortems: readonly {
    /** Path of the document in the repository. Stable. */
    readonly id: string;
    readonly title: string;
    /** `YYYY-MM-DD` */
    readonly date: string | null;
    /** Relative to this file. */
    readonly page: string;
    /** On the forge, when it is known. */
    readonly source: string | null;
    readonly severity: { readonly label: string; readonly rank: number | null } | null;
    readonly duration: { readonly minutes: number | null; readonly text: string } | null;
    readonly services: readonly string[];
    readonly summary: string | null;
    readonly items: Entry['items'];
    /** What the document does not say. */
    readonly missing: readonly string[];
    readonly problems: readonly { readonly line: number; readonly rule: string; readonly message: string }[];
  }[];
  /** The most urgent first. */
  readonly openItems: readonly {
    /** Path of the post-mortem and a hash of the action. Survives edits of the other cells. */
    readonly id: string;
    readonly postMortem: string;
    readonly line: number;
    readonly action: string;
    readonly priority: string;
    /** `false` when the document states none and P2 is assumed. */
    readonly priorityStated: boolean;
    readonly type: string | null;
    readonly owner: string | null;
    /** First day on which it is overdue. */
    readonly overdueFrom: string | null;
    readonly page: string;
    readonly source: string | null;
  }[];
}

/** The text of the file. It holds no age, so that it changes only when a document does. */
export function indexJson({ entries, items, anchored }: IndexContent, options: SiteOptions): string {
  const index: IndexJson = {
    version: 1,
    title: options.title,
    postMortems: entries.map((entry) => postMortemJson(entry, options)),
    openItems: items.map(({ todo, entry, overdueFrom }) => ({
      id: todo.id,
      postMortem: entry.file,
      line: todo.line,
      action: todo.action,
      priority: todo.priority,
      priorityStated: todo.priorityFrom !== 'default',
      type: todo.type,
      owner: todo.owner,
      overdueFrom,
      page: `post-mortems/${pageName(entry)}${anchored.has(todo.id) ? `#${anchorOf(todo)}` : ''}`,
      source: options.forge.file(entry.file, todo.line),
    })),
  };
  return `${JSON.stringify(index, null, 1)}\n`;
}

function postMortemJson(entry: Entry, { forge }: SiteOptions): IndexJson['postMortems'][number] {
  const { severity, duration, affected, summary } = entry.metadata;
  return {
    id: entry.file,
    title: entry.title,
    date: entry.date,
    page: `post-mortems/${pageName(entry)}`,
    source: forge.file(entry.file),
    severity: severity === null ? null : { label: severity.label, rank: severity.rank },
    duration,
    services: affected?.services ?? [],
    summary,
    items: entry.items,
    missing: entry.missing,
    problems: entry.problems.map(({ line, rule, message }) => ({ line, rule, message })),
  };
}

/** One post-mortem as the site shows it. */
import type { Metadata } from '../postmortem/metadata.ts';
import { readMetadata } from '../postmortem/metadata.ts';
import type { PostMortem, Problem } from '../postmortem/model.ts';

export interface Entry {
  /** Path in the repository, `/` separators; its id in `index.json`. */
  readonly file: string;
  /** Name of its page, without folder and ending. */
  readonly slug: string;
  /** Without the words "Post-Mortem" and a date around it. */
  readonly title: string;
  /** `YYYY-MM-DD` */
  readonly date: string | null;
  readonly metadata: Metadata;
  readonly postMortem: PostMortem;
  /** The document; `null` when the file could not be read. */
  readonly text: string | null;
  readonly items: ItemCounts;
  /** What a reader would look for and the document does not say, in the words of the page. */
  readonly missing: readonly string[];
  /** What kept the file from being read, and what the parser stumbled over. */
  readonly problems: readonly Problem[];
}

/** Action items by state. */
export interface ItemCounts {
  readonly total: number;
  readonly done: number;
  readonly open: number;
  readonly unknown: number;
}

/** The entry of a document that was read. */
export function entryOf(postMortem: PostMortem, text: string, slug: string): Entry {
  const metadata = readMetadata(text, postMortem.file);
  const count = (state: string): number => postMortem.todos.filter((todo) => todo.state === state).length;
  return {
    file: postMortem.file,
    slug,
    title: shortTitle(postMortem.title),
    date: postMortem.date,
    metadata,
    postMortem,
    text,
    items: { total: postMortem.todos.length, done: count('closed'), open: count('open'), unknown: count('unknown') },
    missing: missingOf(postMortem, metadata),
    problems: postMortem.problems.filter(({ level }) => level !== 'info'),
  };
}

/** The entry of a file that could not be read: it keeps its place, with the reason. */
export function unreadEntry(problem: Problem, slug: string): Entry {
  const { file } = problem;
  const name = (file.split('/').at(-1) ?? file).replace(/\.[a-z]+$/i, '');
  return {
    file,
    slug,
    title: name,
    date: /^\d{4}-\d{2}-\d{2}/.exec(name)?.[0] ?? null,
    metadata: { severity: null, duration: null, affected: null, status: null, summary: null },
    postMortem: { file, title: name, date: null, todos: [], followUp: [], problems: [] },
    text: null,
    items: { total: 0, done: 0, open: 0, unknown: 0 },
    missing: [],
    problems: [problem],
  };
}

function missingOf(postMortem: PostMortem, metadata: Metadata): string[] {
  const stated: readonly (readonly [string, unknown])[] = [
    ['date', postMortem.date],
    ['severity', metadata.severity],
    ['duration', metadata.duration],
    ['affected services', metadata.affected],
    ['summary', metadata.summary],
    ['action items', postMortem.todos[0] ?? null],
  ];
  return stated.flatMap(([name, value]) => (value === null ? [name] : []));
}

/** `Post-Mortem: DNS outage (2026-05-30)` -> `DNS outage`: page and card say the rest already. */
export function shortTitle(title: string): string {
  const date = '\\d{4}[-/.]\\d{2}[-/.]\\d{2}';
  const short = title
    .replace(/^[^\p{L}\p{N}]*(?:(?:blameless|incident)\s+)?post[\s-]?mortem(?:\s+report)?\s*(?:[:：–—|-]\s*|$)/iu, '')
    .replace(new RegExp(`^${date}\\s*[:–—|-]\\s*`), '')
    .replace(new RegExp(`\\s*\\(${date}\\)$|\\s+[–—|-]\\s+${date}$`), '')
    .trim();
  return short === '' ? title : short;
}

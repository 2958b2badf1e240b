/** The whole site, file by file. Pure: the same documents give the same bytes. */
import icon from './assets/icon.svg';
import script from './assets/site.client.js';
import style from './assets/site.css';
import { documentPage } from './document-page.ts';
import { entryOf, unreadEntry, type Entry } from './entry.ts';
import { feedOf } from './feed.ts';
import { indexJson } from './index-json.ts';
import { indexPage, itemsOnIndex, openItemsPage, type IndexContent } from './index-page.ts';
import { linksOf, type Surroundings } from './document-links.ts';
import { compare, openItems } from './items.ts';
import { Names } from './names.ts';
import { Pictures } from './pictures.ts';
import { renderDocument, type Rendered } from './markdown.ts';
import { relationsOf } from './relations.ts';
import { slugsOf } from './slugs.ts';
import type { PostMortem, Problem } from '../postmortem/model.ts';
import type { SiteOptions } from './options.ts';

export interface SiteSource {
  readonly documents: readonly { readonly postMortem: PostMortem; readonly text: string }[];
  /** One for each file that could not be read. */
  readonly unread: readonly Problem[];
  /** Files that are no post-mortems, to be named. */
  readonly leftOut: readonly string[];
  /** The bytes of a picture of the repository, `null` when it cannot be shown. */
  readonly picture: (path: string) => Uint8Array | null;
}

export interface SiteFile {
  /** From the site's root, `/` separators. */
  readonly path: string;
  readonly content: string | Uint8Array;
}

/** What was built, for the log. */
export interface SiteSummary {
  readonly postMortems: number;
  readonly openItems: number;
  readonly overdue: number;
}

/** Gives one file after the other, the index last: what it links to is there before. */
export function* buildSite(source: SiteSource, options: SiteOptions): Generator<SiteFile, SiteSummary> {
  const entries = entriesOf(source);
  const items = openItems(entries, options.overdueDays, options.today);
  const pictures = new Pictures(source.picture);
  const anchored = yield* documentPages(entries, pictures, options);
  for (const [path, content] of pictures.files) {
    yield { path, content };
  }
  yield { path: 'assets/site.css', content: style };
  yield { path: 'assets/site.js', content: script };
  yield { path: 'assets/icon.svg', content: icon };
  yield { path: 'robots.txt', content: robotsOf(options) };
  yield { path: 'feed.xml', content: feedOf(entries, options) };
  const content: IndexContent = { entries, items, anchored, leftOut: source.leftOut };
  yield { path: 'index.json', content: indexJson(content, options) };
  yield* indexPages(content, options);
  return { postMortems: entries.length, openItems: items.length, overdue: items.filter(({ isOverdue }) => isOverdue).length };
}

/** Newest first, undated ones last. */
function entriesOf({ documents, unread }: SiteSource): Entry[] {
  const slugs = slugsOf([...documents.map(({ postMortem }) => postMortem.file), ...unread.map(({ file }) => file)].sort());
  const slug = (file: string): string => slugs.get(file) ?? '';
  return [
    ...documents.map(({ postMortem, text }) => entryOf(postMortem, text, slug(postMortem.file))),
    ...unread.map((problem) => unreadEntry(problem, slug(problem.file))),
  ].sort((a, b) => compare(b.date ?? '', a.date ?? '') || compare(a.file, b.file));
}

/** @returns ids of the TODOs that have an anchor */
function* documentPages(entries: readonly Entry[], pictures: Pictures, options: SiteOptions): Generator<SiteFile, ReadonlySet<string>> {
  const names = new Names(entries);
  const relations = relationsOf(entries, names);
  const surroundings: Surroundings = {
    byFile: new Map(entries.map((entry) => [entry.file, entry])),
    names,
    forge: options.forge,
    image: (path) => pictures.addressOf(path),
  };
  const anchored = new Set<string>();
  for (const [index, entry] of entries.entries()) {
    const related = relations.get(entry) ?? [];
    const rendered: Rendered | null = entry.text === null ? null : renderDocument(entry.text, entry.postMortem.todos, linksOf(entry, related, surroundings));
    for (const id of rendered?.anchored ?? []) {
      anchored.add(id);
    }
    const neighbours = { newer: entries[index - 1] ?? null, older: entries[index + 1] ?? null, related };
    yield { path: `post-mortems/${entry.slug}.html`, content: documentPage(entry, rendered, neighbours, options) };
  }
  return anchored;
}

function* indexPages(content: IndexContent, options: SiteOptions): Generator<SiteFile> {
  if (content.items.length > itemsOnIndex) {
    yield { path: 'open.html', content: openItemsPage(content, options) };
  }
  yield { path: 'index.html', content: indexPage(content, options) };
}

function robotsOf({ robots }: SiteOptions): string {
  return `User-agent: *\n${robots === 'index' ? 'Allow' : 'Disallow'}: /\n`;
}

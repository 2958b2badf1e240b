/** The first page: what is open, every post-mortem, and what they show together. */
import { cardOf, fewCards } from './cards.ts';
import { chartsOf } from './charts/charts.ts';
import { count } from './format.ts';
import { filterForm } from './filters.ts';
import { html, type Html } from './html.ts';
import { openItemsTable } from './open-items.ts';
import { pageOf } from './layout.ts';
import type { Entry } from './entry.ts';
import type { OpenItem } from './items.ts';
import type { SiteOptions } from './options.ts';

export interface IndexContent {
  /** Newest first. */
  readonly entries: readonly Entry[];
  /** Most urgent first. */
  readonly items: readonly OpenItem[];
  readonly anchored: ReadonlySet<string>;
  /** Files that were matched and are no post-mortems: templates and overviews. */
  readonly leftOut: readonly string[];
}

/** So many open items are listed on the index; all of them have a page of their own when there are more. */
export const itemsOnIndex = 300;

export function indexPage(content: IndexContent, options: SiteOptions): string {
  const { entries, items, anchored, leftOut } = content;
  const numberOf = new Map(entries.map((entry, index) => [entry, index]));
  const shown = items.slice(0, itemsOnIndex);
  const list = entries.length > fewCards ? 'many' : 'few';
  const rest = items.length - shown.length;
  const main = html`<header class="lead"><h1>${options.title}</h1>${leadOf(entries, items)}</header>
    ${filterForm(entries)}
    <section id="open-items" aria-labelledby="open-items-title"><h2 id="open-items-title">Open action items <span class="total" data-count="items" data-all="${items.length}">${items.length}</span></h2>
    ${items.length === 0 ? html`<p>None. Every action item that was understood is closed.</p>` : openItemsTable(shown, { numberOf, anchored })}
    ${rest === 0 ? null : html`<p class="more"><a href="open.html">All ${count(items.length, 'open item')}</a></p>`}
    </section>
    <section id="post-mortems" aria-labelledby="post-mortems-title"><h2 id="post-mortems-title">Post-mortems <span class="total" data-count="cards" data-all="${entries.length}">${entries.length}</span></h2>
    <ol class="cards ${list}" id="cards">
    ${entries.map((entry) => cardOf(entry, list))}</ol>
    </section>
    <section id="trends" aria-labelledby="trends-title"><h2 id="trends-title">Trends</h2>
    ${chartsOf(entries, items)}
    </section>`;
  return pageOf(
    {
      title: null,
      description: summaryOf(entries, items),
      path: 'index.html',
      type: 'website',
      root: '',
      navigation: html`<a href="#open-items">Open items</a> <a href="#post-mortems">Post-mortems</a> <a href="#trends">Trends</a> <a href="feed.xml">Feed</a>`,
      main,
      footer: html`<p>Ages as of <time datetime="${options.today}">${options.today}</time>. Also as <a href="index.json">JSON</a> and <a href="feed.xml">Atom feed</a>.</p>${
        leftOut.length === 0 ? null : html`<p>Not post-mortems, and not counted: ${leftOut.map((file, index) => html`${index === 0 ? '' : ', '}<code>${file}</code>`)}.</p>`
      }`,
      script: 'filter',
    },
    options,
  );
}

/** The page of all open items, for a site that has more of them than the index lists. */
export function openItemsPage({ entries, items, anchored }: IndexContent, options: SiteOptions): string {
  const numberOf = new Map(entries.map((entry, index) => [entry, index]));
  return pageOf(
    {
      title: 'Open action items',
      description: summaryOf(entries, items),
      path: 'open.html',
      type: 'website',
      root: '',
      navigation: html`<a href="index.html">Post-mortems</a>`,
      main: html`<header class="lead"><h1>Open action items</h1></header>${openItemsTable(items, { numberOf, anchored })}`,
      footer: html`<p>Ages as of <time datetime="${options.today}">${options.today}</time>.</p>`,
      script: 'none',
    },
    options,
  );
}

function leadOf(entries: readonly Entry[], items: readonly OpenItem[]): Html {
  const dates = entries.flatMap(({ date }) => (date === null ? [] : [date])).sort();
  const overdue = items.filter(({ isOverdue }) => isOverdue).length;
  const sum = (state: 'done' | 'unknown'): number => entries.reduce((total, { items }) => total + items[state], 0);
  const unclear = sum('unknown');
  return html`<p>${count(entries.length, 'post-mortem')}${dates.length === 0 ? null : html` from <time>${dates[0]}</time> to <time>${dates.at(-1)}</time>`}.
    <strong>${count(items.length, 'action item')} open</strong>${overdue === 0 ? null : html`, <strong class="overdue">${overdue} overdue</strong>`}; ${sum('done')} done${unclear === 0 ? null : `, ${unclear} unclear`}.</p>`;
}

function summaryOf(entries: readonly Entry[], items: readonly OpenItem[]): string {
  return `${count(entries.length, 'post-mortem')}, ${count(items.length, 'action item')} open.`;
}

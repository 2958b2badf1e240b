/** The page of one post-mortem. */
import { clip, count, formatDuration } from './format.ts';
import { html, type Content, type Html } from './html.ts';
import { pageName } from './document-links.ts';
import { pageOf } from './layout.ts';
import { severityLabel } from './labels.ts';
import type { Entry } from './entry.ts';
import type { Related } from './relations.ts';
import type { Rendered } from './markdown.ts';
import type { Section } from './headings.ts';
import type { SiteOptions } from './options.ts';

export interface Neighbours {
  readonly older: Entry | null;
  readonly newer: Entry | null;
  readonly related: readonly Related[];
}

/** @param rendered `null` when the file could not be read */
export function documentPage(entry: Entry, rendered: Rendered | null, { older, newer, related }: Neighbours, options: SiteOptions): string {
  const recurrences = related.filter(({ relation }) => relation === 'recurrence-of' || relation === 'recurred-in');
  const source = options.forge.file(entry.file);
  const main = html`<article>
    <header class="document">
    <h1>${entry.title}</h1>
    ${factsOf(entry, source)}
    ${recurrences.map(({ entry: other, relation }) => html`<p class="recurrence">${relation === 'recurrence-of' ? 'Recurrence of' : 'Recurred in'} ${linkTo(other)}</p>`)}
    </header>
    ${contentsOf(rendered?.sections ?? [])}
    <div class="prose">
    ${rendered?.body}
    ${problemsOf(entry)}
    </div>
    </article>
    <footer class="after">
    ${relatedOf(related.filter((one) => !recurrences.includes(one)))}
    ${turnOf(older, newer)}
    </footer>`;
  return pageOf(
    {
      title: entry.title,
      description: clip(entry.metadata.summary ?? entry.title, 200),
      path: `post-mortems/${pageName(entry)}`,
      type: 'article',
      root: '../',
      navigation: html`<a href="../index.html#open-items">Open items</a> <a href="../index.html#post-mortems">Post-mortems</a>`,
      main,
      footer: html`<p>Generated from ${source === null ? html`<code>${entry.file}</code>` : html`<a href="${source}"><code>${entry.file}</code></a>`}.</p>`,
      script: 'none',
    },
    options,
  );
}

function turnOf(older: Entry | null, newer: Entry | null): Html | null {
  return older === null && newer === null
    ? null
    : html`<nav class="turn" aria-label="Older and newer">${older === null ? null : html`<a class="older" rel="prev" href="${pageName(older)}"><span>Older</span> ${older.title}</a>`}
        ${newer === null ? null : html`<a class="newer" rel="next" href="${pageName(newer)}"><span>Newer</span> ${newer.title}</a>`}</nav>`;
}

function factsOf({ date, metadata, items }: Entry, source: string | null): Html {
  const { severity, duration } = metadata;
  const facts: readonly (readonly [string, Content])[] = [
    ['Date', date === null ? 'not stated' : html`<time datetime="${date}">${date}</time>`],
    ['Severity', severity === null ? 'not stated' : severityLabel(severity)],
    ['Duration', duration === null ? 'not stated' : duration.minutes === null ? clip(duration.text, 60) : formatDuration(duration.minutes)],
    ['Action items', items.total === 0 ? 'none found' : itemsText(items)],
    ...(source === null ? [] : [['Source', html`<a href="${source}">Markdown</a>`] as const]),
  ];
  return html`<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** `3 open, 4 done, 1 unclear`. */
function itemsText({ done, open, unknown }: Entry['items']): string {
  const parts: readonly (readonly [number, string])[] = [
    [open, 'open'],
    [done, 'done'],
    [unknown, 'unclear'],
  ];
  return parts.flatMap(([number, word]) => (number === 0 ? [] : [`${number} ${word}`])).join(', ');
}

function contentsOf(sections: readonly Section[]): Html | null {
  const top = sections.filter(({ level }) => level === 2);
  return top.length < 3
    ? null
    : html`<nav class="contents" id="contents" aria-labelledby="contents-title"><h2 id="contents-title">Contents</h2>
        <ol>${top.map(({ id, title }) => html`<li><a href="#${encodeURIComponent(id)}">${title}</a></li>`)}</ol></nav>`;
}

function problemsOf({ problems, text }: Entry): Html | null {
  if (problems.length === 0) {
    return null;
  }
  const lines = problems.map(({ line, message, remedy }) => html`<li>Line ${line}: ${message}. ${remedy}</li>`);
  return html`<aside class="note" aria-label="Reading problems"><p>${
    text === null ? 'This file could not be read.' : `${count(problems.length, 'place')} in this document could not be read for certain:`
  }</p><ul>${lines}</ul></aside>`;
}

const relationWords: Readonly<Record<Related['relation'], string>> = {
  'recurrence-of': 'Recurrence of',
  'recurred-in': 'Recurred in',
  mentions: 'Mentions',
  'mentioned-by': 'Mentioned by',
};

function relatedOf(related: readonly Related[]): Html | null {
  return related.length === 0
    ? null
    : html`<section class="related" aria-labelledby="related-title"><h2 id="related-title">Related</h2>
        <ul>${related.map(({ entry, relation }) => html`<li><span>${relationWords[relation]}</span> ${linkTo(entry)}</li>`)}</ul></section>`;
}

function linkTo(entry: Entry): Html {
  return html`<a href="${pageName(entry)}">${entry.title}</a>${entry.date === null ? null : html` <time datetime="${entry.date}">${entry.date}</time>`}`;
}

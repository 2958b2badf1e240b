/** The list of post-mortems: one card for every file. */
import { clip, count, formatDuration, listed } from './format.ts';
import { html, type Content, type Html } from './html.ts';
import { itemsText } from './document-page.ts';
import { pageName } from './document-links.ts';
import { severityLabel } from './labels.ts';
import type { Entry } from './entry.ts';

const longestSummary = 220;
const shownServices = 4;

/** What a card says in attributes is what the filter and the sorting read: year, severity, its rank, minutes, open items. */
export function cardOf(entry: Entry): Html {
  const { date, metadata, items } = entry;
  const { severity, duration } = metadata;
  return html`<li data-y="${date?.slice(0, 4)}" data-s="${severity?.label}" data-r="${severity?.rank ?? 9}" data-m="${duration?.minutes ?? 0}" data-o="${items.open}">
    ${date === null ? html`<span class="date none">no date</span>` : html`<time class="date" datetime="${date}">${date}</time>`}
    <div><h3><a href="post-mortems/${pageName(entry)}">${entry.title}</a></h3>
    ${metadata.summary === null ? null : html`<p>${clip(metadata.summary, longestSummary)}</p>`}
    ${factsOf(entry)}</div>
    ${progressOf(entry)}</li>
    `;
}

function factsOf(entry: Entry): Html | null {
  const { severity, duration, affected } = entry.metadata;
  const unsaid = unsaidOf(entry);
  const services = affected?.services ?? [];
  const more = services.length - shownServices;
  const facts: readonly Content[] = [
    severity === null ? null : severityLabel(severity),
    duration?.minutes == null ? null : html`<span>${formatDuration(duration.minutes)}</span>`,
    services.length === 0
      ? null
      : html`<span class="services">${services.slice(0, shownServices).map((name, index) => html`${index === 0 ? '' : ', '}<i>${name}</i>`)}${
          more > 0 ? html`<span hidden>${services.slice(shownServices).map((name) => html`<i>${name}</i>`)}</span> and ${more} more` : null
        }</span>`,
    services.length === 0 && affected !== null ? html`<span>${clip(affected.text, 70)}</span>` : null,
    unsaid === null ? null : html`<span class="unsaid">${unsaid}</span>`,
  ];
  const stated = facts.filter((fact) => fact !== null);
  return stated.length === 0 ? null : html`<p class="facts">${stated.map((fact, index) => html`${index === 0 ? null : ' '}${fact}`)}</p>`;
}

/** Documents that are not understood say so, and what is missing. */
function unsaidOf({ missing, problems, text }: Entry): string | null {
  if (text === null) {
    return `Not readable: ${problems[0]?.message ?? 'unknown reason'}.`;
  }
  const said = missing.filter((name) => name !== 'action items');
  const unsaid = said.length === 0 ? '' : `Not stated: ${listed(said)}.`;
  return [unsaid, problems.length === 0 ? '' : `${count(problems.length, 'place')} not read for certain.`].join(' ').trim() || null;
}

function progressOf({ items }: Entry): Html {
  if (items.total === 0) {
    return html`<p class="progress none">no action items</p>`;
  }
  return html`<p class="progress" title="${itemsText(items)}"><b>${items.done}/${items.total}</b> done<svg viewBox="0 0 ${items.total} 1" preserveAspectRatio="none" aria-hidden="true"><path d="M0 0h${items.total}v1H0z"/><path d="M0 0h${items.done}v1H0z"/></svg></p>`;
}

/** The list of post-mortems: one card for every file. */
import { clip, count, formatDuration, listed } from './format.ts';
import { html, type Content, type Html } from './html.ts';
import { pageName } from './document-links.ts';
import { severityLabel } from './labels.ts';
import type { Entry } from './entry.ts';

/** Characters of a summary; in a long list the page's weight counts more. */
const summaryLength = { few: 180, many: 110 };
const shownServices = 4;

/** More cards than these are laid out lazily and say less. */
export const fewCards = 200;

/** What a card says in attributes is what the filter and the sorting read: year, severity, its rank, minutes, open items. */
/** @param list `many` when there are more cards than `fewCards` */
export function cardOf(entry: Entry, list: 'few' | 'many'): Html {
  const { date, metadata, items } = entry;
  const { severity, duration } = metadata;
  return html`<li data-y="${date?.slice(0, 4)}" data-s="${severity?.label}" data-r="${severity?.rank ?? 9}" data-m="${duration?.minutes ?? 0}" data-o="${items.open}">
    ${date === null ? html`<span class="date none">no date</span>` : html`<time class="date" datetime="${date}">${date}</time>`}
    <div><h3><a href="post-mortems/${pageName(entry)}">${entry.title}</a></h3>
    ${metadata.summary === null ? null : html`<p>${clip(metadata.summary, summaryLength[list])}</p>`}
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
  return html`<p class="progress"><b>${items.done}/${items.total}</b> done<progress value="${items.done}" max="${items.total}" aria-hidden="true"></progress>${items.unknown === 0 ? null : html` <span>${items.unknown} unclear</span>`}</p>`;
}

/** The form above the lists. It is hidden until the script is there: without it the lists are complete anyway. */
import { html, type Html } from './html.ts';
import { compare } from './items.ts';
import type { Entry } from './entry.ts';

/** A choice of more is no choice. */
const mostServices = 100;

export function filterForm(entries: readonly Entry[]): Html {
  const years = [...new Set(entries.flatMap(({ date }) => (date === null ? [] : [date.slice(0, 4)])))].sort().reverse();
  return html`<form class="filters" id="filters" role="search" aria-label="Filter" hidden>
    <label class="search">Search <kbd aria-hidden="true">/</kbd><input type="search" name="q" autocomplete="off" spellcheck="false" aria-keyshortcuts="/"></label>
    ${select('severity', 'Severity', severities(entries))}
    ${select('year', 'Year', years)}
    ${select('service', 'Service', services(entries))}
    <label>Sort <select name="sort"><option value="">Newest first</option><option value="oldest">Oldest first</option><option value="severity">Worst first</option><option value="longest">Longest first</option><option value="open">Most open items</option></select></label>
    <label class="check"><input type="checkbox" name="open" value="1"> With open items</label>
    <button type="reset">Clear</button>
    </form>
    <p class="count" id="count" role="status"></p>`;
}

function select(name: string, title: string, options: readonly string[]): Html | null {
  return options.length === 0
    ? null
    : html`<label>${title} <select name="${name}"><option value="">Any</option>${options.map((option) => html`<option>${option}</option>`)}</select></label>`;
}

/** Labels as written, the worst first. */
function severities(entries: readonly Entry[]): string[] {
  const ranks = new Map(entries.flatMap(({ metadata: { severity } }) => (severity === null ? [] : [[severity.label, severity.rank ?? 9] as const])));
  return [...ranks].sort(([a, x], [b, y]) => x - y || compare(a, b)).map(([label]) => label);
}

/** Names of services by the alphabet, in the spelling seen first; of too many the most frequent ones. */
function services(entries: readonly Entry[]): string[] {
  const counts = new Map<string, { readonly name: string; count: number }>();
  for (const name of entries.flatMap(({ metadata }) => metadata.affected?.services ?? [])) {
    const seen = counts.get(name.toLowerCase());
    if (seen === undefined) {
      counts.set(name.toLowerCase(), { name, count: 1 });
    } else {
      seen.count++;
    }
  }
  return [...counts.values()]
    .sort((a, b) => b.count - a.count)
    .slice(0, mostServices)
    .map(({ name }) => name)
    .sort((a, b) => compare(a.toLowerCase(), b.toLowerCase()));
}

/** All charts of the index. */
import { agesChart } from './ages.ts';
import { closureChart } from './closure.ts';
import { durationsChart } from './durations.ts';
import { figureOf } from './figure.ts';
import { html, type Html } from '../html.ts';
import { incidentsChart } from './incidents.ts';
import type { Entry } from '../entry.ts';
import type { OpenItem } from '../items.ts';

export function chartsOf(entries: readonly Entry[], items: readonly OpenItem[]): Html {
  return html`<div class="charts">${[incidentsChart(entries), durationsChart(entries), agesChart(items), closureChart(entries)].map(figureOf)}</div>`;
}

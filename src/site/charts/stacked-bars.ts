/** Bars made of parts. */
import { scaleBand, scaleLinear } from 'd3-scale';
import { stack } from 'd3-shape';
import { html, type Html } from '../html.ts';
import { countAxis, inner, round } from './figure.ts';

export interface Bars {
  /** One bar each, with the text below it (empty for none). */
  readonly bars: readonly { readonly label: string; readonly values: Readonly<Record<string, number>> }[];
  /** The parts from the bottom up. */
  readonly parts: readonly { readonly key: string; readonly className: string }[];
}

export function stackedBars({ bars, parts }: Bars): Html {
  const totals = bars.map(({ values }) => parts.reduce((sum, { key }) => sum + (values[key] ?? 0), 0));
  const x = scaleBand<number>(bars.keys(), [inner.left, inner.right]).padding(bars.length > 12 ? 0.15 : 0.3);
  const y = scaleLinear([0, Math.max(1, ...totals)], [inner.bottom, inner.top]).nice(4);
  const series = stack<(typeof bars)[number]['values'], string>()
    .keys(parts.map(({ key }) => key))
    .value((values, key) => values[key] ?? 0)(bars.map(({ values }) => values));
  const width = round(x.bandwidth());
  return html`${countAxis(y.ticks(4), y)}
    ${series.map(
      (part, index) => html`<path class="${parts[index]?.className}" d="${part
        .map(([from, to], bar) => (to > from ? `M${round(x(bar) ?? 0)} ${round(y(from))}v${round(y(to) - y(from))}h${width}V${round(y(from))}z` : ''))
        .join('')}"/>`,
    )}
    <g class="ticks">${bars.map(({ label }, bar) => {
      const middle = round((x(bar) ?? 0) + width / 2);
      const total = totals[bar] ?? 0;
      const above = total === 0 || bars.length > 12 ? null : html`<text class="value" x="${middle}" y="${round(y(total) - 4)}">${total}</text>`;
      return html`${label === '' ? null : html`<text x="${middle}" y="${inner.bottom + 15}">${label}</text>`}${above}`;
    })}</g>`;
}

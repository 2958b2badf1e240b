/** How long incidents lasted, one dot each on a logarithmic axis. */
import { scaleLog } from 'd3-scale';
import type { Entry } from '../entry.ts';
import { count, formatDuration } from '../format.ts';
import { html, type Html } from '../html.ts';
import { inner, round, type Chart } from './figure.ts';

/** Marks on the axis and borders of the table's bands, in minutes: lengths people think in. */
const marks: readonly (readonly [minutes: number, name: string])[] = [
  [1, '1 min'], [5, '5 min'], [15, '15 min'], [60, '1 h'], [240, '4 h'], [720, '12 h'], [2880, '2 days'], [10_080, '1 week'], [43_200, '1 month'],
  [259_200, '6 months'], [1_051_200, '2 years'], [5_256_000, '10 years'],
];
const floor = inner.bottom - 8;

export function durationsChart(entries: readonly Entry[]): Chart {
  const minutes = entries.flatMap(({ metadata }) => metadata.duration?.minutes ?? []).sort((a, b) => a - b);
  const unknown = entries.length - minutes.length;
  const median = medianOf(minutes);
  const low = marks.findLastIndex(([mark]) => mark <= (minutes[0] ?? 1));
  const high = Math.max(low + 1, marks.findIndex(([mark]) => mark >= (minutes.at(-1) ?? 60)));
  const axis = marks.slice(Math.max(0, low), high + 1);
  return {
    id: 'durations',
    title: 'Durations',
    caption:
      median === null
        ? 'No document states a duration.'
        : `The median of ${count(minutes.length, 'known duration')} is ${formatDuration(Math.round(median))}${unknown === 0 ? '' : `; ${count(unknown, 'document')} give none`}.`,
    drawing: median === null ? html`` : drawingOf(minutes, median, axis),
    legend: [],
    columns: ['Duration', 'Incidents'],
    rows: bandsOf(minutes, axis),
  };
}

function drawingOf(minutes: readonly number[], median: number, axis: typeof marks): Html {
  const x = scaleLog([axis[0]?.[0] ?? 1, axis.at(-1)?.[0] ?? 60], [inner.left, inner.right - 8]);
  const middle = round(x(median));
  const isRight = middle > (inner.left + inner.right) / 2;
  return html`<g class="axis">${axis.map(([mark]) => html`<path d="M${round(x(mark))} ${inner.top}V${inner.bottom}"/>`)}</g>
    <g class="ticks">${axis.map(([mark, name], index) => (axis.length > 7 && index % 2 === 1 ? null : html`<text x="${round(x(mark))}" y="${inner.bottom + 15}">${name}</text>`))}</g>
    <path class="median" d="M${middle} ${inner.top - 4}V${inner.bottom}"/>
    <text class="note" x="${middle + (isRight ? -5 : 5)}" y="${inner.top + 4}" text-anchor="${isRight ? 'end' : 'start'}">median ${formatDuration(Math.round(median))}</text>
    ${dotsOf(minutes.map((length) => x(length)))}`;
}

/** Dots that would lie on each other are piled up. */
function dotsOf(places: readonly number[]): Html {
  const widest = 8;
  for (let width = widest; ; width--) {
    const piles = new Map<number, number>();
    const dots = places.map((place) => {
      const column = Math.round(place / width);
      const height = piles.get(column) ?? 0;
      piles.set(column, height + 1);
      return `M${round(column * width)} ${round(floor - height * width)}h0`;
    });
    // Rather too high a pile than dots nobody sees.
    if (width === 2 || Math.max(...piles.values()) * width <= floor - inner.top - 12) {
      return html`<path class="dots" stroke-width="${width - 1}" d="${dots.join('')}"/>`;
    }
  }
}

function bandsOf(minutes: readonly number[], axis: typeof marks): (readonly [string, number])[] {
  return axis.slice(0, -1).map(([from, name], index) => {
    const [to = Number.POSITIVE_INFINITY, end = ''] = axis[index + 1] ?? [];
    const isLast = index === axis.length - 2;
    return [`${name} to ${end}`, minutes.filter((length) => length >= from && (length < to || (isLast && length === to))).length];
  });
}

/** The middle one, or the mean of the two in the middle. */
export function medianOf(sorted: readonly number[]): number | null {
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}

/** How long incidents lasted, one dot each on a logarithmic axis. */
import { scaleBand, scaleLog } from 'd3-scale';
import type { Entry } from '../entry.ts';
import { count, formatDuration } from '../format.ts';
import { html, type Html } from '../html.ts';
import { inner, round, type Chart } from './figure.ts';
import { severityShades, shadeOf } from '../labels.ts';

/** Marks on the axis and borders of the table's bands, in minutes: lengths people think in. */
const marks: readonly (readonly [minutes: number, name: string])[] = [
  [1, '1 min'], [5, '5 min'], [15, '15 min'], [60, '1 h'], [240, '4 h'], [720, '12 h'], [2880, '2 days'], [10_080, '1 week'], [43_200, '1 month'],
  [259_200, '6 months'], [1_051_200, '2 years'], [5_256_000, '10 years'],
];
export function durationsChart(entries: readonly Entry[]): Chart {
  const known = entries.flatMap(({ metadata }) => (metadata.duration?.minutes == null ? [] : [{ minutes: metadata.duration.minutes, shade: shadeOf(metadata.severity) }]));
  const minutes = known.map((one) => one.minutes).sort((a, b) => a - b);
  const unknown = entries.length - minutes.length;
  const median = medianOf(minutes);
  const low = Math.max(0, marks.findLastIndex(([mark]) => mark <= (minutes[0] ?? 1)));
  const high = Math.max(low + 1, marks.findIndex(([mark]) => mark >= (minutes.at(-1) ?? 60)));
  const axis = marks.slice(low, high + 1);
  const lanes = severityShades.map(({ key, short }) => ({ name: short, minutes: known.filter(({ shade }) => String(shade ?? 0) === key).map((one) => one.minutes) }));
  return {
    id: 'durations',
    title: 'Durations by severity',
    caption:
      median === null
        ? 'No document states a duration.'
        : `The median of ${count(minutes.length, 'known duration')} is ${formatDuration(Math.round(median))}${unknown === 0 ? '' : `; ${count(unknown, 'document')} ${unknown === 1 ? 'gives' : 'give'} none`}.`,
    drawing: median === null ? html`` : drawingOf(lanes.filter((lane) => lane.minutes.length > 0), median, axis),
    legend: [],
    columns: ['Duration', 'Incidents'],
    rows: median === null ? [] : bandsOf(minutes, axis),
  };
}

interface Lane {
  readonly name: string;
  readonly minutes: readonly number[];
}

function drawingOf(lanes: readonly Lane[], median: number, axis: typeof marks): Html {
  const x = scaleLog([axis[0]?.[0] ?? 1, axis.at(-1)?.[0] ?? 60], [inner.left + 18, inner.right - 14]);
  const y = scaleBand<number>(lanes.keys(), [inner.top + 10, inner.bottom]);
  const middle = round(x(median));
  const isRight = middle > (inner.left + inner.right) / 2;
  return html`<g class="axis">${axis.map(([mark]) => html`<path d="M${round(x(mark))} ${inner.top + 10}V${inner.bottom}"/>`)}</g>
    <g class="ticks">${axis.map(([mark, name], index) => (axis.length > 7 && index % 2 === 1 ? null : html`<text x="${round(x(mark))}" y="${inner.bottom + 15}">${name}</text>`))}</g>
    <path class="median" d="M${middle} ${inner.top}V${inner.bottom}"/>
    <text class="remark" x="${middle + (isRight ? -5 : 5)}" y="${inner.top + 5}" text-anchor="${isRight ? 'end' : 'start'}">median ${formatDuration(Math.round(median))}</text>
    ${lanes.map(({ name, minutes }, lane) => {
      const center = (y(lane) ?? 0) + y.bandwidth() / 2;
      return html`<text x="0" y="${round(center + 3)}">${name}</text>${dotsOf(minutes.map((length) => x(length)), center, y.bandwidth())}`;
    })}`;
}

/** Dots that would lie on each other are spread over the height of their lane; where that is full, they are smaller. */
function dotsOf(places: readonly number[], center: number, height: number): Html {
  for (let width = 9; ; width--) {
    const piles = new Map<number, number>();
    const dots = places.map((place) => {
      const column = Math.round(place / width);
      const level = piles.get(column) ?? 0;
      piles.set(column, level + 1);
      const offset = (level % 2 === 1 ? 1 : -1) * Math.ceil(level / 2) * width;
      return `M${column * width} ${round(center + offset)}h0`;
    });
    // Rather too high a pile than dots nobody sees.
    if (width === 2 || Math.max(...piles.values()) * width <= height) {
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

/** How many of the recorded action items are closed, over time. */
import { area, curveStepAfter, line } from 'd3-shape';
import { scaleLinear, scaleUtc } from 'd3-scale';
import type { Entry } from '../entry.ts';
import { count } from '../format.ts';
import { html, type Html } from '../html.ts';
import { compare } from '../items.ts';
import { countAxis, inner, round, type Chart } from './figure.ts';
import { periodsOf } from './periods.ts';

/** Totals up to and including a day. */
interface Point {
  readonly date: string;
  readonly recorded: number;
  readonly closed: number;
}

/** By the date of the post-mortem: documents say when an item was recorded, seldom when it was closed. */
export function closureChart(entries: readonly Entry[]): Chart {
  const points = pointsOf(entries);
  const last = points.at(-1);
  const periods = periodsOf(points.map(({ date }) => date));
  return {
    id: 'closure',
    title: 'Recorded and closed',
    caption:
      last === undefined
        ? 'No dated action items.'
        : `${last.closed} of ${count(last.recorded, 'action item')} are closed (${Math.round((last.closed / Math.max(1, last.recorded)) * 100)} %). By the date of their post-mortem.`,
    drawing: last === undefined ? html`` : drawingOf(points, last),
    legend: [
      { name: 'recorded', className: 'shade4' },
      { name: 'closed by now', className: 'shade-closed' },
    ],
    columns: [`Up to (${periods.unit})`, 'Recorded', 'Closed by now'],
    rows: periods.names.flatMap((name) => {
      const point = points.findLast(({ date }) => periods.of(date) === name);
      return point === undefined ? [] : [[name, point.recorded, point.closed]];
    }),
  };
}

function pointsOf(entries: readonly Entry[]): Point[] {
  const dated = entries.filter(({ date, items }) => date !== null && items.total > 0).toSorted((a, b) => compare(a.date ?? '', b.date ?? ''));
  const points = new Map<string, Point>();
  let recorded = 0;
  let closed = 0;
  for (const { date, items } of dated) {
    recorded += items.total;
    closed += items.done;
    points.set(date ?? '', { date: date ?? '', recorded, closed });
  }
  return [...points.values()];
}

/** More steps than these cannot be seen. */
const mostSteps = 150;

/** The last point of each of so many equal parts of the time. */
function thinned(points: readonly Point[]): Point[] {
  const [first, last] = [Date.parse(points[0]?.date ?? ''), Date.parse(points.at(-1)?.date ?? '')];
  return [...new Map(points.map((point) => [Math.floor(((Date.parse(point.date) - first) / Math.max(1, last - first)) * mostSteps), point])).values()];
}

function drawingOf(points: readonly Point[], last: Point): Html {
  const dayMs = 86_400_000;
  const from = Date.parse(points[0]?.date ?? last.date);
  const days = Math.max(30, (Date.parse(last.date) - from) / dayMs);
  // The last step is one too: it needs room to be seen.
  const until = Date.parse(last.date) + Math.ceil(days / 25) * dayMs;
  const x = scaleUtc([from - dayMs, until], [inner.left, inner.right]);
  const y = scaleLinear([0, Math.max(1, last.recorded)], [inner.bottom, inner.top]).nice(4);
  const steps = [{ date: new Date(from - dayMs).toISOString().slice(0, 10), recorded: 0, closed: 0 }, ...thinned(points), { ...last, date: new Date(until).toISOString().slice(0, 10) }];
  const at = ({ date }: Point): number => round(x(Date.parse(date)));
  const under = (key: 'recorded' | 'closed'): string =>
    area<Point>().curve(curveStepAfter).digits(1).x(at).y0(inner.bottom).y1((point) => y(point[key]))(steps) ?? '';
  const over = line<Point>().curve(curveStepAfter).digits(1).x(at).y((point) => y(point.recorded))(steps) ?? '';
  const ticks = x.ticks(5);
  return html`${countAxis(y.ticks(4), y)}
    <path class="shade4" d="${under('recorded')}"/><path class="shade-closed" d="${under('closed')}"/><path class="edge" d="${over}"/>
    <g class="ticks">${ticks.map((tick) => html`<text x="${round(x(tick))}" y="${inner.bottom + 15}">${tickName(tick, ticks)}</text>`)}</g>`;
}

function tickName(tick: Date, ticks: readonly Date[]): string {
  const iso = tick.toISOString();
  const days = (Number(ticks[1] ?? tick) - Number(ticks[0] ?? tick)) / 86_400_000;
  return days > 300 ? iso.slice(0, 4) : days > 25 ? iso.slice(0, 7) : iso.slice(5, 10);
}

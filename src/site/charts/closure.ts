/** How many of the recorded action items are closed, over time. */
import { area, curveStepAfter, line } from 'd3-shape';
import { scaleLinear, scaleUtc } from 'd3-scale';
import { normaliseAction } from '../../postmortem/identity.ts';
import type { PostMortem } from '../../postmortem/model.ts';
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

/** An item counts from the day of its post-mortem; it is closed on the day its Follow-up row gives, which few that people closed have. */
export function closureChart(entries: readonly Entry[]): Chart {
  const days = entries.flatMap(({ date, postMortem }) => (date === null ? [] : daysOf(date, postMortem)));
  const points = pointsOf(days);
  const last = points.at(-1);
  const periods = periodsOf(points.map(({ date }) => date));
  return {
    id: 'closure',
    title: 'Closure over time',
    caption: last === undefined ? 'No dated action items.' : captionOf(last, days.filter(({ isClosingKnown }) => isClosingKnown).length),
    drawing: last === undefined ? html`` : drawingOf(points, last),
    legend: [
      { name: 'recorded', className: 'shade4' },
      { name: 'of these closed', className: 'shade-closed' },
    ],
    columns: [`Up to (${periods.unit})`, 'Recorded', 'Closed'],
    rows: periods.names.flatMap((name) => {
      const point = points.findLast(({ date }) => periods.of(date) === name);
      return point === undefined ? [] : [[name, point.recorded, point.closed]];
    }),
  };
}

function captionOf({ recorded, closed }: Point, dated: number): string {
  const share = Math.round((closed / Math.max(1, recorded)) * 100);
  const how = dated === 0 ? 'at the date of the post-mortem, since no follow-up gives their own' : `at the date of their follow-up where one is known (${dated}), else at that of the post-mortem`;
  return `${closed} of ${count(recorded, 'action item')} are closed (${share} %)${closed === 0 ? '' : `: drawn ${how}`}.`;
}

/** When one item was recorded and closed. */
interface Days {
  readonly recorded: string;
  /** `null` while it is not. */
  readonly closed: string | null;
  readonly isClosingKnown: boolean;
}

function daysOf(recorded: string, { todos, followUp }: PostMortem): Days[] {
  const done = new Map(followUp.filter(({ date }) => isDay(date)).map(({ action, date }) => [normaliseAction(action), date]));
  return todos.map(({ action, state }) => {
    const known = state === 'closed' ? done.get(normaliseAction(action)) : undefined;
    // One that was closed before its post-mortem bears a date is there from the start.
    const closed = known === undefined || known < recorded ? recorded : known;
    return { recorded, closed: state === 'closed' ? closed : null, isClosingKnown: known !== undefined };
  });
}

function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
}

function pointsOf(days: readonly Days[]): Point[] {
  const changes = new Map<string, { recorded: number; closed: number }>();
  const on = (date: string): { recorded: number; closed: number } => {
    const change = changes.get(date) ?? { recorded: 0, closed: 0 };
    changes.set(date, change);
    return change;
  };
  for (const { recorded, closed } of days) {
    on(recorded).recorded++;
    if (closed !== null) {
      on(closed).closed++;
    }
  }
  const total = { recorded: 0, closed: 0 };
  return [...changes]
    .toSorted(([a], [b]) => compare(a, b))
    .map(([date, change]) => ({ date, recorded: (total.recorded += change.recorded), closed: (total.closed += change.closed) }));
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

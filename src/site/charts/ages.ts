/** Open items by age and priority. */
import { count } from '../format.ts';
import type { OpenItem } from '../items.ts';
import type { Chart } from './figure.ts';
import { stackedBars } from './stacked-bars.ts';

/** By the largest age of each, in days. */
const bands: readonly (readonly [name: string, days: number])[] = [
  ['0–14', 14],
  ['15–30', 30],
  ['31–90', 90],
  ['91–182', 182],
  ['183+', Number.POSITIVE_INFINITY],
];
const priorities = [
  { key: 'P0', name: 'P0', className: 'shade1' },
  { key: 'P1', name: 'P1', className: 'shade2' },
  { key: 'P2', name: 'P2', className: 'shade3' },
  { key: 'P3', name: 'P3', className: 'shade4' },
];

export function agesChart(items: readonly OpenItem[]): Chart {
  const aged = items.flatMap(({ todo, ageDays }) => (ageDays === null ? [] : [{ priority: todo.priority as string, band: bands.findIndex(([, days]) => ageDays <= days) }]));
  const overdue = items.filter(({ isOverdue }) => isOverdue).length;
  const valuesOf = (band: number): Record<string, number> =>
    Object.fromEntries(priorities.map(({ key }) => [key, aged.filter((item) => item.band === band && item.priority === key).length]));
  const parts = priorities.filter(({ key }) => aged.some(({ priority }) => priority === key));
  const undated = items.length - aged.length;
  return {
    id: 'ages',
    title: 'Open items by age in days',
    caption: `${count(items.length, 'open item')}, ${overdue} overdue, counted from the date of the post-mortem${undated === 0 ? '' : `; ${undated} without a date left out`}.`,
    drawing: stackedBars({ bars: bands.map(([name], band) => ({ label: name, values: valuesOf(band) })), parts }),
    legend: parts,
    columns: ['Days', ...parts.map(({ name }) => name)],
    rows: bands.map(([name], band) => [name, ...parts.map(({ key }) => valuesOf(band)[key] ?? 0)]),
  };
}

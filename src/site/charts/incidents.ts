/** Incidents per month by severity. */
import type { Entry } from '../entry.ts';
import { count } from '../format.ts';
import { severityShades, shadeOf } from '../labels.ts';
import type { Chart } from './figure.ts';
import { periodsOf, shortNames } from './periods.ts';
import { stackedBars } from './stacked-bars.ts';

export function incidentsChart(entries: readonly Entry[]): Chart {
  const dated = entries.flatMap(({ date, metadata }) => (date === null ? [] : [{ date, shade: String(shadeOf(metadata.severity) ?? 0) }]));
  const periods = periodsOf(dated.map(({ date }) => date));
  const counts = new Map(periods.names.map((name) => [name, {} as Record<string, number>]));
  for (const { date, shade } of dated) {
    const values = counts.get(periods.of(date));
    if (values !== undefined) {
      values[shade] = (values[shade] ?? 0) + 1;
    }
  }
  const labels = shortNames(periods);
  const parts = severityShades.filter(({ key }) => dated.some(({ shade }) => shade === key));
  const undated = entries.length - dated.length;
  return {
    id: 'incidents',
    title: `Incidents per ${periods.unit}`,
    caption: `${count(dated.length, 'incident')} by severity${undated === 0 ? '' : `; ${count(undated, 'document')} without a date left out`}.`,
    drawing: stackedBars({ bars: periods.names.map((name, index) => ({ label: labels[index] ?? '', values: counts.get(name) ?? {} })), parts }),
    legend: parts,
    columns: [periods.unit.replace(/^./, (letter) => letter.toUpperCase()), ...parts.map(({ name }) => name)],
    rows: periods.names.map((name) => [name, ...parts.map(({ key }) => counts.get(name)?.[key] ?? 0)]),
  };
}

/** A run for people at a terminal or in a CI log: tables that fit, and closing lines. Everything from outside is cleaned. */
import { printable } from '../log.ts';
import type { DecidedTodo, Problem } from '../postmortem/model.ts';
import { count, formatDuration, formatUsd, headline, oneLine, OUTCOME_LABELS, problemCount, shortCommit } from './format.ts';
import type { RunReport } from './report.ts';
import { textWidth } from '../postmortem/text-width.ts';
import { cellText, wrapped } from './width.ts';

export interface TableStyle {
  /** Width of the table; default 120, at least 60. */
  readonly columns?: number;
  /** `ansi` colours the words that say how it went; they say it without colour too. Default `none`. */
  readonly colour?: 'ansi' | 'none';
}

/** ANSI colours: green, yellow, red, grey. */
const COLOURS = { good: 32, attention: 33, bad: 31, quiet: 90 } as const;
type Tone = keyof typeof COLOURS;

export interface Cell {
  readonly text: string;
  readonly tone?: Tone;
}

const DECISIONS = {
  implement: { text: 'implement', tone: 'good' },
  review: { text: 'needs a person', tone: 'attention' },
  skip: { text: 'skip', tone: 'quiet' },
} as const;

/** What is to be done with each TODO, and why. Empty when there are none. */
export function decisionTable(decided: readonly DecidedTodo[], style: TableStyle = {}): string {
  const rows = decided.map(({ todo, decision }) => ({
    file: todo.file,
    cells: [
      { text: String(todo.line) },
      { text: todo.priority },
      { text: cellText(todo.type ?? '-', 60) },
      { text: cellText(todo.action, 300) },
      DECISIONS[decision.kind],
      { text: cellText(decision.reason, 300) },
    ],
  }));
  return table(['Line', 'Prio', 'Type', 'Action', 'Decision', 'Reason'], rows, style);
}

const TONES = { done: 'good', 'needs-review': 'attention', failed: 'bad', deferred: 'quiet' } as const;

/** What came of each TODO, with its commit, cost and time. Empty when there are none. */
export function outcomeTable(report: Pick<RunReport, 'outcomes'>, style: TableStyle = {}): string {
  const rows = report.outcomes.map(({ todo, kind, reason, commit, costUsd, durationMs }) => ({
    file: todo.file,
    cells: [
      { text: String(todo.line) },
      { text: todo.priority },
      { text: cellText(todo.action, 300) },
      { text: OUTCOME_LABELS[kind], tone: TONES[kind] },
      { text: commit ? cellText(shortCommit(commit.id), 20) : '-' },
      { text: costUsd === null ? '-' : formatUsd(costUsd) },
      { text: durationMs === null ? '-' : formatDuration(durationMs) },
      { text: cellText(reason, 300) },
    ],
  }));
  return table(['Line', 'Prio', 'Action', 'Outcome', 'Commit', 'Cost', 'Time', 'Reason'], rows, style);
}

/** `file:line:column level rule message`, each with its remedy on the next line. */
export function problemLines(problems: readonly Problem[]): string[] {
  return problems.flatMap(({ file, line, column, level, rule, message, remedy }) => {
    const head = `${cellText(file, 300)}:${line}:${column} ${level} ${rule} ${cellText(message, 500)}`;
    return remedy === '' ? [head] : [head, `    ${cellText(remedy, 500)}`];
  });
}

/** The lines a run ends with: how it went, what it cost, what was committed, what a person should know and do. */
export function summary(report: RunReport): string[] {
  const links = report.outcomes.flatMap(({ commit, todo }) =>
    commit
      ? [`  ${shortCommit(commit.id)} ${cellText(todo.action, 100)}${commit.url === null ? '' : ` ${printable(commit.url)}`}`]
      : [],
  );
  return [
    `${headline(report)} (${formatUsd(report.costUsd)}, ${formatDuration(report.durationMs)})`,
    ...errorLines(report),
    ...(links.length > 0 ? [`${count(links.length, 'commit')}:`, ...links] : []),
    ...(report.awaiting.length > 0 ? [`Waiting for a person: ${count(report.awaiting.length, 'TODO')}`] : []),
    ...(report.problems.length > 0 ? [problemCount(report.problems)] : []),
    ...report.notices.map((notice) => `Note: ${oneLine(printable(notice))}`),
  ];
}

function errorLines({ error }: RunReport): string[] {
  if (!error) return [];
  const remedy = error.remedy === '' ? [] : [`What to do: ${oneLine(printable(error.remedy))}`];
  return [`What happened: ${oneLine(printable(error.message))}`, ...remedy];
}

const GAP = 2;

export interface Row {
  /** `null` in a table that is not about files. */
  readonly file: string | null;
  readonly cells: readonly Cell[];
}

/**
 * Rows with wrapped cells; every line fits the width. A file's name stands once above its rows, to leave the columns to the texts.
 * Empty when there are none. Cells come cleaned (`cellText`).
 */
export function table(head: readonly string[], rows: readonly Row[], style: TableStyle = {}): string {
  if (rows.length === 0) return '';
  const total = Math.max(60, style.columns ?? 120);
  const natural = head.map((title, column) =>
    rows.reduce((max, { cells }) => Math.max(max, textWidth(cells[column]?.text ?? '')), textWidth(title)),
  );
  const widths = fitted(natural, total - GAP * (head.length - 1));
  const line = (cells: readonly Cell[]) => rowLines(cells, widths, style.colour ?? 'none');
  const lines = [...line(head.map((text) => ({ text }))), ...line(widths.map((width) => ({ text: '-'.repeat(width) })))];
  for (const [index, { file, cells }] of rows.entries()) {
    if (file !== null && file !== rows[index - 1]?.file) lines.push(...wrapped(cellText(file, 300), total));
    lines.push(...line(cells));
  }
  return lines.join('\n');
}

/** The natural widths when they fit; else the wide columns share what the narrow ones leave, all of them alike. */
function fitted(natural: readonly number[], room: number): number[] {
  const ascending = natural.map((width, column) => ({ width, column })).sort((a, b) => a.width - b.width);
  const widths = [...natural];
  let left = room;
  for (const [index, { width, column }] of ascending.entries()) {
    const share = Math.floor(left / (ascending.length - index));
    widths[column] = Math.min(width, share);
    left -= Math.min(width, share);
  }
  return widths;
}

function rowLines(cells: readonly Cell[], widths: readonly number[], colour: 'ansi' | 'none'): string[] {
  const columns = cells.map(({ text }, index) => wrapped(text, widths[index] ?? 1));
  const height = Math.max(...columns.map((lines) => lines.length));
  return Array.from({ length: height }, (_, row) =>
    columns
      .map((lines, index) => {
        const text = lines[row] ?? '';
        const tone = cells[index]?.tone;
        const shown = colour === 'ansi' && tone && text !== '' ? `\u001b[${COLOURS[tone]}m${text}\u001b[0m` : text;
        return shown + ' '.repeat(Math.max(0, (widths[index] ?? 0) - textWidth(text)));
      })
      .join(' '.repeat(GAP))
      .trimEnd(),
  );
}

/** A run as a Slack message: Block Kit as objects, within Slack's limits whatever the run holds. */
import type { Redactor } from '../log.ts';
import type { DecidedTodo } from '../postmortem/model.ts';
import {
  count,
  formatDuration,
  formatUsd,
  grouped,
  headline,
  OUTCOME_LABELS,
  outcomeCounts,
  problemCount,
  shortCommit,
} from './format.ts';
import type { RunReport, TodoOutcome } from './report.ts';
import {
  context,
  header,
  MAX_BLOCKS,
  MAX_TEXT,
  MAX_TOTAL,
  section,
  type SlackBlock,
  type SlackMessage,
} from './slack-blocks.ts';
import { escaped, link } from './slack-text.ts';

export type SlackNotify = 'always' | 'changes' | 'failure';

/** Whether a run is told to Slack. `changes`: something was done, handed to people, or went wrong. A dry run contacts nobody. */
export function shouldNotify(report: Pick<RunReport, 'status' | 'dryRun' | 'outcomes'>, mode: SlackNotify): boolean {
  if (report.dryRun) return false;
  const wentWrong =
    report.status === 'failed' || report.status === 'cancelled' || report.outcomes.some(({ kind }) => kind === 'failed');
  switch (mode) {
    case 'always':
      return true;
    case 'failure':
      return wentWrong;
    case 'changes':
      return wentWrong || report.outcomes.some(({ kind }) => kind === 'done' || kind === 'needs-review');
  }
}

/**
 * The message of a run. Always valid for Slack; what does not fit is counted ("and 7 more"), and the figures of the header are
 * those of the whole run. Secrets are masked before text is escaped and cut: neither half a secret nor an escaped one is
 * recognised.
 */
export function buildSlackMessage(run: RunReport, redactor: Redactor): SlackMessage {
  const report = redactor.redactDeep(run);
  const before = [header(headline(report)), context(facts(report)), ...error(report)];
  const after = [...awaiting(report.awaiting, report), ...notices(report), ...problems(report), ...button(report)];
  const room = MAX_TOTAL - JSON.stringify([...before, ...after]).length;
  const outcomes = outcomeBlocks(report, { chars: room, blocks: MAX_BLOCKS - before.length - after.length });
  return { text: fallback(report), blocks: [...before, ...outcomes, ...after], unfurl_links: false, unfurl_media: false };
}

function facts(report: RunReport): string {
  return [
    report.repository && escaped(report.repository, 150),
    `branch ${escaped(report.branch, 150)}`,
    report.host && `host ${escaped(report.host, 150)}`,
    formatUsd(report.costUsd),
    formatDuration(report.durationMs),
    report.dryRun && 'nothing was changed, nobody was contacted',
  ]
    .filter((fact) => typeof fact === 'string' && fact !== '')
    .join(' | ');
}

function error({ error }: RunReport): SlackBlock[] {
  if (!error) return [];
  const remedy = error.remedy === '' ? '' : `\n*What to do:* ${escaped(error.remedy, 800)}`;
  return [section(`*What happened:* ${escaped(error.message, 800)}${remedy}`)];
}

/** One line of an outcome: label, TODO, commit, reason, cost and time. */
function outcomeLine({ todo, kind, reason, commit, costUsd, durationMs }: TodoOutcome): string {
  const type = todo.type === null ? '' : ` ${escaped(todo.type, 60)}`;
  const spent = [costUsd === null ? null : formatUsd(costUsd), durationMs === null ? null : formatDuration(durationMs)]
    .filter(Boolean)
    .join(', ');
  const parts = [
    `*${OUTCOME_LABELS[kind]}:* ${todo.priority}${type}: ${escaped(todo.action, 300)}`,
    commit && `commit ${link(commit.url, shortCommit(commit.id), 20)}`,
    escaped(reason, 400),
    spent,
  ];
  return `• ${parts.filter((part) => part !== null && part !== '').join(' - ')}`;
}

/** The outcomes by post-mortem, each with its title, as many as fit; the rest is counted. */
function outcomeBlocks(report: RunReport, room: { readonly chars: number; readonly blocks: number }): SlackBlock[] {
  const ordered = grouped(report.outcomes, ({ todo }) => todo.file).flat();
  const sections: string[] = [];
  // The line that counts what was left out needs room too.
  let chars = room.chars - 300;
  let shown = 0;
  for (const outcome of ordered) {
    const { file } = outcome.todo;
    const title = link(report.fileUrl(file), outcome.postMortemTitle || file, 200);
    const continues = ordered[shown - 1]?.todo.file === file;
    const line = outcomeLine(outcome);
    const last = continues ? (sections.at(-1) ?? '') : '';
    const fits = last !== '' && last.length + line.length < MAX_TEXT;
    const text = fits ? `${last}\n${line}` : `*${title}*${continues ? ' (continued)' : ''}\n${line}`;
    const cost = size(text) - (fits ? size(last) : 0);
    if (cost > chars || (!fits && sections.length + 2 > room.blocks)) break;
    if (fits) sections.pop();
    sections.push(text);
    chars -= cost;
    shown += 1;
  }
  const left = ordered.slice(shown);
  const rest =
    left.length > 0
      ? [context(`and ${count(left.length, 'more TODO')}: ${outcomeCounts(left)}. The log of the pipeline has them all.`)]
      : [];
  return [...sections.map(section), ...rest];
}

function size(text: string): number {
  return JSON.stringify(section(text)).length + 1;
}

/** How many TODOs that wait for people are named one by one. */
const MAX_AWAITING = 5;

function awaiting(todos: readonly DecidedTodo[], report: RunReport): SlackBlock[] {
  if (todos.length === 0) return [];
  const lines = todos.slice(0, MAX_AWAITING).map(({ todo, decision }) => {
    const where = link(report.fileUrl(todo.file, todo.line), `${todo.file.split('/').at(-1)}:${todo.line}`, 100);
    const type = todo.type === null ? '' : ` ${escaped(todo.type, 40)}`;
    return `• ${todo.priority}${type}: ${escaped(todo.action, 150)} - ${where} - ${escaped(decision.reason, 150)}`;
  });
  return [
    section([`*Waiting for a person:* ${count(todos.length, 'TODO')}`, ...clipped(lines, 1500, todos.length)].join('\n')),
  ];
}

const MAX_NOTICES = 5;

function notices({ notices }: RunReport): SlackBlock[] {
  if (notices.length === 0) return [];
  const lines = notices.slice(0, MAX_NOTICES).map((notice) => `• ${escaped(notice, 250)}`);
  return [section(['*Please note:*', ...clipped(lines, 1500, notices.length)].join('\n'))];
}

function problems({ problems }: RunReport): SlackBlock[] {
  return problems.length === 0 ? [] : [context(`${problemCount(problems)}: see the log of the pipeline.`)];
}

/** Longer ones are no pipeline's, and would leave no room. */
const MAX_URL = 2000;

function button({ pipelineUrl, pipelineNumber }: RunReport): SlackBlock[] {
  const url = pipelineUrl !== null && URL.canParse(pipelineUrl) ? new URL(pipelineUrl).href : '';
  if (!/^https?:\/\//.test(url) || url.length > MAX_URL) return [];
  const text = `Open pipeline${pipelineNumber === null ? '' : ` ${pipelineNumber.slice(0, 40)}`}`;
  return [{ type: 'actions', elements: [{ type: 'button', text: { type: 'plain_text', text }, url }] }];
}

function fallback(report: RunReport): string {
  const lines = report.outcomes.map(({ kind, todo }) => `${OUTCOME_LABELS[kind]}: ${escaped(todo.action, 150)}`);
  const error = report.error ? [escaped(report.error.message, 500)] : [];
  const where = report.repository === null ? [] : [`${escaped(report.repository, 200)}, branch ${escaped(report.branch, 200)}`];
  return [headline(report), ...where, ...error, ...clipped(lines, 2000, lines.length)].join('\n');
}

/** As many lines as fit into `max` characters, and how many of `total` are not shown. */
function clipped(lines: readonly string[], max: number, total: number): string[] {
  let length = 0;
  const over = lines.findIndex((line) => (length += line.length + 1) > max);
  const shown = over < 0 ? lines : lines.slice(0, over);
  return shown.length < total ? [...shown, `and ${total - shown.length} more`] : [...shown];
}

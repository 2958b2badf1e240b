/** Lint problems for people, scripts, code scanning and GitHub. */
import { count } from './format.ts';
import { printable } from '../log.ts';
import { problemLines } from './console.ts';
import type { Problem } from '../postmortem/model.ts';
import type { Rule } from '../postmortem/lint-rule.ts';

export type LintFormat = 'text' | 'json' | 'sarif' | 'github';

/** What one lint found. */
export interface LintReport {
  /** By file and place. */
  readonly problems: readonly Problem[];
  /** What `fix: true` repaired. */
  readonly fixed: readonly Problem[];
  /** Documents that were read. */
  readonly files: number;
  /** All rules there are, for the formats that list them. */
  readonly rules: readonly Rule[];
}

/** The report as it is written to standard output, with a line ending at its end. */
export function formatLint(report: LintReport, format: LintFormat): string {
  switch (format) {
    case 'text':
      return textOf(report);
    case 'json':
      return `${JSON.stringify(jsonOf(report), null, 2)}\n`;
    case 'sarif':
      return `${JSON.stringify(sarifOf(report), null, 2)}\n`;
    case 'github':
      return githubOf(report);
  }
}

/** How it went, in one line. */
export function lintSummary({ problems, fixed, files }: LintReport): string {
  const levels = (['error', 'warning', 'info'] as const).map((level) => {
    const n = problems.filter((problem) => problem.level === level).length;
    return count(n, level === 'info' ? 'note' : level);
  });
  const repaired = fixed.length === 0 ? '' : `, ${fixed.length} repaired`;
  return `${levels.join(', ')} in ${count(files, 'post-mortem')}${repaired}`;
}

function textOf(report: LintReport): string {
  const repaired = report.fixed.map(({ file, line, rule, message }) => `${printable(file)}:${line} repaired ${rule}: ${printable(message)}`);
  return [...repaired, ...problemLines(report.problems), lintSummary(report), ''].join('\n');
}

/** `{problems, fixed, files, errors, warnings, infos}`; problems have file, line, column, level, rule, message and remedy. */
function jsonOf({ problems, fixed, files }: LintReport): object {
  const levels = (level: Problem['level']): number => problems.filter((problem) => problem.level === level).length;
  return { files, errors: levels('error'), warnings: levels('warning'), infos: levels('info'), problems, fixed };
}

const sarifLevels = { error: 'error', warning: 'warning', info: 'note' } as const;

/** SARIF 2.1.0 (OASIS Standard, 27 March 2020). Columns count UTF-16 units, as ours do. */
function sarifOf({ problems, rules }: LintReport): object {
  const documented = rules.map(({ id, level, about, bad, good }) => ({
    id,
    shortDescription: { text: about },
    help: { text: `${about}\n\nBad:\n\n${bad.slice(0, 400)}\n\nGood:\n\n${good}` },
    defaultConfiguration: { level: sarifLevels[level] },
  }));
  // Those of finding and reading files, which are no rules of their own.
  const strangers = [...new Set(problems.map(({ rule }) => rule))].filter((id) => !rules.some((rule) => rule.id === id));
  const all = [...documented, ...strangers.map((id) => ({ id, shortDescription: { text: id.replaceAll('-', ' ') } }))];
  const indexes = new Map(all.map(({ id }, index) => [id, index]));
  return {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'postmortem-plugin', rules: all } },
        columnKind: 'utf16CodeUnits',
        results: problems.map(({ file, line, column, level, rule, message, remedy }) => ({
          ruleId: rule,
          ruleIndex: indexes.get(rule),
          level: sarifLevels[level],
          message: { text: remedy === '' ? message : `${message}. ${remedy}` },
          locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(file) }, region: { startLine: line, startColumn: column } } }],
        })),
      },
    ],
  };
}

function uriOf(file: string): string {
  return file.split('/').map(encodeURIComponent).join('/');
}

const githubLevels = { error: 'error', warning: 'warning', info: 'notice' } as const;

/** Workflow commands with the escaping of GitHub's toolkit (`@actions/core`, command.ts). */
function githubOf(report: LintReport): string {
  const lines = report.problems.map(({ file, line, column, level, rule, message, remedy }) => {
    const properties = [`file=${property(file)}`, `line=${line}`, `col=${column}`, `title=${property(rule)}`];
    return `::${githubLevels[level]} ${properties.join(',')}::${data(remedy === '' ? message : `${message}\n${remedy}`)}`;
  });
  return [...lines, lintSummary(report), ''].join('\n');
}

function data(text: string): string {
  return printable(text).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

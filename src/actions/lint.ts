/** `action: lint`: what is wrong with the post-mortems, for pull requests that touch them. */
import { join } from 'node:path';
import { readFileSync, writeFileSync } from 'node:fs';
import { commitLookup } from './history.ts';
import { fixPostMortem } from '../postmortem/fix.ts';
import { formatLint, lintSummary, type LintFormat } from '../report/lint-formats.ts';
import { lintPostMortem, RULES } from '../postmortem/lint.ts';
import { messageOf, UserError } from '../errors.ts';
import { scan } from '../postmortem/scan.ts';
import type { LintOptions } from '../postmortem/lint-rule.ts';
import type { Log } from '../log.ts';
import type { Problem } from '../postmortem/model.ts';

export interface LintRun extends Omit<LintOptions, 'commitExists'> {
  /** The repository's checkout. */
  readonly root: string;
  /** Globs of post-mortems, relative to it. */
  readonly patterns: readonly string[];
  readonly format: LintFormat;
  /** Whether what is mechanical is repaired in the files first. */
  readonly fix: boolean;
  readonly log: Log;
  /** Takes text for standard output. Notes for people go to the log only in the formats that people read. */
  readonly write: (text: string) => void;
  /** Takes notes for people in the formats that machines read. Default: standard error. */
  readonly note?: (text: string) => void;
}

/**
 * Lints, and writes what was found.
 * @returns the exit code: 1 when there are errors, also of files that cannot be read or are missing
 * @throws UserError when a repaired file cannot be written
 */
export async function runLint(options: LintRun): Promise<number> {
  const { root, log, format } = options;
  const scanned = scan({ root, patterns: options.patterns });
  const history = commitLookup(root);
  const problems: Problem[] = [...scanned.problems];
  const fixed: Problem[] = [];
  let hasCommits = false;
  for (const { file } of scanned.postMortems) {
    let text = readFileSync(join(root, file), 'utf8');
    if (options.fix) {
      const repaired = fixPostMortem(text, file);
      if (repaired.text !== text) {
        save(root, file, repaired.text);
        text = repaired.text;
        fixed.push(...repaired.fixed);
      }
    }
    const commitExists = (id: string): boolean | null => {
      hasCommits = true;
      return history.exists?.(id) ?? null;
    };
    problems.push(...lintPostMortem(text, file, { ...options, commitExists }));
  }
  const report = { problems, fixed, files: scanned.postMortems.length, rules: RULES };
  options.write(log.redactor.redact(formatLint(report, format)));
  const isForPeople = format === 'text' || format === 'github';
  const note = options.note ?? ((text: string) => process.stderr.write(text));
  const tell = (text: string): void => (isForPeople ? log.info(text) : note(`${log.redactor.redact(text)}\n`));
  if (hasCommits && history.exists === null) {
    tell(`The commits of the Follow-up tables were not checked: ${history.reason}.`);
  }
  if (!isForPeople) {
    tell(lintSummary(report));
  }
  return problems.some(({ level }) => level === 'error') ? 1 : 0;
}

function save(root: string, file: string, text: string): void {
  try {
    writeFileSync(join(root, file), text);
  } catch (error) {
    throw new UserError(`${file} cannot be repaired: ${messageOf(error)}`, 'Make the checkout writable, or set fix: false.', { cause: error });
  }
}

/** Finds what is wrong with a post-mortem. Pure: the same text and options give the same problems. */
import { cellRules } from './lint-cell-rules.ts';
import { documentRules } from './lint-document-rules.ts';
import { followUpRules } from './lint-follow-up-rules.ts';
import { itemRules } from './lint-item-rules.ts';
import { LintDocument } from './lint-document.ts';
import type { LintOptions, Rule } from './lint-rule.ts';
import type { Problem } from './model.ts';
import { tableRules } from './lint-table-rules.ts';

/** Every rule, in the order of the documentation. */
export const RULES: readonly Rule[] = [...documentRules, ...tableRules, ...cellRules, ...itemRules, ...followUpRules];

/**
 * All problems of a document in the order of their places, those of reading it included.
 * @param text the document, a BOM and any line endings included
 * @param file its path as it shall appear in the problems
 */
export function lintPostMortem(text: string, file: string, options: LintOptions): Problem[] {
  const document = new LintDocument(text, file);
  const found = RULES.flatMap((rule) => problemsOf(rule, document, options));
  // What reading the document and a rule both find, the rule says with the exact cell.
  const told = new Set(found.map(({ line, rule }) => `${line} ${rule}`));
  const others = document.postMortem.problems.filter(({ line, rule }) => !told.has(`${line} ${rule}`));
  return [...found, ...others].sort((a, b) => a.line - b.line || a.column - b.column);
}

/** What one rule finds. */
export function problemsOf({ id, level, check }: Rule, document: LintDocument, options: LintOptions): Problem[] {
  const findings = check === 'parser' ? [] : check(document, options);
  return findings.map(({ spot, message, remedy }) => document.markdown.problem(spot, level, id, message, remedy));
}

/** Finds what is wrong with a post-mortem. Pure: the same text and options give the same problems. */
import { documentRules } from './lint-document-rules.ts';
import { itemRules } from './lint-item-rules.ts';
import { LintDocument } from './lint-document.ts';
import type { LintOptions, Rule } from './lint-rule.ts';
import type { Problem } from './model.ts';
import { tableRules } from './lint-table-rules.ts';

/** Every rule, in the order of the documentation. */
export const RULES: readonly Rule[] = [...documentRules, ...tableRules, ...itemRules];

/**
 * All problems of a document in the order of their places, those of reading it included.
 * @param text the document, a BOM and any line endings included
 * @param file its path as it shall appear in the problems
 */
export function lintPostMortem(text: string, file: string, options: LintOptions): Problem[] {
  const document = new LintDocument(text, file);
  // What the parser and a rule both find, the rule says with the exact cell.
  const checked = new Set(RULES.filter(({ check }) => check !== 'parser').map(({ id }) => id));
  const fromParser = document.postMortem.problems.filter(({ rule }) => !checked.has(rule) || rule === 'placeholder');
  const found = RULES.flatMap(({ id, level, check }) =>
    check === 'parser' ? [] : check(document, options).map(({ spot, message, remedy }): Problem => ({ file, line: spot.line, column: spot.column, level, rule: id, message, remedy })),
  );
  const told = new Set(found.map(({ line, rule }) => `${line} ${rule}`));
  return [...found, ...fromParser.filter(({ line, rule }) => !told.has(`${line} ${rule}`))].sort((a, b) => a.line - b.line || a.column - b.column);
}

/** What a lint rule is. */
import type { LintDocument } from './lint-document.ts';
import type { Priority, Problem } from './model.ts';
import type { Spot } from './document.ts';

export interface LintOptions {
  /** `YYYY-MM-DD`: open items grow old by it. */
  readonly today: string;
  /** After how many days an open item is overdue; `null` or absent: never. */
  readonly overdueDays: Readonly<Partial<Record<Priority, number | null>>>;
  /** Types people may write. */
  readonly types: readonly string[];
  /** Those of them that are implemented without a person. */
  readonly safeTypes: readonly string[];
  /** Whether a commit is in the repository's history, `null` when that cannot be told. Without it the rule is left out. */
  readonly commitExists?: (id: string) => boolean | null;
}

/** What a rule found. */
export interface Finding {
  readonly spot: Spot;
  readonly message: string;
  readonly remedy: string;
}

export interface Rule {
  /** Stable, kebab-case. */
  readonly id: string;
  readonly level: Problem['level'];
  /** One line of documentation. */
  readonly about: string;
  /** Markdown the rule finds fault with, and the same as it should be; for a file named `exampleFile`. */
  readonly bad: string;
  readonly good: string;
  readonly exampleFile?: string;
  /** Finds the faults; `parser` where reading the document already does. */
  readonly check: 'parser' | ((document: LintDocument, options: LintOptions) => readonly Finding[]);
}

/** A text from a document in a message: one line, cut. */
export function quoted(text: string): string {
  const line = text.length > 80 ? `${text.slice(0, 79).replace(/[\ud800-\udbff]$/, '')}…` : text;
  return `"${line}"`;
}

/** An action table for an example: the first line is its header; cells are separated by ` | `. */
export function tableOf(header: string, ...rows: readonly string[]): string {
  const dashes = header.split(' | ').map(() => '---').join(' | ');
  return [header, dashes, ...rows].map((row) => `| ${row} |`).join('\n');
}

/** A whole post-mortem for an example. */
export function documentOf(...lines: readonly string[]): string {
  return ['# Post-Mortem: DNS outage', '', ...lines].join('\n');
}

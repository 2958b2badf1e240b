/** The words of a health check: what was found, and the verdict. */
import picomatch from 'picomatch';

/** `failure`: something does not work. `warning`: it works, and should be looked at; also a check that could not be done. */
export interface Finding {
  readonly level: 'failure' | 'warning';
  /** `Pod/web/api-0`, `Node/worker-2`: kind, namespace (if it has one), name. */
  readonly object: string;
  /** One line. */
  readonly reason: string;
  /** ISO 8601 in UTC, since when it is so; `null` when the cluster does not say. */
  readonly since: string | null;
}

/** `UNKNOWN`: the check itself did not work. It says nothing about the cluster. */
export type Verdict = 'HEALTHY' | 'WARNINGS' | 'UNHEALTHY' | 'UNKNOWN';

export const EXIT_CODES: Readonly<Record<Verdict, number>> = { HEALTHY: 0, WARNINGS: 1, UNHEALTHY: 2, UNKNOWN: 3 };

/** One check: its name, and what it found or why it could not be done. */
export interface CheckResult {
  /** `nodes`, `pods`. */
  readonly name: string;
  /** How many objects were looked at; `null` when they could not be read. */
  readonly looked: number | null;
  readonly findings: readonly Finding[];
}

/** What came of checking: done, or not possible with the reason and what to do. */
export type Checked =
  | { readonly kind: 'checked'; readonly results: readonly CheckResult[]; readonly verdict: Exclude<Verdict, 'UNKNOWN'> }
  | { readonly kind: 'unknown'; readonly reason: string; readonly remedy: string };

/** The worst of the findings decides. */
export function verdictOf(results: readonly CheckResult[]): Exclude<Verdict, 'UNKNOWN'> {
  const levels = new Set(results.flatMap(({ findings }) => findings.map(({ level }) => level)));
  return levels.has('failure') ? 'UNHEALTHY' : levels.has('warning') ? 'WARNINGS' : 'HEALTHY';
}

/** The results without what is known and does not count. @param globs over `Finding.object` */
export function withoutIgnored(results: readonly CheckResult[], globs: readonly string[]): CheckResult[] {
  if (globs.length === 0) return [...results];
  const isIgnored = picomatch([...globs], { nocase: true, dot: true });
  return results.map((result) => ({ ...result, findings: result.findings.filter(({ object }) => !isIgnored(object)) }));
}

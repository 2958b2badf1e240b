/** What is remembered from one check to the next, and what the next one makes of it. Pure. */
import * as z from 'zod';
import type { Finding, Verdict } from './verdict.ts';

/** A thing that failed during an incident. Times are ISO 8601 in UTC. */
const failure = z.object({
  object: z.string(),
  reason: z.string(),
  /** What the cluster says, else when a check first saw it. */
  since: z.string(),
  first_seen: z.string(),
  last_seen: z.string(),
});

const incident = z.object({
  /** The first check that failed. */
  started_at: z.string(),
  /** The last good check before it, `null` when there was none. */
  last_healthy_at: z.string().nullable(),
  /** The last check that found a failure. */
  last_failing_at: z.string(),
  /** The first check without a failure after that one, warnings or not; `null` while it fails. */
  cleared_at: z.string().nullable(),
  failures: z.array(failure),
});

/** The state file. Fields may be added; a change of meaning raises `version`. */
export const memorySchema = z.object({
  version: z.literal(1),
  verdict: z.enum(['HEALTHY', 'WARNINGS', 'UNHEALTHY']),
  /** When the verdict became what it is. */
  since: z.string(),
  checked_at: z.string(),
  last_healthy_at: z.string().nullable(),
  /** The outage that is going on, or is cleared and not yet followed by a healthy check. */
  incident: incident.nullable(),
  /** The last one that ended, with the healthy check that ended it. */
  last_incident: incident.extend({ recovered_at: z.string() }).nullable(),
});

export type Memory = z.infer<typeof memorySchema>;
export type Incident = z.infer<typeof incident>;
export type EndedIncident = NonNullable<Memory['last_incident']>;
type Known = Exclude<Verdict, 'UNKNOWN'>;

/** The longest list of failures kept, the first ones seen. */
const MAX_FAILURES = 200;

/**
 * The state after a check.
 * @param previous `null` when there is none: then nothing can have recovered
 * @returns `recovered` only on the healthy check that follows an outage. Warnings in between neither end nor prolong it
 */
export function remember(
  previous: Memory | null,
  verdict: Known,
  findings: readonly Finding[],
  now: string,
): { readonly memory: Memory; readonly recovered: EndedIncident | null } {
  const recovered =
    verdict === 'HEALTHY' && previous?.incident
      ? { ...previous.incident, cleared_at: previous.incident.cleared_at ?? now, recovered_at: now }
      : null;
  return {
    recovered,
    memory: {
      version: 1,
      verdict,
      since: previous?.verdict === verdict ? previous.since : now,
      checked_at: now,
      last_healthy_at: verdict === 'HEALTHY' ? now : (previous?.last_healthy_at ?? null),
      incident: verdict === 'HEALTHY' ? null : incidentAfter(previous, verdict, findings, now),
      last_incident: recovered ?? previous?.last_incident ?? null,
    },
  };
}

function incidentAfter(previous: Memory | null, verdict: Known, findings: readonly Finding[], now: string): Incident | null {
  const open = previous?.incident ?? null;
  if (verdict === 'WARNINGS') return open && { ...open, cleared_at: open.cleared_at ?? now };
  return {
    started_at: open?.started_at ?? now,
    last_healthy_at: open ? open.last_healthy_at : (previous?.last_healthy_at ?? null),
    last_failing_at: now,
    cleared_at: null,
    failures: merged(open?.failures ?? [], findings, now),
  };
}

function merged(known: Incident['failures'], findings: readonly Finding[], now: string): Incident['failures'] {
  const failing = new Map(findings.filter(({ level }) => level === 'failure').map((found) => [found.object, found]));
  const kept = known.map((old) => (failing.has(old.object) ? { ...old, last_seen: now } : old));
  const seen = new Set(known.map(({ object }) => object));
  const added = [...failing.values()]
    .filter(({ object }) => !seen.has(object))
    .map(({ object, reason, since }) => ({ object, reason, since: since ?? now, first_seen: now, last_seen: now }));
  return [...kept, ...added].slice(0, MAX_FAILURES);
}

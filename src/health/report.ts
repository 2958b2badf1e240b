/** A health check for people, for programs and for Slack. */
import type { Redactor } from '../log.ts';
import { formatDuration } from '../report/format.ts';
import { table } from '../report/console.ts';
import { context, header, section } from '../report/slack-blocks.ts';
import type { SlackMessage } from '../report/slack-blocks.ts';
import { escaped } from '../report/slack-text.ts';
import { cellText } from '../report/width.ts';
import type { EndedIncident, Incident } from './memory.ts';
import { EXIT_CODES } from './verdict.ts';
import type { Checked, Finding, Verdict } from './verdict.ts';

/** Said once, by the first healthy check after an outage. The skills know it by these words. */
export const RECOVERY_SENTENCE =
  'The cluster has recovered. Would you like me to write a post-mortem? Run `/post-mortem` to generate one.';

/** More findings than this are counted, not shown. */
const MAX_SHOWN = 50;

/** The findings as a table, failures first, the oldest first; then one line per check. */
export function healthLines(checked: Checked & { readonly kind: 'checked' }, now: number): string[] {
  const findings = sorted(checked.results.flatMap((result) => result.findings));
  const rows = findings.slice(0, MAX_SHOWN).map(({ level, object, reason, since }) => ({
    file: null,
    cells: [
      { text: level },
      { text: cellText(object, 200) },
      { text: since === null ? '-' : formatDuration(now - Date.parse(since)) },
      { text: cellText(reason, 300) },
    ],
  }));
  const more = findings.length > MAX_SHOWN ? [`and ${findings.length - MAX_SHOWN} more`] : [];
  const checks = checked.results.map(
    ({ name, looked, findings: found }) =>
      `${looked === null ? '' : `${looked} `}${name}${found.length === 0 ? '' : ` (${found.length})`}`,
  );
  return [
    ...(rows.length === 0 ? [] : [table(['Level', 'What', 'For', 'Why'], rows), ...more, '']),
    `Looked at: ${checks.join(', ')}`,
  ];
}

/** The recovery, with what the timeline of a post-mortem begins with. */
export function recoveryLines(ended: EndedIncident, stateFile: string): string[] {
  return [
    RECOVERY_SENTENCE,
    `  ${brokeWhen(ended)}`,
    `  It lasted ${lasted(ended)}; last failing check ${minute(ended.last_failing_at)}, first healthy one ${minute(ended.recovered_at)}.`,
    ...(ended.failures.length === 0 ? [] : ['  What was failing:', ...failures(ended).map((line) => `    ${line}`)]),
    `  Kept for the timeline in ${stateFile} (last_incident).`,
  ];
}

/** An outage that is going on, or cleared but not yet healthy. */
export function incidentLine(incident: Incident): string {
  const { cleared_at: cleared, started_at: started } = incident;
  if (cleared === null) return brokeWhen(incident);
  return `Nothing fails since ${minute(cleared)}, but it is not healthy yet; the outage began at ${minute(started)}.`;
}

export interface HealthJson {
  readonly verdict: Verdict;
  readonly exit_code: number;
  readonly checked_at: string;
  readonly checks: readonly { readonly name: string; readonly looked_at: number | null; readonly findings: readonly Finding[] }[];
  /** Why nothing is known; `null` when something is. */
  readonly unknown: { readonly reason: string; readonly remedy: string } | null;
  /** The outage that is going on. */
  readonly incident: Incident | null;
  /** Set by one check only: the first healthy one after an outage. */
  readonly recovered: (EndedIncident & { readonly message: string }) | null;
  readonly last_incident: EndedIncident | null;
}

/** What `format: json` prints and `report_file` holds; secrets masked. */
export function healthJson(
  checked: Checked,
  memory: { readonly incident: Incident | null; readonly recovered: EndedIncident | null; readonly last: EndedIncident | null },
  checkedAt: string,
  redactor: Redactor,
): HealthJson {
  const verdict = checked.kind === 'unknown' ? 'UNKNOWN' : checked.verdict;
  return redactor.redactDeep<HealthJson>({
    verdict,
    exit_code: EXIT_CODES[verdict],
    checked_at: checkedAt,
    checks:
      checked.kind === 'unknown'
        ? []
        : checked.results.map(({ name, looked, findings }) => ({ name, looked_at: looked, findings })),
    unknown: checked.kind === 'unknown' ? { reason: checked.reason, remedy: checked.remedy } : null,
    incident: memory.incident,
    recovered: memory.recovered && { ...memory.recovered, message: RECOVERY_SENTENCE },
    last_incident: memory.last,
  });
}

/** The change of a verdict, for Slack. */
export function healthMessage(
  verdict: Exclude<Verdict, 'UNKNOWN'>,
  findings: readonly Finding[],
  recovered: EndedIncident | null,
  cluster: string | null,
): SlackMessage {
  const title = recovered
    ? 'The cluster has recovered'
    : { HEALTHY: 'The cluster is healthy', WARNINGS: 'The cluster has warnings', UNHEALTHY: 'The cluster is unhealthy' }[verdict];
  const listed = recovered
    ? [brokeWhen(recovered), `It lasted ${lasted(recovered)}.`, ...failures(recovered)]
    : sorted(findings).map(({ object, reason }) => `${object}: ${reason}`);
  const lines = listed.slice(0, 10).map((line) => `• ${escaped(line, 200)}`);
  const more = listed.length > 10 ? [`and ${listed.length - 10} more`] : [];
  const ask = recovered ? [section('Run `/post-mortem` in Claude Code to write the post-mortem.')] : [];
  return {
    text: title,
    blocks: [
      header(title),
      ...(cluster === null ? [] : [context(escaped(cluster, 150))]),
      ...(lines.length > 0 ? [section([...lines, ...more].join('\n'))] : []),
      ...ask,
    ],
    unfurl_links: false,
    unfurl_media: false,
  };
}

function sorted(findings: readonly Finding[]): Finding[] {
  const rank = ({ level }: Finding) => (level === 'failure' ? 0 : 1);
  return findings.toSorted((a, b) => rank(a) - rank(b) || (a.since ?? '9').localeCompare(b.since ?? '9'));
}

function brokeWhen({ started_at: started, last_healthy_at: healthy }: Incident): string {
  return healthy === null
    ? `It was first seen broken at ${minute(started)}; no check before that was healthy.`
    : `It broke between ${minute(healthy)} (last healthy check) and ${minute(started)} (first failing one).`;
}

/** To the first check without a failure: warnings may stay longer. */
function lasted({ started_at: started, cleared_at: cleared, recovered_at: recovered }: EndedIncident): string {
  return `about ${formatDuration(Date.parse(cleared ?? recovered) - Date.parse(started))}`;
}

function failures({ failures: all }: Incident): string[] {
  const lines = all
    .slice(0, 10)
    .map(({ object, reason, since }) => `${cellText(object, 150)}: ${cellText(reason, 200)} (since ${minute(since)})`);
  return all.length > 10 ? [...lines, `and ${all.length - 10} more`] : lines;
}

/** `2026-05-03 14:05 UTC`. */
function minute(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')} UTC`;
}

import { writeFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { messageOf } from '../errors.ts';
import { remember } from '../health/memory.ts';
import type { EndedIncident, Memory } from '../health/memory.ts';
import { healthJson, healthLines, healthMessage, incidentLine, recoveryLines } from '../health/report.ts';
import { updateState } from '../health/state-file.ts';
import type { Remembered } from '../health/state-file.ts';
import { EXIT_CODES } from '../health/verdict.ts';
import type { Checked, Finding, Verdict } from '../health/verdict.ts';
import type { Log } from '../log.ts';
import { hasSlack, postMessage } from '../run/slack.ts';
import type { Settings } from '../settings/schema.ts';

export interface HealthInput {
  readonly settings: Settings;
  readonly root: string;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Takes text for standard output; with `format: json` nothing else goes there. */
  readonly write: (text: string) => void;
}

type Known = Checked & { readonly kind: 'checked' };

/** What the comparison with the last check gave. */
interface Compared {
  readonly before: Remembered;
  readonly memory: Memory;
  readonly recovered: EndedIncident | null;
}

/**
 * Checks the cluster, says how it is, and notices when it has recovered since the last check.
 * @returns the exit code: 0 healthy, 1 warnings, 2 failures, 3 when the check itself did not work
 */
export async function health(input: HealthInput): Promise<number> {
  const { settings, log, write } = input;
  const isForPeople = settings.format === 'text';
  const tell = (text: string) => (isForPeople ? log.info(text) : process.stderr.write(`${log.redactor.redact(text)}\n`));
  const now = new Date();
  const checked = await check(input, now, (text) => void (isForPeople && log.info(text.trimEnd())));
  const compared = checked.kind === 'checked' ? await compare(checked, settings, input.root, now, tell) : null;
  const json = healthJson(
    checked,
    {
      incident: compared?.memory.incident ?? null,
      recovered: compared?.recovered ?? null,
      last: compared?.memory.last_incident ?? null,
    },
    now.toISOString(),
    log.redactor,
  );
  if (!isForPeople) write(`${JSON.stringify(json, null, 2)}\n`);
  else if (checked.kind === 'checked') for (const line of spoken(checked, compared, settings.health_state, now)) log.info(line);
  if (checked.kind === 'unknown') tell(`UNKNOWN: ${checked.reason}.\n  ${checked.remedy}\nThe last verdict is left as it was.`);
  if (settings.report_file !== null) await writeReport(settings.report_file, json, tell);
  if (checked.kind === 'checked' && compared) await tellSlack(checked, compared, input, tell);
  return EXIT_CODES[checked.kind === 'checked' ? checked.verdict : 'UNKNOWN'];
}

async function check({ settings, root, signal }: HealthInput, now: Date, show: (text: string) => void): Promise<Checked> {
  if (settings.health_command !== null) {
    const { checkWithCommand } = await import('../health/command.ts');
    return checkWithCommand({ command: settings.health_command, root, signal, show });
  }
  const { checkWithKubectl } = await import('../health/kubectl.ts');
  return checkWithKubectl({ context: settings.health_context, ignore: settings.health_ignore, signal, now: now.getTime() });
}

/** Compares with the last check and keeps this one. `null` when it cannot be kept: a recovery would be told again and again. */
async function compare(
  checked: Known,
  settings: Settings,
  root: string,
  now: Date,
  tell: (text: string) => void,
): Promise<Compared | null> {
  const path = isAbsolute(settings.health_state) ? settings.health_state : join(root, settings.health_state);
  try {
    const compared = await updateState(path, (before) => {
      const { memory, recovered } = remember(
        before.kind === 'known' ? before.memory : null,
        checked.verdict,
        findingsOf(checked),
        now.toISOString(),
      );
      return { memory, result: { before, memory, recovered } };
    });
    if (compared.before.kind === 'corrupt') {
      tell(
        `warning: the state file ${settings.health_state} could not be read (${compared.before.reason}); it is kept as ` +
          `${compared.before.keptAs}. Whether the cluster has recovered since the last check is not known.`,
      );
    }
    return compared;
  } catch (error) {
    tell(
      `warning: health_state: the verdict cannot be kept in ${settings.health_state}: ${messageOf(error)}. ` +
        'A recovery will not be noticed.',
    );
    return null;
  }
}

function spoken(checked: Known, compared: Compared | null, stateFile: string, now: Date): string[] {
  const lines = healthLines(checked, now.getTime());
  const before = compared?.before;
  const since =
    compared === null
      ? ''
      : before?.kind === 'known'
        ? `, since ${compared.memory.since.slice(0, 16).replace('T', ' ')} UTC`
        : '; there is no earlier verdict to compare with';
  lines.push(`${checked.verdict}${since}`);
  if (compared?.memory.incident) lines.push(incidentLine(compared.memory.incident));
  if (compared?.recovered) lines.push('', ...recoveryLines(compared.recovered, stateFile));
  return lines;
}

function findingsOf({ results }: Known): Finding[] {
  return results.flatMap(({ findings }) => findings);
}

/** A changed verdict is told; with `slack_notify: failure` only that it became UNHEALTHY, and that it has recovered. */
async function tellSlack(
  checked: Known,
  { before, recovered }: Compared,
  { settings, log, signal }: HealthInput,
  tell: (text: string) => void,
): Promise<void> {
  if (!hasSlack(settings)) return;
  const last: Verdict | null = before.kind === 'known' ? before.memory.verdict : null;
  const isNews = recovered !== null || (checked.verdict !== last && !(last === null && checked.verdict === 'HEALTHY'));
  if (!isNews || (settings.slack_notify === 'failure' && recovered === null && checked.verdict !== 'UNHEALTHY')) return;
  const message = healthMessage(checked.verdict, findingsOf(checked), recovered, settings.health_context);
  const notice = await postMessage(message, settings, log, signal);
  tell(notice === null ? 'Told Slack' : `warning: ${notice}`);
}

async function writeReport(file: string, json: unknown, tell: (text: string) => void): Promise<void> {
  try {
    await writeFile(file, `${JSON.stringify(json, null, 2)}\n`);
  } catch (error) {
    tell(`warning: report_file: cannot write ${file}: ${messageOf(error)}`);
  }
}

import type { Log } from '../log.ts';
import { problemLines } from '../report/console.ts';
import { buildDigest } from '../report/digest.ts';
import { digestJson, digestLines, digestMessage } from '../report/digest-views.ts';
import { decideAll } from '../run/decide.ts';
import { hasSlack, postMessage } from '../run/slack.ts';
import type { Settings } from '../settings/schema.ts';
import type { Pipeline } from '../woodpecker.ts';

export interface DigestInput {
  readonly settings: Settings;
  readonly pipeline: Pipeline;
  readonly root: string;
  readonly log: Log;
  /** Takes text for standard output; with `format: json` nothing else goes there. */
  readonly write: (text: string) => void;
}

/**
 * Tells what is open over all post-mortems, to the log and to Slack.
 * @returns the exit code: 1 when no document could be read, or when Slack is configured and was not told: telling is all this does
 */
export async function digest({ settings, pipeline, root, log, write }: DigestInput): Promise<number> {
  const { scanned, open, problems } = decideAll(settings, root);
  const today = new Date().toISOString().slice(0, 10);
  const built = buildDigest(open, scanned.postMortems, settings.overdue_days, today);
  const tell = (text: string) =>
    settings.format === 'json' ? process.stderr.write(`${log.redactor.redact(text)}\n`) : log.info(text);
  for (const line of problemLines(scanned.problems)) tell(line);
  if (settings.format === 'json') write(`${JSON.stringify(digestJson(built, log.redactor), null, 2)}\n`);
  else for (const line of digestLines(built)) log.info(line);
  if (scanned.postMortems.length === 0 && problems.some(({ level }) => level === 'error')) return 1;
  if (!hasSlack(settings) || settings.dry_run) return 0;
  const branch = settings.branch ?? pipeline.branch ?? 'main';
  const links = {
    repository: pipeline.repository,
    fileUrl: (path: string, line: number) => pipeline.fileUrl(branch, path, line),
  };
  const notice = await postMessage(digestMessage(built, links, log.redactor), settings, log);
  tell(notice === null ? 'Told Slack' : `error: ${notice}`);
  return notice === null ? 0 : 1;
}

import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { outcomeTable, summary } from '../report/console.ts';
import type { RunReport } from '../report/report.ts';
import type { Settings } from '../settings/schema.ts';

/** Shows the report of a run in the log. */
export function showReport(report: RunReport, log: Log): void {
  if (report.outcomes.length > 0) log.info(`\n${outcomeTable(report)}\n`);
  for (const line of summary(report)) log.info(line);
}

/** Sends the report to Slack and writes the report file. Never throws: what fails is shown, and does not fail the run. */
export async function tellReport(report: RunReport, settings: Settings, log: Log): Promise<void> {
  const notices: string[] = [];
  if (settings.slack_webhook !== null || settings.slack_token !== null) {
    const notice = await tellSlack(report, settings, log);
    if (notice !== null) notices.push(notice);
  }
  for (const notice of notices) log.warn(notice);
  if (settings.report_file !== null) await writeReport({ ...report, notices: [...report.notices, ...notices] }, settings.report_file, log);
}

async function tellSlack(report: RunReport, settings: Settings, log: Log): Promise<string | null> {
  const { buildSlackMessage, shouldNotify } = await import('../report/slack.ts');
  if (!shouldNotify(report, settings.slack_notify)) return null;
  const { postToSlack } = await import('../report/slack-post.ts');
  const notice = await postToSlack(
    buildSlackMessage(report, log.redactor),
    { webhook: settings.slack_webhook, channel: settings.slack_channel, token: settings.slack_token, timeoutMs: settings.slack_timeout, retries: settings.slack_retries },
    log,
  );
  if (notice === null) log.info('Told Slack');
  return notice;
}

async function writeReport(report: RunReport, file: string, log: Log): Promise<void> {
  try {
    const { reportJson } = await import('../report/json.ts');
    const { mkdir, writeFile } = await import('node:fs/promises');
    const { dirname } = await import('node:path');
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `${JSON.stringify(reportJson(report, log.redactor), null, 2)}\n`);
  } catch (error) {
    log.warn(`report_file: cannot write ${file}: ${messageOf(error)}`);
  }
}

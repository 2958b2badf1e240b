import type { Log } from '../log.ts';
import type { SlackMessage } from '../report/slack-blocks.ts';
import type { Settings } from '../settings/schema.ts';

/** Whether Slack is configured at all. */
export function hasSlack(settings: Settings): boolean {
  return settings.slack_webhook !== null || settings.slack_token !== null;
}

/** Posts a message as the settings say. @returns `null` when Slack took it, otherwise the notice of why not. Never throws. */
export async function postMessage(
  message: SlackMessage,
  settings: Settings,
  log: Log,
  signal?: AbortSignal,
): Promise<string | null> {
  const { postToSlack } = await import('../report/slack-post.ts');
  const {
    slack_webhook: webhook,
    slack_channel: channel,
    slack_token: token,
    slack_timeout: timeoutMs,
    slack_retries: retries,
  } = settings;
  return postToSlack(message, { webhook, channel, token, timeoutMs, retries }, log, signal);
}

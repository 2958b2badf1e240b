/** What Slack's answers mean: taken, try again, or refused and what to do. */
import type { HttpAnswer } from '../http/client.ts';
import { retryAfterMs, type TryAgain } from '../http/retry.ts';

export type SlackSetting = 'slack_webhook' | 'slack_token';

interface SlackBody {
  readonly ok?: unknown;
  readonly error?: unknown;
  readonly retry_after?: unknown;
  readonly response_metadata?: { readonly messages?: unknown };
}

function bodyOf(answer: HttpAnswer): SlackBody {
  try {
    const body: unknown = JSON.parse(answer.text);
    return typeof body === 'object' && body !== null ? body : {};
  } catch {
    return {};
  }
}

/** Errors of the Web API that pass by themselves. */
const PASSING = /^(internal_error|fatal_error|service_unavailable|request_timeout|rate_?limited)$/;

/** Whether a message may be taken a moment later: too many requests, or an error of Slack's own. */
export function againAfterAnswer(answer: HttpAnswer): TryAgain | null {
  const body = bodyOf(answer);
  const passing = typeof body.error === 'string' && PASSING.test(body.error);
  if (answer.status !== 429 && answer.status < 500 && !passing) return null;
  const inBody = typeof body.retry_after === 'number' ? body.retry_after * 1000 : null;
  return {
    reason: passing ? `${body.error}` : `HTTP ${answer.status}`,
    afterMs: retryAfterMs(answer.headers['retry-after']) ?? inBody,
  };
}

/**
 * Why Slack did not take a message, and what to do; `null` when it did.
 * @param setting how the message was sent
 */
export function refusalOf(answer: HttpAnswer, setting: SlackSetting): { message: string; remedy: string } | null {
  const ok = answer.status >= 200 && answer.status < 300;
  const body = bodyOf(answer);
  // A webhook says "ok" in plain text; the Web API says HTTP 200 to everything, and the truth in the body.
  if (ok && (setting === 'slack_webhook' || body.ok === true)) return null;
  const said = typeof body.error === 'string' ? body.error : answer.text.trim();
  const code = /^[a-z_]{3,60}$/.test(said) ? said : null;
  const message = [`HTTP ${answer.status}`, code, detailsOf(body)].filter(Boolean).join(', ');
  if (answer.status >= 300 && answer.status < 400) {
    return { message, remedy: `${setting} leads to a redirect: check the address and the proxies on the way.` };
  }
  const remedy = code !== null && Object.hasOwn(REMEDIES, code) ? REMEDIES[code] : undefined;
  return { message, remedy: remedy ?? `Check ${setting}${setting === 'slack_token' ? ' and slack_channel' : ''}.` };
}

/** Which block of a message it did not like. */
function detailsOf(body: SlackBody): string | null {
  const messages: unknown = body.response_metadata?.messages;
  const words = Array.isArray(messages) ? messages.filter((item) => typeof item === 'string').join('; ') : '';
  return words === '' ? null : words.slice(0, 300);
}

const NEW_WEBHOOK = 'The webhook was disabled or deleted: make a new one in the Slack app and set slack_webhook.';
const NEW_TOKEN = 'Copy the bot token (xoxb-...) of the installed Slack app into slack_token.';
const OUR_FAULT = 'This is a fault of the plugin: please report it with this message.';

/**
 * What to do about the errors of webhooks (https://docs.slack.dev/changelog/2016-05-17-changes-to-errors-for-incoming-webhooks)
 * and of https://docs.slack.dev/reference/methods/chat.postMessage#errors.
 */
const REMEDIES: Readonly<Record<string, string>> = {
  no_service: NEW_WEBHOOK,
  no_service_id: NEW_WEBHOOK,
  no_team: NEW_WEBHOOK,
  team_disabled: NEW_WEBHOOK,
  invalid_token: NEW_WEBHOOK,
  action_prohibited: 'The workspace restricts this webhook: ask its administrators.',
  posting_to_general_channel_denied: 'The workspace restricts who posts to its general channel: choose another one.',
  channel_is_archived: 'The channel is archived: choose another one.',
  is_archived: 'The channel is archived: set slack_channel to another one.',
  channel_not_found:
    'Check the channel: for a private one invite the app first, and prefer the channel id (C0123456789) to its name.',
  not_in_channel: 'Invite the app to the channel (/invite @app), or give it the scope chat:write.public.',
  not_authed: NEW_TOKEN,
  invalid_auth: NEW_TOKEN,
  token_revoked: NEW_TOKEN,
  token_expired: NEW_TOKEN,
  account_inactive: NEW_TOKEN,
  not_allowed_token_type: NEW_TOKEN,
  missing_scope: 'Give the Slack app the scope chat:write and install it again.',
  restricted_action: 'A setting of the workspace forbids the app to post there: ask its administrators.',
  invalid_payload: OUR_FAULT,
  invalid_blocks: OUR_FAULT,
  invalid_blocks_format: OUR_FAULT,
  msg_blocks_too_long: OUR_FAULT,
  msg_too_long: OUR_FAULT,
};

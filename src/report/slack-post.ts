/** Delivery to Slack: an incoming webhook, or chat.postMessage with a bot token. A failure here is told, never thrown. */
import { Cancelled, messageOf, UserError } from '../errors.ts';
import { type HttpAnswer, HttpFailure, openHttp } from '../http/client.ts';
import { retryAfterMs, type TryAgain, withRetries } from '../http/retry.ts';
import { type Log, printable, type Redactor } from '../log.ts';
import type { SlackMessage } from './slack.ts';

export interface SlackOptions {
  /** A full address, or the secret's path part (`T000/B000/xxxx`). Used when both ways are given. */
  readonly webhook: string | null;
  readonly channel: string | null;
  readonly token: string | null;
  readonly timeoutMs: number;
  readonly retries: number;
  /** The first wait between two tries; default 500. */
  readonly backoffMs?: number;
  /** In the place of https://hooks.slack.com and https://slack.com, for tests. */
  readonly baseUrl?: string;
}

/** Slack asks for seconds to a minute; a run does not wait longer for a message. */
const MAX_WAIT_MS = 60_000;

/**
 * Posts the message. Webhook and token are registered with the redactor.
 * @param signal ends waiting and sending; a run that was itself cancelled and wants to tell so gives a fresh one, or none
 * @returns `null` when Slack took it (or nothing is configured), otherwise the notice of why not. Never throws.
 */
export async function postToSlack(
  message: SlackMessage,
  options: SlackOptions,
  log: Log,
  signal?: AbortSignal,
): Promise<string | null> {
  try {
    const target = targetOf(options, log.redactor);
    if (!target) return null;
    const http = await openHttp();
    try {
      const answer = await withRetries(
        { what: 'Slack', retries: options.retries, backoffMs: options.backoffMs ?? 500, maxWaitMs: MAX_WAIT_MS, log, signal },
        () =>
          http.send({
            method: 'POST',
            url: target.url,
            headers: { 'content-type': 'application/json; charset=utf-8', ...target.headers },
            body: JSON.stringify({ ...target.fields, ...log.redactor.redactDeep(message) }),
            timeoutMs: options.timeoutMs,
            signal,
          }),
        againAfterAnswer,
        (error) => (error instanceof HttpFailure && error.transient ? { reason: error.message, afterMs: null } : null),
      );
      const refusal = refusalOf(answer, target.setting);
      return refusal && notice(refusal.message, refusal.remedy, log.redactor);
    } finally {
      await http.close();
    }
  } catch (error) {
    if (error instanceof Cancelled) return notice('the run was stopped before', '', log.redactor);
    const remedy =
      error instanceof UserError
        ? error.remedy
        : 'Check that the step can reach Slack, also through HTTPS_PROXY if one is set.';
    return notice(messageOf(error), remedy, log.redactor);
  }
}

function notice(message: string, remedy: string, redactor: Redactor): string {
  return redactor.redact(printable(`Slack was not told: ${message}.${remedy ? ` ${remedy}` : ''}`));
}

interface Target {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, string>>;
  readonly setting: 'slack_webhook' | 'slack_token';
}

function targetOf({ webhook, channel, token, baseUrl }: SlackOptions, redactor: Redactor): Target | null {
  redactor.add(webhook);
  redactor.add(token);
  if (webhook !== null) {
    const url = webhookUrl(webhook.trim(), baseUrl ?? 'https://hooks.slack.com');
    redactor.add(url);
    redactor.add(new URL(url).pathname.split('/').at(-1));
    return { url, headers: {}, fields: {}, setting: 'slack_webhook' };
  }
  if (token === null && channel === null) return null;
  if (token === null || channel === null) {
    throw new UserError(
      token === null ? 'slack_channel is set without slack_token' : 'slack_token is set without slack_channel',
      'Set both, or slack_webhook alone.',
    );
  }
  return {
    url: `${baseUrl ?? 'https://slack.com'}/api/chat.postMessage`,
    headers: { authorization: `Bearer ${token.trim()}` },
    fields: { channel },
    setting: 'slack_token',
  };
}

function webhookUrl(webhook: string, base: string): string {
  if (/^https?:\/\//.test(webhook) && URL.canParse(webhook)) return webhook;
  const path = webhook.replace(/^\/?(services\/)?/, '');
  if (!/^[A-Za-z0-9]+(\/[A-Za-z0-9_-]+)+$/.test(path)) {
    throw new UserError(
      'slack_webhook is neither an address nor the path part of one',
      'Give https://hooks.slack.com/services/T000/B000/xxxx or T000/B000/xxxx.',
    );
  }
  return `${base}/services/${path}`;
}

/** Errors of the Web API that pass by themselves. */
const PASSING = /^(internal_error|fatal_error|service_unavailable|request_timeout|rate_?limited)$/;

function againAfterAnswer(answer: HttpAnswer): TryAgain | null {
  const body = bodyOf(answer);
  const passing = typeof body.error === 'string' && PASSING.test(body.error);
  if (answer.status !== 429 && answer.status < 500 && !passing) return null;
  const inBody = typeof body.retry_after === 'number' ? body.retry_after * 1000 : null;
  return {
    reason: passing ? `${body.error}` : `HTTP ${answer.status}`,
    afterMs: retryAfterMs(answer.headers['retry-after']) ?? inBody,
  };
}

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

function refusalOf(answer: HttpAnswer, setting: Target['setting']): { message: string; remedy: string } | null {
  const ok = answer.status >= 200 && answer.status < 300;
  const body = bodyOf(answer);
  // A webhook says "ok" in plain text; the Web API says HTTP 200 to everything, and the truth in the body.
  if (ok && (setting === 'slack_webhook' || body.ok === true)) return null;
  const said = typeof body.error === 'string' ? body.error : answer.text.trim();
  const code = /^[a-z_]{3,60}$/.test(said) ? said : null;
  const details = Array.isArray(body.response_metadata?.messages)
    ? body.response_metadata.messages.filter((item) => typeof item === 'string')
    : [];
  const message = `HTTP ${answer.status}${code ? `, ${code}` : ''}${details.length > 0 ? ` (${details.join('; ').slice(0, 300)})` : ''}`;
  if (answer.status >= 300 && answer.status < 400)
    return { message, remedy: `${setting} leads to a redirect: check the address and the proxies on the way.` };
  const remedy =
    (code !== null ? REMEDIES[code] : null) ?? `Check ${setting}${setting === 'slack_token' ? ' and slack_channel' : ''}.`;
  return { message, remedy };
}

const NEW_WEBHOOK = 'The webhook was disabled or deleted: make a new one in the Slack app and set slack_webhook.';
const NEW_TOKEN = 'Copy the bot token (xoxb-...) of the installed Slack app into slack_token.';
const OUR_FAULT = 'This is a fault of the plugin: please report it with this message.';

/**
 * What to do about the errors of webhooks (https://docs.slack.dev/changelog/2016-05-17-changes-to-errors-for-incoming-webhooks) and of
 * https://docs.slack.dev/reference/methods/chat.postMessage#errors.
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

/** Delivery to Slack: an incoming webhook, or chat.postMessage with a bot token. A failure here is told, never thrown. */
import { Cancelled, messageOf, UserError } from '../errors.ts';
import { HttpFailure, openHttp } from '../http/client.ts';
import { withRetries } from '../http/retry.ts';
import { type Log, printable, type Redactor } from '../log.ts';
import type { SlackMessage } from './slack-blocks.ts';
import { againAfterAnswer, refusalOf, type SlackSetting } from './slack-answer.ts';

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
      // Masked first: what it says is cut, and half a secret is not recognised any more.
      const refusal = refusalOf({ ...answer, text: log.redactor.redact(answer.text) }, target.setting);
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
  readonly setting: SlackSetting;
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

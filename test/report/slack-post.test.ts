import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Log, Redactor } from '../../src/log.ts';
import { buildSlackMessage } from '../../src/report/slack.ts';
import { postToSlack, type SlackOptions } from '../../src/report/slack-post.ts';
import { type FakeSlack, type SlackFailure, startFakeSlack } from '../fakes/slack.ts';
import { startForwardProxy } from '../support/proxy.ts';
import { logLines } from '../support/log-lines.ts';
import { outcome, runReport } from '../support/reports.ts';

const WEBHOOK = 'T0AB/B0CD/plantedwebhooksecret1234';
const TOKEN = 'xoxb-planted-token-0123456789';
const message = buildSlackMessage(runReport({ outcomes: [outcome()] }), new Redactor());

let slack: FakeSlack;
beforeEach(async () => {
  slack = await startFakeSlack({ webhook: WEBHOOK, token: TOKEN });
});
afterEach(() => slack.stop());

async function post(change: Partial<SlackOptions> = {}, signal?: AbortSignal) {
  const { log, lines } = logLines();
  const options = {
    webhook: WEBHOOK,
    channel: null,
    token: null,
    timeoutMs: 10_000,
    retries: 2,
    backoffMs: 1,
    baseUrl: slack.url,
    ...change,
  };
  return { notice: await postToSlack(message, options, log, signal), lines, log };
}
const withToken = (change: Partial<SlackOptions> = {}) =>
  post({ webhook: null, token: TOKEN, channel: 'C0123456789', ...change });

describe('a webhook', () => {
  it.each([
    ['its path part', WEBHOOK],
    ['the path with services/', `/services/${WEBHOOK}`],
    ['a full address', null],
  ])('is taken as %s', async (_, webhook) => {
    expect((await post({ webhook: webhook ?? slack.webhookUrl })).notice).toBeNull();
    expect(slack.messages).toEqual([message]);
  });

  it('that is no address is refused without sending anything', async () => {
    expect((await post({ webhook: 'not a webhook' })).notice).toMatch(
      /^Slack was not told: slack_webhook is neither an address/,
    );
    expect(slack.requests).toHaveLength(0);
  });

  it('that was deleted is explained, and not tried again', async () => {
    const { notice } = await post({ webhook: 'T0AB/B0CD/anotherwebhooksecret' });
    expect(notice).toBe(
      'Slack was not told: HTTP 404, no_service. ' +
        'The webhook was disabled or deleted: make a new one in the Slack app and set slack_webhook.',
    );
    expect(slack.requests).toHaveLength(1);
  });

  it('wins over a token when both are set', async () => {
    await post({ token: TOKEN, channel: 'C0123456789' });
    expect(slack.requests[0]?.path).toBe(`/services/${WEBHOOK}`);
  });
});

describe('a bot token', () => {
  it('posts to the channel', async () => {
    expect((await withToken()).notice).toBeNull();
    expect(slack.messages).toEqual([{ channel: 'C0123456789', ...message }]);
    expect(slack.requests[0]?.authorization).toBe(`Bearer ${TOKEN}`);
  });

  it('needs a channel, and a channel a token', async () => {
    expect((await withToken({ channel: null })).notice).toContain('slack_token is set without slack_channel');
    expect((await withToken({ token: null })).notice).toContain('slack_channel is set without slack_token');
    expect((await withToken({ token: null, channel: null })).notice).toBeNull();
    expect(slack.requests).toHaveLength(0);
  });

  it.each([
    [{ token: 'xoxb-wrong-wrong-wrong' }, 'HTTP 200, invalid_auth. Copy the bot token'],
    [{ channel: '#nowhere' }, 'HTTP 200, channel_not_found. Check the channel: for a private one invite the app first'],
  ])('is told what ok: false means (%#)', async (change, words) => {
    expect((await withToken(change)).notice).toContain(words);
    expect(slack.requests).toHaveLength(1);
  });

  it('shows what Slack says of a message it does not take', async () => {
    const { log } = logLines();
    const broken = { ...message, blocks: [{ type: 'header', text: { type: 'plain_text', text: '' } }] } as const;
    const options = { webhook: null, token: TOKEN, channel: 'C0123456789', timeoutMs: 10_000, retries: 0, baseUrl: slack.url };
    expect(await postToSlack(broken, options, log)).toMatch(
      /invalid_blocks, blocks\[0\]\.text must be more than 0 characters\. This is a fault of the plugin/,
    );
  });

  it('is tried again when Slack has an error of its own', async () => {
    slack.failNext({ status: 200, body: '{"ok":false,"error":"internal_error"}' });
    const { notice, lines } = await withToken();
    expect(notice).toBeNull();
    expect(lines).toEqual([expect.stringMatching(/^warning: Slack: internal_error; trying again in 0\.0 s \(1 of 2\)\n$/)]);
  });
});

describe('trying again', () => {
  it.each<[string, SlackFailure]>([
    ['HTTP 500', { status: 500 }],
    ['HTTP 503', { status: 503, body: '<html>unavailable</html>' }],
    ['a cut connection', 'drop'],
  ])('after %s', async (_, failure) => {
    slack.failNext(failure, failure);
    const { notice, lines } = await post();
    expect(notice).toBeNull();
    expect(lines).toHaveLength(2);
  });

  it('after silence, within the time limit', async () => {
    slack.failNext('hang');
    const { notice, lines } = await post({ timeoutMs: 50 });
    expect(notice).toBeNull();
    expect(lines.join('')).toContain('no complete answer within 0.05 s');
  });

  it.each([
    ['the header', { status: 429, headers: { 'retry-after': '7' } }, '7.0 s'],
    ['the body', { status: 429, body: '{"ok":false,"error":"ratelimited","retry_after":9}' }, '9.0 s'],
    ['more than a minute', { status: 429, headers: { 'retry-after': '3600' } }, '60.0 s'],
  ])('waits as long as 429 asks in %s, a minute at most', async (_, failure, wait) => {
    slack.failNext(failure);
    const controller = new AbortController();
    const lines: string[] = [];
    const log = new Log({
      redactor: new Redactor(),
      write: (line) => {
        lines.push(line);
        controller.abort();
      },
    });
    const options = { webhook: WEBHOOK, channel: null, token: null, timeoutMs: 10_000, retries: 2, baseUrl: slack.url };
    expect(await postToSlack(message, options, log, controller.signal)).toBe('Slack was not told: the run was stopped before.');
    expect(lines[0]).toContain(`trying again in ${wait}`);
  });

  it('ends with a notice, never with an exception', async () => {
    slack.failNext({ status: 500 }, { status: 500 }, { status: 500 });
    expect((await post()).notice).toMatch(/^Slack was not told: HTTP 500\. Check slack_webhook\./);
    const refused = await post({ baseUrl: 'http://127.0.0.1:1', retries: 0 });
    expect(refused.notice).toContain('ECONNREFUSED');
    expect(refused.notice).toContain('HTTPS_PROXY');
  });

  it('has a general answer to an unknown word', async () => {
    slack.failNext({ status: 400, body: 'constructor' });
    expect((await post()).notice).toBe('Slack was not told: HTTP 400, constructor. Check slack_webhook.');
  });

  it('does not follow redirects', async () => {
    slack.failNext({ status: 302, headers: { location: 'http://127.0.0.1:1/' } });
    expect((await post()).notice).toContain('leads to a redirect');
  });
});

it('goes through the proxy of the environment', async () => {
  const proxy = await startForwardProxy();
  vi.stubEnv('http_proxy', `http://127.0.0.1:${proxy.port}`);
  vi.stubEnv('no_proxy', '');
  try {
    expect((await post()).notice).toBeNull();
    expect(proxy.seen).toEqual([`POST ${slack.webhookUrl}`]);
  } finally {
    vi.unstubAllEnvs();
    await proxy.stop();
  }
});

describe('nothing secret is told when', () => {
  it.each<[string, Partial<SlackOptions>, readonly SlackFailure[]]>([
    ['all is well', {}, []],
    ['the webhook is gone', { webhook: WEBHOOK.replace('1234', '9999') }, []],
    ['the webhook is no address', { webhook: `https//${WEBHOOK}` }, []],
    ['nobody listens', { baseUrl: 'http://127.0.0.1:1' }, []],
    ['a server repeats the request', {}, [{ status: 400, body: `cannot POST /services/${WEBHOOK} Bearer ${TOKEN}` }]],
    ['the token is refused', { webhook: null, token: `${TOKEN}x`, channel: 'C0' }, []],
    ['the server fails', {}, [{ status: 500 }, 'drop', { status: 500 }]],
  ])('%s', async (_, change, failures) => {
    slack.failNext(...failures);
    const { notice, lines } = await post(change);
    const told = `${notice} ${lines.join('')}`;
    for (const secret of [WEBHOOK, WEBHOOK.replace('1234', '9999'), 'plantedwebhooksecret', TOKEN, 'planted-token'])
      expect(told).not.toContain(secret);
  });

  it('a secret found its way into the message', async () => {
    const { log } = logLines();
    log.redactor.add('secret-in-a-reason');
    const text = buildSlackMessage(runReport({ notices: ['secret-in-a-reason'] }), new Redactor());
    await postToSlack(
      text,
      { webhook: WEBHOOK, channel: null, token: null, timeoutMs: 10_000, retries: 0, baseUrl: slack.url },
      log,
    );
    expect(slack.requests[0]?.body).not.toContain('secret-in-a-reason');
    expect(slack.messages).toHaveLength(1);
  });
});

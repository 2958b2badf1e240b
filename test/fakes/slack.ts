/**
 * FakeSlack: incoming webhooks and chat.postMessage. It refuses what Slack refuses: wrong shapes, unknown keys and everything
 * over the limits of Block Kit. For tests and the demo.
 *
 * Its limits: it knows the blocks the plugin uses and no others, draws nothing, and keeps no channels but the one it is told.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface FakeSlackOptions {
  /** The path part of the only webhook; default `T000/B000/fakefakefakefakefakefake`. */
  readonly webhook?: string;
  /** The only bot token; default `xoxb-fake-fake-fake-fake`. */
  readonly token?: string;
  /** The only channel the bot may post to; default `C0123456789`. */
  readonly channel?: string;
  /** Called with every message that is taken: a test's cue. */
  readonly onMessage?: () => void;
}

/** What the next request gets instead of its proper answer. */
export type SlackFailure =
  'hang' | 'drop' | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string };

export interface RecordedSlackRequest {
  readonly path: string;
  readonly authorization: string | null;
  readonly body: string;
  /** What was answered: `ok`, or an error. */
  readonly outcome: string;
}

export interface FakeSlack {
  /** For `SlackOptions.baseUrl`. */
  readonly url: string;
  /** The webhook's full address. */
  readonly webhookUrl: string;
  readonly requests: readonly RecordedSlackRequest[];
  /** The payloads that were taken, in order. */
  readonly messages: readonly { readonly text: string; readonly blocks: readonly unknown[] }[];
  failNext(...failures: readonly SlackFailure[]): void;
  stop(): Promise<void>;
}

export async function startFakeSlack(options: FakeSlackOptions = {}): Promise<FakeSlack> {
  const webhook = options.webhook ?? 'T000/B000/fakefakefakefakefakefake';
  const token = options.token ?? 'xoxb-fake-fake-fake-fake';
  const channel = options.channel ?? 'C0123456789';
  const requests: RecordedSlackRequest[] = [];
  const messages: { text: string; blocks: unknown[] }[] = [];
  const failures: SlackFailure[] = [];

  const judge = (path: string, authorization: string | null, body: string): string => {
    let payload: unknown;
    try {
      payload = JSON.parse(body);
    } catch {
      return 'invalid_payload';
    }
    if (path === '/api/chat.postMessage') {
      if (authorization === null) return 'not_authed';
      if (authorization !== `Bearer ${token}`) return 'invalid_auth';
      if (field(payload, 'channel') !== channel) return 'channel_not_found';
    } else if (path !== `/services/${webhook}`) {
      return 'no_service';
    }
    const problems = blockProblems(payload);
    if (problems.length > 0) return problems[0] ?? '';
    messages.push(payload as { text: string; blocks: unknown[] });
    options.onMessage?.();
    return 'ok';
  };

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const seen = {
      path: request.url ?? '',
      authorization: request.headers.authorization ?? null,
      body: Buffer.concat(chunks).toString('utf8'),
    };
    const failure = failures.shift();
    if (failure !== undefined) {
      requests.push({ ...seen, outcome: typeof failure === 'string' ? failure : `HTTP ${failure.status}` });
      if (failure === 'hang') return;
      if (failure === 'drop') return void request.socket.destroy();
      return void response.writeHead(failure.status, { ...failure.headers }).end(failure.body ?? '');
    }
    const outcome = judge(seen.path, seen.authorization, seen.body);
    requests.push({ ...seen, outcome });
    const [code = '', detail] = outcome.split(': ');
    if (seen.path.startsWith('/api/')) {
      const metadata = detail ? { response_metadata: { messages: [detail] } } : {};
      return void response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify(code === 'ok' ? { ok: true, channel, ts: '1.1' } : { ok: false, error: code, ...metadata }));
    }
    response.writeHead(code === 'ok' ? 200 : code === 'no_service' ? 404 : 400).end(code);
  };

  const server = createServer((request, response) => void handle(request, response));
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    webhookUrl: `${url}/services/${webhook}`,
    requests,
    messages,
    failNext: (...next) => void failures.push(...next),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/**
 * What Slack would refuse in a payload, each as `error code: detail`; empty when it is fine.
 * Limits: https://docs.slack.dev/reference/block-kit/blocks and the pages of its elements; the total is slackapi/bolt-js#2509.
 */
export function blockProblems(payload: unknown): string[] {
  const problems: string[] = [];
  const refuse = (where: string, what: string) => void problems.push(`invalid_blocks: ${where} ${what}`);
  const keys = (value: unknown, where: string, allowed: readonly string[]) => {
    const unknown = Object.keys(Object(value)).filter((key) => !allowed.includes(key));
    if (unknown.length > 0) refuse(where, `has an invalid additional property ${unknown.join(', ')}`);
  };
  const text = (value: unknown, where: string, type: 'mrkdwn' | 'plain_text', max: number) => {
    keys(value, where, type === 'mrkdwn' ? ['type', 'text', 'verbatim'] : ['type', 'text', 'emoji']);
    const content = field(value, 'text');
    if (field(value, 'type') !== type) refuse(where, `must be ${type}`);
    if (typeof content !== 'string' || content.length < 1) refuse(where, 'must be more than 0 characters');
    else if (content.length > max) refuse(where, `must be less than ${max + 1} characters`);
  };
  const list = (value: unknown, where: string, max: number): unknown[] => {
    if (!Array.isArray(value) || value.length === 0 || value.length > max) refuse(where, `must hold 1 to ${max} items`);
    return Array.isArray(value) ? value : [];
  };

  const fallback = field(payload, 'text');
  const blocks = field(payload, 'blocks');
  if (typeof fallback !== 'string' || fallback === '') return ['no_text: '];
  if (fallback.length > 40_000) return ['msg_too_long: '];
  if (!Array.isArray(blocks)) return ['invalid_blocks_format: '];
  if (JSON.stringify(blocks).length > 13_000) return ['msg_blocks_too_long: '];
  if (blocks.length > 50) refuse('blocks', 'no more than 50 items allowed');
  keys(payload, 'payload', ['text', 'blocks', 'unfurl_links', 'unfurl_media', 'channel']);
  for (const [index, block] of blocks.entries()) {
    const where = `blocks[${index}]`;
    switch (field(block, 'type')) {
      case 'header':
        keys(block, where, ['type', 'text', 'block_id']);
        text(field(block, 'text'), `${where}.text`, 'plain_text', 150);
        break;
      case 'section':
        keys(block, where, ['type', 'text', 'block_id']);
        text(field(block, 'text'), `${where}.text`, 'mrkdwn', 3000);
        break;
      case 'context':
        keys(block, where, ['type', 'elements', 'block_id']);
        for (const element of list(field(block, 'elements'), `${where}.elements`, 10))
          text(element, `${where}.elements`, 'mrkdwn', 3000);
        break;
      case 'actions':
        keys(block, where, ['type', 'elements', 'block_id']);
        for (const element of list(field(block, 'elements'), `${where}.elements`, 25)) {
          keys(element, where, ['type', 'text', 'url', 'action_id', 'style', 'value']);
          if (field(element, 'type') !== 'button') refuse(where, 'holds no button');
          text(field(element, 'text'), `${where}.elements.text`, 'plain_text', 75);
          const url = field(element, 'url');
          if (typeof url !== 'string' || url.length > 3000 || !/^https?:\/\//.test(url)) refuse(where, 'has an invalid url');
        }
        break;
      default:
        refuse(where, 'is of an unknown type');
    }
  }
  return problems;
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

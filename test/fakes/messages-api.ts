import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One block of a scripted answer. */
export type Block =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'tool_use'; readonly name: string; readonly input: unknown };

/** What the fake does with one request of the agent loop. */
export type Reply =
  | {
      readonly kind: 'message';
      readonly content: readonly Block[];
      readonly inputTokens?: number;
      readonly outputTokens?: number;
    }
  | { readonly kind: 'error'; readonly status: number; readonly type: string; readonly message: string }
  /** Accepts the request and never answers. */
  | { readonly kind: 'silence' };

/** The part of a Messages API request the tests look at. */
export interface MessagesRequest {
  readonly headers: IncomingHttpHeaders;
  /** The body as it came, for searches over all of it. */
  readonly text: string;
  readonly model: string;
  readonly system: string;
  readonly tools: readonly { readonly name: string; readonly input_schema?: unknown }[];
  readonly messages: readonly { readonly role: string; readonly content: unknown }[];
  /** The tool results since the model's last answer, in order. */
  readonly toolResults: readonly { readonly text: string; readonly isError: boolean }[];
}

/** Answers the n-th request (from 0) of the agent loop. */
export type Script = (request: MessagesRequest, index: number) => Reply;

/** One answer with these tool calls. */
export function calls(...uses: readonly (readonly [name: string, input: unknown])[]): Reply {
  return { kind: 'message', content: uses.map(([name, input]) => ({ type: 'tool_use', name, input })) };
}

/** One answer of prose. */
export function says(text: string): Reply {
  return { kind: 'message', content: [{ type: 'text', text }] };
}

/** The answers in this order; the last one is given again when more is asked. */
export function inOrder(...replies: readonly Reply[]): Script {
  return (_request, index) => replies[Math.min(index, replies.length - 1)] ?? says('nothing scripted');
}

/**
 * A scripted Messages API on loopback, for the real Claude Code CLI.
 *
 * Covers: `POST /v1/messages` streamed as server-sent events (text and tool_use blocks, usage), API errors, silence; it
 * records every request. Does not cover: non-streamed answers, thinking, images, prompt caching, count_tokens, batches,
 * rate-limit headers, authentication (any key is taken), or what a model would choose to do: the script decides that.
 */
export class FakeMessagesApi {
  readonly requests: MessagesRequest[] = [];
  /** Everything else that was asked, as `METHOD path`. */
  readonly otherRequests: string[] = [];
  private readonly server: Server;
  private script: Script;

  private constructor(script: Script) {
    this.script = script;
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const path = (request.url ?? '').split('?')[0] ?? '';
        if (request.method !== 'POST' || path !== '/v1/messages') {
          this.otherRequests.push(`${request.method ?? ''} ${path}`);
          response.writeHead(404, { 'content-type': 'application/json' }).end('{}');
          return;
        }
        const recorded = readRequest(request.headers, Buffer.concat(chunks).toString('utf8'));
        this.requests.push(recorded);
        send(response, this.script(recorded, this.requests.length - 1), recorded.model, this.requests.length);
      });
    });
  }

  static async start(script: Script): Promise<FakeMessagesApi> {
    const fake = new FakeMessagesApi(script);
    await new Promise<void>((resolve) => fake.server.listen(0, '127.0.0.1', resolve));
    return fake;
  }

  /** For ANTHROPIC_BASE_URL. */
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Starts a new script; the index of its first request is that of all requests so far. */
  scriptFromNow(script: Script): void {
    const before = this.requests.length;
    this.script = (request, index) => script(request, index - before);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** A content block of a request, as far as it is read here. */
interface RequestBlock {
  readonly type?: string;
  readonly content?: unknown;
  readonly is_error?: boolean;
}

function readRequest(headers: IncomingHttpHeaders, text: string): MessagesRequest {
  const body = JSON.parse(text) as Partial<Omit<MessagesRequest, 'system'>> & { system?: unknown };
  const messages = body.messages ?? [];
  // The CLI may put system messages behind the results: everything after the model's last answer counts.
  const lastAnswer = messages.map(({ role }) => role).lastIndexOf('assistant');
  const blocks = messages
    .slice(lastAnswer + 1)
    .flatMap(({ content }) => (Array.isArray(content) ? (content as RequestBlock[]) : []));
  return {
    headers,
    text,
    model: body.model ?? '',
    system: JSON.stringify(body.system ?? ''),
    tools: body.tools ?? [],
    messages,
    toolResults: blocks
      .filter(({ type }) => type === 'tool_result')
      .map(({ content, is_error }) => ({
        text: typeof content === 'string' ? content : JSON.stringify(content),
        isError: is_error === true,
      })),
  };
}

function send(response: ServerResponse, reply: Reply, model: string, serial: number): void {
  if (reply.kind === 'silence') return;
  if (reply.kind === 'error') {
    const error = { type: 'error', error: { type: reply.type, message: reply.message } };
    response.writeHead(reply.status, { 'content-type': 'application/json' }).end(JSON.stringify(error));
    return;
  }
  const event = (data: Record<string, unknown> & { readonly type: string }): void => {
    response.write(`event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  const usage = { input_tokens: reply.inputTokens ?? 1000, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };
  const head = {
    id: `msg_${serial}`,
    type: 'message',
    role: 'assistant',
    model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
  };
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  event({ type: 'message_start', message: { ...head, usage: { ...usage, output_tokens: 1 } } });
  for (const [index, block] of reply.content.entries()) {
    const [start, delta] =
      block.type === 'text'
        ? [
            { type: 'text', text: '' },
            { type: 'text_delta', text: block.text },
          ]
        : [
            { type: 'tool_use', id: `toolu_${serial}_${index}`, name: block.name, input: {} },
            { type: 'input_json_delta', partial_json: JSON.stringify(block.input) },
          ];
    event({ type: 'content_block_start', index, content_block: start });
    event({ type: 'content_block_delta', index, delta });
    event({ type: 'content_block_stop', index });
  }
  const stopReason = reply.content.some(({ type }) => type === 'tool_use') ? 'tool_use' : 'end_turn';
  const delta = { stop_reason: stopReason, stop_sequence: null };
  event({ type: 'message_delta', delta, usage: { output_tokens: reply.outputTokens ?? 100 } });
  event({ type: 'message_stop' });
  response.end();
}

/**
 * HTTP as Vault and Slack need it: the proxies of the environment, a CA of one's own, one deadline over the whole request,
 * answers of bounded size, and errors that carry no header and no body, because those hold tokens.
 */
import type { EnvHttpProxyAgent } from 'undici';
import { Cancelled, messageOf, UserError } from '../errors.ts';

export interface HttpOptions {
  /** PEM text. Given, it is the only authority that is trusted. */
  readonly caPem?: string | null;
  readonly certificates?: 'checked' | 'unchecked';
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** From the first byte sent to the last byte read. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case; of a header that comes several times the first. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

export interface HttpClient {
  /**
   * Sends one request; redirects are not followed, any status is an answer.
   * @throws HttpFailure when there is no complete answer, Cancelled when `signal` stopped it
   */
  send(request: HttpRequest): Promise<HttpAnswer>;
  /** Drops all connections. Never throws. */
  close(): Promise<void>;
}

export type HttpFailureKind =
  'unresolved' | 'refused' | 'timeout' | 'untrusted' | 'wrong-name' | 'expired' | 'not-tls' | 'too-large' | 'broken';

/** Why there is no answer. Its message is safe to print: it names addresses and causes, never headers or bodies. */
export class HttpFailure extends Error {
  readonly kind: HttpFailureKind;

  constructor(kind: HttpFailureKind, message: string) {
    super(message);
    this.name = 'HttpFailure';
    this.kind = kind;
  }

  /** Whether the same request may work a moment later. A certificate or a name does not change so fast. */
  get transient(): boolean {
    return this.kind === 'refused' || this.kind === 'timeout' || this.kind === 'broken';
  }
}

/** More than any answer of Vault or Slack; a server that never stops sending must not fill the memory. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/**
 * Opens a client. undici is loaded here and not before: most commands never talk to the network.
 * @throws UserError when a proxy variable of the environment holds no address
 */
export async function openHttp(options: HttpOptions = {}): Promise<HttpClient> {
  const undici = await import('./undici.ts');
  const tls = {
    ...(options.caPem ? { ca: options.caPem } : {}),
    ...(options.certificates === 'unchecked' ? { rejectUnauthorized: false } : {}),
  };
  let dispatcher: EnvHttpProxyAgent;
  try {
    // proxyTunnel false: plain http goes to the proxy as such, since many refuse CONNECT to ports other than 443.
    dispatcher = new undici.EnvHttpProxyAgent({ connect: tls, requestTls: tls, proxyTunnel: false });
  } catch {
    throw new UserError(
      'HTTP_PROXY or HTTPS_PROXY of the environment is not a proxy address',
      'Write it as http://host:port, or unset it.',
    );
  }
  return {
    async send(request) {
      const deadline = AbortSignal.timeout(request.timeoutMs);
      const signal = request.signal ? AbortSignal.any([request.signal, deadline]) : deadline;
      try {
        const answer = await undici.request(request.url, {
          method: request.method,
          headers: { ...request.headers },
          body: request.body ?? null,
          dispatcher,
          signal,
          // The deadline covers all of it.
          headersTimeout: 0,
          bodyTimeout: 0,
        });
        return {
          status: answer.statusCode,
          headers: Object.fromEntries(
            Object.entries(answer.headers).map(([name, value]) => [name, String(Array.isArray(value) ? value[0] : value)]),
          ),
          text: await bounded(answer.body),
        };
      } catch (error) {
        if (request.signal?.aborted) throw new Cancelled();
        if (deadline.aborted) throw new HttpFailure('timeout', `no complete answer within ${request.timeoutMs / 1000} s`);
        throw error instanceof HttpFailure ? error : failureOf(error);
      }
    },
    close: () => dispatcher.destroy().catch(() => undefined),
  };
}

async function bounded(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES)
      throw new HttpFailure('too-large', `the answer is larger than ${MAX_ANSWER_BYTES / 1024 / 1024} MiB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Codes of Node's TLS (OpenSSL's verification results) and sockets. */
const KINDS: Readonly<Record<string, HttpFailureKind>> = {
  ENOTFOUND: 'unresolved',
  EAI_AGAIN: 'unresolved',
  ECONNREFUSED: 'refused',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  ETIMEDOUT: 'timeout',
  SELF_SIGNED_CERT_IN_CHAIN: 'untrusted',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'untrusted',
  UNABLE_TO_GET_ISSUER_CERT: 'untrusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'untrusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'untrusted',
  CERT_SIGNATURE_FAILURE: 'untrusted',
  INVALID_CA: 'untrusted',
  ERR_TLS_CERT_ALTNAME_INVALID: 'wrong-name',
  CERT_HAS_EXPIRED: 'expired',
  CERT_NOT_YET_VALID: 'expired',
  ERR_SSL_WRONG_VERSION_NUMBER: 'not-tls',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'not-tls',
};

/** Only message and code are taken over: the library's error objects hold on to sockets and requests. */
function failureOf(error: unknown): HttpFailure {
  const code = codeOf(error);
  return new HttpFailure((Object.hasOwn(KINDS, code) ? KINDS[code] : undefined) ?? 'broken', messageOf(error) || code);
}

function codeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  if (!(error instanceof Error)) return '';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return Object.hasOwn(KINDS, code) || !error.cause ? code : codeOf(error.cause) || code;
}

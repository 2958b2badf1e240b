/**
 * The Vault client: node-vault over our own transport. node-vault's built-in one (axios) hides response headers (Retry-After),
 * cannot be stopped, and carries the token along every redirect; the hook used here is the one it keeps for request libraries.
 */
import nodeVault from 'node-vault';
import type { HttpAnswer, HttpClient, HttpRequest } from '../http/client.ts';
import { HttpFailure } from '../http/client.ts';
import { retryAfterMs, type TryAgain, withRetries } from '../http/retry.ts';
import type { Log } from '../log.ts';
import { explainAnswer, explainFailure, explainRedirect, saysNotAuthorized } from './failures.ts';

/** Any answer that is not a failure of Vault itself: 2xx, and the 4xx whose meaning depends on what was asked. */
export interface VaultAnswer {
  readonly status: number;
  /** Parsed JSON; `null` for an empty answer. */
  readonly body: unknown;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** How long a request under way may go on after `signal`; default 0. */
  readonly graceMs?: number;
  /** Both default to those of the client. */
  readonly timeoutMs?: number;
  readonly retries?: number;
}

export interface VaultClient {
  /** The base address, for messages. */
  readonly addr: string;
  useToken(token: string): void;
  /** @throws UserError when Vault cannot be reached or is not able to answer, Cancelled */
  get(path: string, call: CallOptions): Promise<VaultAnswer>;
  post(path: string, body: object, call: CallOptions): Promise<VaultAnswer>;
}

export interface ClientOptions {
  readonly addr: string;
  readonly namespace: string | null;
  readonly timeoutMs: number;
  readonly retries: number;
  readonly backoffMs: number;
}

/** More than Vault sends in a row; a loop ends here. */
const MAX_REDIRECTS = 3;
/** Vault's rate limits count in seconds; a longer wait is better spent on another pipeline. */
const MAX_WAIT_MS = 30_000;

/** A client that reads no environment variable and logs nothing but its retries. */
export function vaultClient(http: HttpClient, options: ClientOptions, log: Log): VaultClient {
  const client = nodeVault({
    endpoint: options.addr,
    // Its debug output prints request bodies, and so the service account's token.
    debug: () => undefined,
    'request-promise': { defaults: () => transport(http, options, log) },
  });
  // Without these it would take VAULT_TOKEN, VAULT_NAMESPACE and VAULT_PREFIX from the environment.
  Object.assign(client, { token: '', namespace: options.namespace ?? '', pathPrefix: '' });
  return {
    addr: options.addr,
    useToken(token) {
      client.token = token;
    },
    get: (path, call) => answered(client.read(path, { ...call })),
    post: (path, body, call) => answered(client.write(path, body, { ...call })),
  };
}

/** node-vault rejects every status but 200 and 204; what a 403 or 404 means is for the caller to say. */
async function answered(request: Promise<unknown>): Promise<VaultAnswer> {
  try {
    return { status: 200, body: (await request) ?? null };
  } catch (error) {
    if (error instanceof Error && 'response' in error) {
      const { statusCode, body } = error.response as { statusCode: number; body: unknown };
      return { status: statusCode, body };
    }
    throw error;
  }
}

interface NodeVaultRequest extends CallOptions {
  readonly method: 'GET' | 'POST';
  readonly uri: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly json?: object;
}

interface NodeVaultResponse {
  readonly statusCode: number;
  readonly body: unknown;
  readonly request: { readonly path: string };
}

function transport(http: HttpClient, options: ClientOptions, log: Log) {
  return async (asked: NodeVaultRequest): Promise<NodeVaultResponse> => {
    const timeoutMs = asked.timeoutMs ?? options.timeoutMs;
    const request: HttpRequest = {
      method: asked.method,
      url: asked.uri,
      // X-Vault-Request: agents in front of Vault may demand it (require_request_header).
      headers: { ...asked.headers, 'x-vault-request': 'true', ...(asked.json ? { 'content-type': 'application/json' } : {}) },
      body: asked.json ? JSON.stringify(asked.json) : undefined,
      timeoutMs,
      signal: asked.signal && later(asked.signal, asked.graceMs ?? 0),
    };
    const retry = {
      what: 'Vault',
      retries: asked.retries ?? options.retries,
      backoffMs: options.backoffMs,
      maxWaitMs: MAX_WAIT_MS,
      log,
    };
    const answer = await withRetries(
      { ...retry, signal: asked.signal },
      () => sendFollowing(http, request, options.addr, log),
      againAfterAnswer,
      (error) => (error instanceof HttpFailure && error.transient ? { reason: error.message, afterMs: null } : null),
    ).catch((error: unknown) => {
      throw error instanceof HttpFailure ? explainFailure(error, options.addr) : error;
    });
    const body = await explainAnswer(answer, {
      addr: options.addr,
      health: () => health(http, options.addr, timeoutMs),
      redact: (text) => log.redactor.redact(text),
    });
    return { statusCode: answer.status === 201 ? 200 : answer.status, body, request: { path: new URL(asked.uri).pathname } };
  };
}

function againAfterAnswer(answer: HttpAnswer): TryAgain | null {
  const busy = answer.status >= 500 || answer.status === 429 || answer.status === 412;
  // Old versions answer a refused login with 500; trying again would change nothing.
  if (!busy || saysNotAuthorized(answer.text)) return null;
  return { reason: `HTTP ${answer.status}`, afterMs: retryAfterMs(answer.headers['retry-after']) };
}

/**
 * A standby node sends requests on to the active one by 307 with the same path. Only that is followed: anywhere else the token
 * has no business.
 */
async function sendFollowing(http: HttpClient, request: HttpRequest, addr: string, log: Log): Promise<HttpAnswer> {
  let url = request.url;
  for (let redirects = 0; ; redirects++) {
    let answer: HttpAnswer;
    try {
      answer = await http.send({ ...request, url });
    } catch (error) {
      if (redirects > 0 && error instanceof HttpFailure) throw explainFailure(error, addr, new URL(url).origin);
      throw error;
    }
    if (answer.status < 300 || answer.status > 399) return answer;
    const location = answer.headers['location'] ?? '';
    const target = URL.canParse(location, url) ? new URL(location, url) : null;
    const sameRequest = target?.pathname === new URL(url).pathname && target.search === new URL(url).search;
    const downgrade = url.startsWith('https:') && target?.protocol !== 'https:';
    if (!target || !sameRequest || downgrade || answer.status < 307 || redirects === MAX_REDIRECTS) {
      throw explainRedirect(answer.status, target, addr);
    }
    log.debug(`Vault: ${new URL(url).origin} sends on to ${target.origin}`);
    url = target.href;
  }
}

/** What the server says of itself; it answers this without a token, also when sealed. `null` when it does not answer at all. */
async function health(http: HttpClient, addr: string, timeoutMs: number): Promise<unknown> {
  try {
    const answer = await http.send({ method: 'GET', url: `${addr}/v1/sys/health`, timeoutMs: Math.min(timeoutMs, 5000) });
    return JSON.parse(answer.text) as unknown;
  } catch {
    return null;
  }
}

/** A signal that follows `signal` after `graceMs`. */
function later(signal: AbortSignal, graceMs: number): AbortSignal {
  if (graceMs === 0) return signal;
  const controller = new AbortController();
  const stop = () => void setTimeout(() => controller.abort(), graceMs).unref();
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  return controller.signal;
}

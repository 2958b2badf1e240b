/** What a failing Vault means for the reader: connection, TLS, and answers that say the server cannot work. */
import { UserError } from '../errors.ts';
import type { HttpAnswer, HttpFailure } from '../http/client.ts';
import { printable } from '../log.ts';

/**
 * @param origin where a standby node sent the request on to, when the failure happened there
 */
export function explainFailure(failure: HttpFailure, addr: string, origin?: string): UserError {
  const who =
    origin === undefined ? `Vault at ${addr}` : `the active Vault node ${origin}, to which ${addr} sends requests on,`;
  const detail = printable(failure.message);
  switch (failure.kind) {
    case 'unresolved':
      return new UserError(
        `the host name of ${who} cannot be resolved: ${detail}`,
        'Check vault_addr. Names like vault.vault.svc only resolve inside the Kubernetes cluster.',
      );
    case 'refused':
    case 'timeout':
    case 'broken':
      return new UserError(
        `${who} cannot be reached: ${detail}`,
        `Check vault_addr, its port, and the network policies on the way. ${PROXY_HINT}`,
      );
    case 'untrusted':
      return new UserError(
        `the TLS certificate of ${who} is not trusted: ${detail}`,
        'Set vault_ca_cert to the certificate of its authority (PEM, base64 of it, or a path).',
      );
    case 'wrong-name':
      return new UserError(
        `the TLS certificate of ${who} is for another name: ${detail}`,
        'Set vault_addr to a name the certificate holds, or issue a certificate with this name.',
      );
    case 'expired':
      return new UserError(
        `the TLS certificate of ${who} is out of date: ${detail}`,
        'Renew the certificate, or correct the clock.',
      );
    case 'not-tls':
      return new UserError(
        `${who} does not speak TLS on this port: ${detail}`,
        'Set vault_addr with http://, or to the TLS port.',
      );
    case 'too-large':
      return new UserError(`what answers as ${who} is no Vault: ${detail}`, 'Check vault_addr.');
  }
}

const PROXY_HINT =
  'If HTTP_PROXY or HTTPS_PROXY is set in the step, the request went through it; ' +
  'NO_PROXY takes host names and suffixes such as .svc, no networks.';

/** A redirect that is not a standby node's: a login page or a wrong scheme. The query is left out, it may hold a session. */
export function explainRedirect(status: number, target: URL | null, addr: string): UserError {
  const where = target ? `${target.origin}${target.pathname}` : 'nowhere';
  const message = `vault_addr ${addr} redirects to ${where} (HTTP ${status}), which is not Vault's API`;
  if (target?.protocol === 'https:' && addr.startsWith('http:') && target.hostname === new URL(addr).hostname) {
    return new UserError(message, `Set vault_addr to ${target.origin}.`);
  }
  return new UserError(
    message,
    'Set vault_addr to the server itself; behind a login proxy, let the API path /v1/ through without a login.',
  );
}

/** Whether a login was refused, whatever the status: versions before 1.9 answer this with 500. */
export function saysNotAuthorized(text: string): boolean {
  return /(service account name|namespace) not authorized/.test(text);
}

export interface AnswerContext {
  readonly addr: string;
  /** Asks the server for its state; only called when the answer says that something is wrong with it. */
  readonly health: () => Promise<unknown>;
  /**
   * Masks what is secret. Some gateways repeat in an error what they were sent, and messages are cut: half a token is not
   * recognised later.
   */
  readonly redact: (text: string) => string;
}

/**
 * The JSON body of an answer that Vault itself gave while it was able to work; secrets are masked in it unless it is a success.
 * @throws UserError for everything else: sealed, standby, not initialised, overloaded, or no Vault at all
 */
export async function explainAnswer(received: HttpAnswer, context: AnswerContext): Promise<unknown> {
  const { status } = received;
  const answer =
    status < 300 && parseJson(received.text) !== undefined ? received : { ...received, text: context.redact(received.text) };
  const { text } = answer;
  const json = parseJson(text);
  const broken = status >= 500 || status === 429 || status === 412;
  if (!broken || saysNotAuthorized(text)) {
    if (json !== undefined) return json;
    throw notVault(answer, context.addr);
  }
  const state = await context.health();
  const who = `Vault at ${context.addr}`;
  if (flag(state, 'initialized') === false) {
    return fail(
      `${who} is not initialised`,
      'Initialise it (vault operator init), or check that vault_addr is the right server.',
    );
  }
  if (flag(state, 'sealed') === true || /vault is sealed/i.test(text)) {
    return fail(`${who} is sealed`, 'Unseal it (vault operator unseal), then restart the pipeline.');
  }
  const words =
    serverWords(json) || (looksLikeHtml(answer) ? 'a web page of a proxy or ingress in front of it' : 'no reason given');
  if (status === 429) {
    return fail(
      `${who} refuses further requests (HTTP 429): ${words}`,
      'Restart the pipeline later, raise the rate limit quota, or raise vault_retries.',
    );
  }
  if (flag(state, 'standby') === true || flag(state, 'performance_standby') === true) {
    return fail(
      `${who} is a standby node that does not forward requests (HTTP ${status}): ${words}`,
      'Set vault_addr to the active node or to a load balancer that knows it, or wait until the cluster has elected a leader.',
    );
  }
  return fail(
    `${who} answers HTTP ${status}: ${words}`,
    "Look at Vault's log and restart the pipeline when it is healthy; vault_retries sets how often it is tried.",
  );
}

function fail(message: string, remedy: string): never {
  throw new UserError(message, remedy);
}

function notVault(answer: HttpAnswer, addr: string): UserError {
  if (answer.text.includes('HTTP request to an HTTPS server')) {
    return new UserError(`vault_addr ${addr} speaks TLS`, 'Set vault_addr with https://.');
  }
  if (answer.status === 407) {
    return new UserError(
      'the proxy wants a login (HTTP 407)',
      'Put user and password into HTTP_PROXY, or list the host in NO_PROXY.',
    );
  }
  const title = /<title>([^<]{1,80})/i.exec(answer.text)?.[1]?.trim();
  const what = looksLikeHtml(answer) ? `a web page${title ? ` ("${printable(title)}")` : ''}` : 'something that is not JSON';
  return new UserError(
    `vault_addr ${addr} answers with ${what} (HTTP ${answer.status}): it is not Vault, or a proxy stands before it`,
    'Set vault_addr to the server itself; behind a login proxy, let the API path /v1/ through without a login.',
  );
}

function looksLikeHtml(answer: HttpAnswer): boolean {
  return (answer.headers['content-type'] ?? '').includes('html') || /^\s*<(!doctype|html)/i.test(answer.text);
}

/** `undefined` when it is no JSON object; an empty answer (204) is `null`. */
function parseJson(text: string): unknown {
  if (text.trim() === '') return null;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The `errors` of an answer on one line. Vault nests them ("2 errors occurred:\n\t* permission denied ..."). */
export function serverWords(body: unknown): string {
  const errors: unknown = body !== null && typeof body === 'object' && 'errors' in body ? body.errors : [];
  if (!Array.isArray(errors)) return '';
  const words = errors.filter((error) => typeof error === 'string').join('; ');
  return printable(words.replaceAll(/\d+ errors? occurred:/g, '').replaceAll(/\s*\n\s*(\* )?/g, ' '))
    .trim()
    .slice(0, 300);
}

function flag(state: unknown, name: string): unknown {
  return state !== null && typeof state === 'object' ? (state as Record<string, unknown>)[name] : undefined;
}

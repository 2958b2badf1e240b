/** Reading secrets from Vault: log in, read, revoke. */
import { Cancelled, messageOf } from '../errors.ts';
import { openHttp } from '../http/client.ts';
import type { Log } from '../log.ts';
import { type CallOptions, type VaultClient, vaultClient } from './client.ts';
import { parseAddress, readCaCert } from './endpoint.ts';
import { kubernetesLogin, type Login } from './login.ts';
import { readField } from './secret.ts';

export interface VaultOptions {
  readonly addr: string;
  readonly namespace: string | null;
  /** Where the Kubernetes login is mounted, `kubernetes` or `k8s/prod`. */
  readonly authPath: string;
  readonly role: string | null;
  /** The file with the pod's service account token. */
  readonly jwtPath: string;
  /** A person's own token, for local runs: no login, and it is not revoked. */
  readonly token: string | null;
  /** PEM text, base64 of PEM, or a path. */
  readonly caCert: string | null;
  readonly skipVerify: boolean;
  /** For one request. */
  readonly timeoutMs: number;
  /** How often a request is tried again after 5xx, 429, 412 and a refused or broken connection. */
  readonly retries: number;
  /** The first wait between two tries; default 500. */
  readonly backoffMs?: number;
}

export interface VaultSession {
  /**
   * The value of one field of a secret (KV 1 or 2; `secret/ci/infra`, `secret/data/ci/infra`), registered with the redactor.
   * @throws UserError saying what is missing or refused, Cancelled
   */
  readField(secretPath: string, field: string): Promise<string>;
  /**
   * Revokes the token of the login, also after a failure or an abort. Never throws.
   * @returns a notice when that failed, else `null`
   */
  close(): Promise<string | null>;
}

/** An aborted run has 20 s in all: the end of a login under way, and the revoking, get this much of them. */
const LAST_WORDS_MS = 3000;

/**
 * Opens a session: with `token` as it is, otherwise by the Kubernetes login. All tokens are registered with the redactor.
 * @throws UserError naming the setting to look at, Cancelled
 */
export async function openVault(options: VaultOptions, log: Log, signal?: AbortSignal): Promise<VaultSession> {
  if (signal?.aborted) throw new Cancelled();
  log.redactor.add(options.token);
  const addr = parseAddress(options.addr);
  if (options.skipVerify)
    log.warn('vault_skip_verify is set: the certificate of Vault is not checked, anyone in between can read the secret');
  const http = await openHttp({
    caPem: await readCaCert(options.caCert),
    certificates: options.skipVerify ? 'unchecked' : 'checked',
  });
  const client = vaultClient(http, { ...options, addr, backoffMs: options.backoffMs ?? 500 }, log);

  let revoke: (() => Promise<string | null>) | null = null;
  const close = async () => {
    const notice = (await revoke?.()) ?? null;
    revoke = null;
    await http.close();
    return notice;
  };
  const call: CallOptions = { signal };
  try {
    if (options.token !== null) {
      client.useToken(options.token);
    } else {
      // An answer that nobody waits for would leave a live token behind: the request may end before the run does.
      const login = await kubernetesLogin(client, options, log.redactor, { signal, graceMs: LAST_WORDS_MS });
      client.useToken(login.token);
      if (login.revocable) revoke = () => revokeToken(client, login, options.timeoutMs);
      log.debug(
        `Vault: logged in at auth/${options.authPath} as role ${options.role ?? ''} until ${login.expiresAt.toISOString()}`,
      );
      if (signal?.aborted) throw new Cancelled();
    }
  } catch (error) {
    const notice = await close();
    if (notice) log.warn(notice);
    throw error;
  }
  return { readField: (secretPath, field) => readField(client, secretPath, field, log, call), close };
}

async function revokeToken(client: VaultClient, login: Login, timeoutMs: number): Promise<string | null> {
  let reason: string;
  try {
    const answer = await client.post(
      'auth/token/revoke-self',
      {},
      { timeoutMs: Math.min(timeoutMs, LAST_WORDS_MS), retries: 1 },
    );
    // A run can outlive its token: one that has expired is as gone as a revoked one.
    if (answer.status === 200 || (answer.status === 403 && performance.now() > login.expiresAtMs)) return null;
    reason = `HTTP ${answer.status}`;
  } catch (error) {
    reason = messageOf(error);
  }
  const expiry = login.expiresAt.toISOString();
  return `The Vault token of this run could not be revoked (${reason}). It expires by itself at ${expiry}.`;
}

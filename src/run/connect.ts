import { Cancelled } from '../errors.ts';
import type { Host } from '../host/host.ts';
import type { Log } from '../log.ts';
import type { Settings } from '../settings/schema.ts';

export interface Connection {
  /** The caller closes it. */
  readonly host: Host;
  /** For the report: hosts that were passed over, a Vault token that could not be revoked. */
  readonly notices: readonly string[];
}

/**
 * Reaches the host: the key from Vault or the settings, then SSH, the two overlapping; or this machine.
 * The token is revoked as soon as the key is used, and whatever fails.
 * @throws UserError, Cancelled
 */
export async function connect(settings: Settings, log: Log, signal: AbortSignal): Promise<Connection> {
  if (signal.aborted) throw new Cancelled();
  if (settings.runner === 'local') {
    const { localHost } = await import('../host/local.ts');
    return { host: localHost(log), notices: [] };
  }
  const { connectSsh } = await import('../host/ssh.ts');
  const key = await openKey(settings, log, signal);
  const notices: string[] = [];
  const options = {
    hosts: settings.ssh_host,
    port: settings.ssh_port,
    username: settings.ssh_username ?? '',
    privateKey: key.value,
    keySource: key.source,
    passphrase: settings.ssh_passphrase,
    knownHosts: settings.ssh_known_hosts,
    fingerprints: settings.ssh_fingerprint,
    insecure: settings.ssh_insecure,
    connectTimeoutMs: settings.ssh_connect_timeout,
    jumpHost: settings.ssh_jump_host,
    onUnused: (notice: string) => void notices.push(notice),
  };
  try {
    const host = await connectSsh(options, log, signal);
    log.info(`Connected to ${host.name}`);
    const notice = await key.close();
    return { host, notices: notice === null ? notices : [...notices, notice] };
  } catch (error) {
    const notice = await key.close();
    if (notice !== null) log.warn(notice);
    throw signal.aborted ? new Cancelled() : error;
  }
}

async function openKey(settings: Settings, log: Log, signal: AbortSignal) {
  if (settings.ssh_key !== null) return { value: settings.ssh_key, source: 'ssh_key', close: async () => null };
  const { openVault } = await import('../vault/vault.ts');
  // When SSH fails first, what is still being read is of no use.
  const stop = new AbortController();
  const session = openVault(
    {
      addr: settings.vault_addr ?? '',
      namespace: settings.vault_namespace,
      authPath: settings.vault_auth_path,
      role: settings.vault_role,
      jwtPath: settings.vault_jwt_path,
      token: settings.vault_token,
      caCert: settings.vault_ca_cert,
      skipVerify: settings.vault_skip_verify,
      timeoutMs: settings.vault_timeout,
      retries: settings.vault_retries,
    },
    log,
    AbortSignal.any([signal, stop.signal]),
  );
  const value = session.then(async (open) => {
    const key = await open.readField(settings.vault_secret, settings.vault_field);
    log.info('Read the SSH key from Vault');
    return key;
  });
  // Awaited by the SSH handshake; until then a failure is not unhandled.
  value.catch(() => {});
  return {
    value,
    source: `field ${settings.vault_field} of ${settings.vault_secret} in Vault`,
    close: () => {
      stop.abort(new Cancelled());
      return session.then(
        (open) => open.close(),
        () => null,
      );
    },
  };
}

import type { Duplex } from 'node:stream';
import type { ClientChannel } from 'ssh2';
import { UserError, messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { parseAddress, parseJumpHost, printAddress } from './address.ts';
import type { Address } from './address.ts';
import type { Host } from './host.ts';
import { hostKeyPolicy, WrongHostKey } from './hostkey.ts';
import { normaliseKey } from './key.ts';
import type { UsableKey } from './key.ts';
import { ProcessHost } from './process-host.ts';
import { commandLine } from './quote.ts';
import { tooLate } from './ssh-errors.ts';
import { openSession, placeOf } from './ssh-session.ts';
import type { SessionOptions, SshSession } from './ssh-session.ts';
import type { Exit, RunningProcess, Transport } from './transport.ts';

/** The SSH settings. */
export interface SshOptions {
  /** Each `host`, `host:port` or `[v6]:port`; the first that can be used is used. */
  readonly hosts: readonly string[];
  /** For hosts without one. */
  readonly port: number;
  readonly username: string;
  /** In any form `normaliseKey` reads. May still be on its way while the connection is made. */
  readonly privateKey: Promise<string> | string;
  /** Where the key comes from, for messages; default `ssh_key`. */
  readonly keySource?: string;
  readonly passphrase: string | null;
  /** Lines of a known_hosts file. */
  readonly knownHosts: string | null;
  /** `SHA256:...` of the host key. */
  readonly fingerprints: readonly string[];
  /** Goes on without checking the host key, with a warning at each connection. */
  readonly insecure: boolean;
  /** For each host: until it has shown its key, again for the login, and again until it runs its first command. */
  readonly connectTimeoutMs: number;
  /** `user@host:port` to go through; its host key is checked by the same settings, the key is the same. */
  readonly jumpHost: string | null;
  /** Told of each host that was passed over, in one line, for the report. */
  readonly onUnused?: (notice: string) => void;
}

/**
 * Connects to the first host that can be used; why the others could not is shown. The caller closes the host.
 * @throws UserError with the reason and the remedy of every host when none can be used, or for a setting that makes no sense;
 *   what `privateKey` rejects with; the signal's reason
 */
export async function connectSsh(options: SshOptions, log: Log, signal?: AbortSignal): Promise<Host> {
  // It may fail when something else has ended this already; then nobody would listen.
  Promise.resolve(options.privateKey).catch(() => {});
  const addresses = options.hosts.map((host) => parseAddress(host, options.port, 'ssh_host'));
  const common = {
    policy: hostKeyPolicy(options),
    key: readKey(options, log),
    connectTimeoutMs: options.connectTimeoutMs,
    log,
    ...(signal ? { signal } : {}),
  };
  let keyFailure: unknown = null;
  common.key.catch((error: unknown) => {
    keyFailure = error;
  });
  const jump = options.jumpHost
    ? new Jump({ ...common, ...parseJumpHost(options.jumpHost, options.username), setting: 'ssh_jump_host' })
    : null;
  const failures: UserError[] = [];
  for (const address of addresses) {
    try {
      await jump?.connect();
      const route = jump ? { through: () => jump.open(address) } : {};
      return await connectTo({ ...common, ...address, ...route, username: options.username, setting: 'ssh_host' }, jump);
    } catch (error) {
      // Everything else is no matter of this host: a bad key, a cancelled run, a bug.
      if (!(error instanceof UserError) || error === keyFailure) {
        jump?.end();
        throw error;
      }
      failures.push(error);
      if (addresses.length > 1) passOver(address, error, options, log);
    }
  }
  jump?.end();
  throw noneUsable(failures);
}

/** Another key than the known one may be an attack: it is said as an error, with what to do, also when the next host works. */
function passOver(address: Address, error: UserError, { onUnused }: SshOptions, log: Log): void {
  const text = `${printAddress(address)} is not used: ${error.message}`;
  if (error instanceof WrongHostKey) {
    log.error(`${text}\n  ${error.remedy}`);
    onUnused?.(`WRONG HOST KEY, nothing was sent there; set up anew, or somebody else's machine? ${text}`);
  } else {
    log.warn(text);
    onUnused?.(text);
  }
}

async function readKey(options: SshOptions, log: Log): Promise<UsableKey> {
  const text = await options.privateKey;
  log.redactor.add(text);
  log.redactor.add(options.passphrase);
  const key = normaliseKey(text, options.passphrase, options.keySource);
  log.redactor.add(key.pem);
  return key;
}

function noneUsable(failures: readonly UserError[]): UserError {
  const [only] = failures;
  if (!only) return new UserError('ssh_host names no host', 'Set ssh_host to the machine with the workspace.');
  if (failures.length === 1) return only;
  const distinct = (texts: readonly string[]) => [...new Set(texts)];
  return new UserError(
    `none of the hosts in ssh_host can be used: ${distinct(failures.map((failure) => failure.message)).join('; ')}`,
    distinct(failures.map((failure) => failure.remedy)).join('\n'),
    { cause: new AggregateError(failures) },
  );
}

async function connectTo(options: SessionOptions, jump: Jump | null): Promise<Host> {
  const session = await openSession(options);
  const host = new ProcessHost(transportOver(session, `${options.username}@${printAddress(options)}`, jump), options.log);
  const onAbort = () => session.end();
  options.signal?.addEventListener('abort', onAbort);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(tooLate(placeOf(options), 'command', options.connectTimeoutMs)), options.connectTimeoutMs);
  });
  try {
    const probed = host.probe();
    probed.catch(() => {});
    await Promise.race([probed, late]);
    options.signal?.throwIfAborted();
    return host;
  } catch (error) {
    session.end();
    options.signal?.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', onAbort);
  }
}

/** The host that is gone through. */
class Jump {
  private readonly options: SessionOptions;
  private session: Promise<SshSession> | null = null;

  constructor(options: SessionOptions) {
    this.options = options;
  }

  /** Connects and logs in, once. */
  connect(): Promise<SshSession> {
    this.session ??= openSession(this.options);
    return this.session;
  }

  /** A stream to an address, as seen from the jump host. */
  async open(address: Address): Promise<Duplex> {
    const { client } = await this.connect();
    const { where } = placeOf(this.options);
    return new Promise((resolve, reject) => {
      client.forwardOut('127.0.0.1', 0, address.host, address.port, (error, channel) => {
        if (!error) return resolve(channel);
        const message = `${where} cannot reach ${printAddress(address)} (${messageOf(error)})`;
        const remedy = 'Check the address as the jump host sees it, and that its sshd allows it (AllowTcpForwarding).';
        reject(new UserError(message, remedy, { cause: error }));
      });
    });
  }

  end(): void {
    void this.session?.then((session) => session.end(), () => {});
  }
}

function transportOver(session: SshSession, name: string, jump: Jump | null): Transport {
  return {
    name,
    lost: session.lost,
    start: (words) => start(session, name, words),
    async end() {
      session.end();
      jump?.end();
    },
  };
}

function start(session: SshSession, name: string, words: readonly string[]): Promise<RunningProcess> {
  // `exec`: the wrapper takes the place of the login shell, so that its process leads the session sshd made for it.
  const command = `exec ${commandLine(words)}`;
  const refused = (error: unknown) => {
    const remedy = 'Check MaxSessions in its sshd_config (10, the default, is enough), and the limits of the user there.';
    return new UserError(`${name} does not start another command (${messageOf(error)})`, remedy, { cause: error });
  };
  return new Promise((resolve, reject) => {
    try {
      session.client.exec(command, (error, channel) => (error ? reject(refused(error)) : resolve(processOver(channel))));
    } catch (error) {
      // ssh2 throws when the connection is gone.
      reject(refused(error));
    }
  });
}

function processOver(channel: ClientChannel): RunningProcess {
  const exited = new Promise<Exit>((resolve) => {
    channel.once('exit', (code: number | null, signal?: string) => resolve({ code, signal: signal ?? null }));
    channel.once('close', () => resolve({ code: null, signal: null }));
  });
  const closed = new Promise<void>((resolve) => {
    channel.once('close', () => resolve());
  });
  const destroy = () => void channel.destroy();
  return { stdin: channel, stdout: channel, stderr: channel.stderr, exited, closed, destroy };
}

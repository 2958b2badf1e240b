import { connect } from 'node:net';
import type { Duplex, Readable } from 'node:stream';
import { NodeSSH } from 'node-ssh';
import type { AnyAuthMethod, AuthenticationType, Client, NextAuthHandler } from 'ssh2';
import type { Log } from '../log.ts';
import { printAddress } from './address.ts';
import type { Address } from './address.ts';
import { algorithmsFor, judgeHostKey, otherKeysMayMatch } from './hostkey.ts';
import type { HostKeyPolicy } from './hostkey.ts';
import type { UsableKey } from './key.ts';
import { typeOf } from './known-hosts.ts';
import { notConnected, notLetIn, tooLate } from './ssh-errors.ts';
import type { Place, Stage } from './ssh-errors.ts';

/** Who logs in where, and what must hold before. */
export interface SessionOptions extends Address {
  /** Where its address comes from. */
  readonly setting: Place['setting'];
  readonly username: string;
  readonly policy: HostKeyPolicy;
  /** May still be on its way (Vault) while the handshake goes on. It is only used once the host key is trusted. */
  readonly key: Promise<UsableKey>;
  readonly connectTimeoutMs: number;
  /** A stream to the host through another one, made anew for each attempt; without it TCP. */
  readonly through?: () => Promise<Duplex>;
  readonly log: Log;
  readonly signal?: AbortSignal;
}

/** An SSH connection that is logged in. */
export interface SshSession {
  readonly client: Client;
  /** Aborted, with an Error as its reason, once the connection is gone. */
  readonly lost: AbortSignal;
  /** Says goodbye and lets go. */
  end(): void;
}

const KEEPALIVE_INTERVAL_MS = 15_000;
const KEEPALIVE_COUNT = 3;

/**
 * Connects and logs in. The host key is checked before anything is sent; when only fingerprints are known and the key shown
 * is none of them, the host's keys of other types are looked at too, because a fingerprint does not tell its type.
 * @throws UserError saying why this host cannot be used
 */
export async function openSession(options: SessionOptions): Promise<SshSession> {
  const refusedTypes = new Set<string>();
  let firstRefusal: unknown = null;
  for (;;) {
    const attempt = new Attempt(options, refusedTypes);
    try {
      return await attempt.connect();
    } catch (error) {
      firstRefusal ??= error;
      if (attempt.refusedType) refusedTypes.add(attempt.refusedType);
      const worthATry = attempt.refusedType && otherKeysMayMatch(options.policy);
      if (!worthATry || algorithmsFor(options.policy, options, refusedTypes).length === 0) throw firstRefusal;
    }
  }
}

/** What messages call a host. */
export function placeOf({ setting, host, port }: Pick<SessionOptions, 'setting' | 'host' | 'port'>): Place {
  const address = printAddress({ host, port });
  return { where: setting === 'ssh_jump_host' ? `ssh_jump_host ${address}` : address, setting };
}

/** One try to connect. */
class Attempt {
  /** The type of the host key when that was refused. */
  refusedType: string | null = null;
  private readonly options: SessionOptions;
  private readonly refusedTypes: ReadonlySet<string>;
  private readonly place: Place;
  private stage: Stage = 'tcp';
  private timer: NodeJS.Timeout | undefined;
  private fail: (error: unknown) => void = () => {};

  constructor(options: SessionOptions, refusedTypes: ReadonlySet<string>) {
    this.options = options;
    this.refusedTypes = refusedTypes;
    this.place = placeOf(options);
  }

  async connect(): Promise<SshSession> {
    const { options } = this;
    options.signal?.throwIfAborted();
    const failed = new Promise<never>((_, reject) => {
      this.fail = reject;
    });
    failed.catch(() => {});
    const onAbort = () => this.fail(options.signal?.reason);
    options.signal?.addEventListener('abort', onAbort);
    const lost = new AbortController();
    let socket: Duplex | null = null;
    try {
      this.startTimer();
      socket = await Promise.race([this.socket(), failed]);
      const ssh = new NodeSSH();
      const ready = ssh.connect(this.config(socket));
      ready.catch(() => {});
      if (!ssh.connection) throw new Error('node-ssh made no connection');
      this.watch(ssh.connection, lost);
      await Promise.race([ready, failed]);
      return sessionOver(ssh.connection, socket, lost);
    } catch (error) {
      socket?.destroy();
      throw error;
    } finally {
      clearTimeout(this.timer);
      options.signal?.removeEventListener('abort', onAbort);
    }
  }

  private async socket(): Promise<Duplex> {
    if (this.options.through) {
      const channel = await this.options.through();
      this.stage = 'handshake';
      return channel;
    }
    const { host, port } = this.options;
    // ssh2 leaves Nagle's algorithm on, which costs 40 ms per small exchange.
    return connect({ host, port, noDelay: true });
  }

  private config(sock: Readable): Parameters<NodeSSH['connect']>[0] {
    const { policy, username } = this.options;
    return {
      sock,
      username,
      algorithms: { serverHostKey: algorithmsFor(policy, this.options, this.refusedTypes) },
      hostVerifier: (key: Buffer) => this.verify(key),
      authHandler: (left: AuthenticationType[] | null, partial: boolean, next: NextAuthHandler) => {
        this.login(left, partial, next);
      },
      // Ours says at which stage it happened.
      readyTimeout: 0,
      keepaliveInterval: KEEPALIVE_INTERVAL_MS,
      keepaliveCountMax: KEEPALIVE_COUNT,
    };
  }

  /** The listeners stay for the life of the connection: an `error` nobody listens to would end the process. */
  private watch(client: Client, lost: AbortController): void {
    let reason: Error = new Error('the host closed the connection');
    client.on('connect', () => {
      this.stage = 'handshake';
    });
    client.on('error', (error) => {
      reason = error;
      this.fail(notConnected(this.place, this.stage, error));
    });
    client.on('close', () => {
      lost.abort(reason);
      this.fail(notConnected(this.place, this.stage, reason));
    });
  }

  /** Also called when the keys of a long connection are renewed. */
  private verify(key: Buffer): boolean {
    const decision = judgeHostKey(this.options.policy, this.options, key);
    if (decision.kind === 'refused') {
      this.refusedType = typeOf(key);
      this.fail(decision.error);
      return false;
    }
    if (decision.kind === 'unchecked' && this.stage !== 'login') this.options.log.warn(decision.warning);
    return true;
  }

  /** Gives the key once; called again, the host did not take it. */
  private login(left: AuthenticationType[] | null, partial: boolean, next: NextAuthHandler): void {
    const { username, key } = this.options;
    if (this.stage === 'login') {
      void key.then((used) => this.fail(notLetIn(`${username}@${printAddress(this.options)}`, used, left, partial)));
      return;
    }
    this.stage = 'key';
    clearTimeout(this.timer);
    key.then(
      (usable) => {
        this.stage = 'login';
        this.startTimer();
        const method: AnyAuthMethod = { type: 'publickey', username, key: usable.pem };
        next(method);
      },
      (error: unknown) => this.fail(error),
    );
  }

  private startTimer(): void {
    const { connectTimeoutMs } = this.options;
    const onLate = () => {
      if (this.stage !== 'key') this.fail(tooLate(this.place, this.stage, connectTimeoutMs));
    };
    this.timer = setTimeout(onLate, connectTimeoutMs);
  }
}

function sessionOver(client: Client, socket: Duplex, lost: AbortController): SshSession {
  const end = () => {
    lost.abort(new Error('it is closed'));
    client.end();
    // A host that does not answer the goodbye must not keep us.
    setTimeout(() => socket.destroy(), 1000).unref();
  };
  return { client, lost: lost.signal, end };
}

import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { makeKey, sshKeygenMissing } from './keys.ts';

const SSHD = ['/usr/sbin/sshd', '/usr/local/sbin/sshd', '/usr/bin/sshd'].find((path) => existsSync(path));

/** Why no sshd can be started here, for the title of a suite that is skipped; `null` when one can. */
export const sshdMissing: string | null = missing();

/** A real OpenSSH server on a loopback port. It lets the user of the test process log in. */
export interface Sshd {
  readonly port: number;
  readonly user: string;
  /** For `ssh_known_hosts`: the line of the first host key. */
  readonly knownHostsLine: string;
  /** `SHA256:...` of the first host key. */
  readonly fingerprint: string;
  /** The same of every host key, by type (`ed25519`, `rsa`, ...). */
  readonly hostKeys: Readonly<Record<string, { readonly knownHostsLine: string; readonly fingerprint: string }>>;
  /** A private key (ed25519, OpenSSH) that is let in. */
  readonly clientKey: string;
  /** The path of that key, for the ssh command. */
  readonly clientKeyFile: string;
  /** Holds keys, configuration, `sshd.log`, and `home`; removed by `stop`. */
  readonly dir: string;
  /** Lets another public key in (a line of authorized_keys). */
  authorize(publicLine: string): void;
  /** What sshd has logged so far. */
  log(): string;
  /** The sshd processes that serve connections now. */
  sessionPids(): number[];
  /** Kills them: every connection is cut, the commands of the sessions are not touched. */
  killSessions(): void;
  stop(): Promise<void>;
}

export interface SshdOptions {
  /** Default: `ed25519` only. */
  readonly hostKeys?: readonly ('ed25519' | 'rsa' | 'ecdsa')[];
  /** More lines of sshd_config, for instance `MaxSessions 1` or `ForceCommand ...`; they take precedence. */
  readonly config?: readonly string[];
  /**
   * The environment of the sessions; default: `HOME` is an empty folder (`<dir>/home`), so that no rc file of the developer takes
   * part, and `PATH` is the one of the tests. Sessions still begin in the user's real home directory, which sshd insists on.
   */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a server with its own keys and waits until it listens. Works without root. */
export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  if (!SSHD || sshdMissing) throw new Error(`cannot start sshd: ${sshdMissing}`);
  const dir = mkdtempSync(join(tmpdir(), 'postmortem-sshd-'));
  const user = userInfo().username;
  const types = options.hostKeys ?? ['ed25519'];
  for (const type of types) makeKey(join(dir, `host_${type}`), type);
  const clientKeyFile = join(dir, 'client');
  makeKey(clientKeyFile, 'ed25519');
  const authorized = join(dir, 'authorized_keys');
  writeFileSync(authorized, readFileSync(`${clientKeyFile}.pub`));
  // As root sshd wants this folder; distributions make it when the service starts.
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true });

  const env = { HOME: join(dir, 'home'), PATH: process.env['PATH'] ?? '', ...options.env };
  mkdirSync(env.HOME, { recursive: true });
  const port = await freePort();
  // Of a repeated line sshd takes the first.
  const config = [
    ...(options.config ?? []),
    `SetEnv ${Object.entries(env).map(([name, value]) => `"${name}=${value}"`).join(' ')}`,
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    ...types.map((type) => `HostKey ${join(dir, `host_${type}`)}`),
    `AuthorizedKeysFile ${authorized}`,
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin yes',
    'PidFile none',
    'PrintMotd no',
    'LogLevel VERBOSE',
    // Many tests connect at once.
    'MaxStartups 100',
  ];
  writeFileSync(join(dir, 'sshd_config'), `${config.join('\n')}\n`);
  const logFile = join(dir, 'sshd.log');
  const child = spawn(SSHD, ['-D', '-f', join(dir, 'sshd_config'), '-E', logFile], { stdio: 'ignore' });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  const log = () => (existsSync(logFile) ? readFileSync(logFile, 'utf8') : '');
  await until(() => log().includes('Server listening'), () => child.exitCode !== null, log);

  const sessionPids = () => sshdChildren(child.pid ?? -1);
  const killSessions = () => {
    for (const pid of sessionPids()) kill(pid);
  };
  const hostKeys = Object.fromEntries(types.map((type) => [type, published(join(dir, `host_${type}.pub`), port)]));
  return {
    port,
    user,
    knownHostsLine: hostKeys[types[0] ?? '']?.knownHostsLine ?? '',
    fingerprint: hostKeys[types[0] ?? '']?.fingerprint ?? '',
    hostKeys,
    clientKey: readFileSync(clientKeyFile, 'utf8'),
    clientKeyFile,
    dir,
    authorize: (line) => writeFileSync(authorized, `${line.trim()}\n`, { flag: 'a' }),
    log,
    sessionPids,
    killSessions,
    async stop() {
      killSessions();
      child.kill('SIGTERM');
      await exited;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function missing(): string | null {
  if (!SSHD) return 'skipped: no sshd is installed';
  if (sshKeygenMissing) return sshKeygenMissing;
  return process.platform === 'linux' ? null : 'skipped: /proc is needed';
}

function published(publicFile: string, port: number): { knownHostsLine: string; fingerprint: string } {
  const [type, key] = readFileSync(publicFile, 'utf8').split(' ');
  const fingerprint = execFileSync('ssh-keygen', ['-l', '-f', publicFile], { encoding: 'utf8' }).split(' ')[1] ?? '';
  return { knownHostsLine: `[127.0.0.1]:${port} ${type} ${key}`, fingerprint };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => {
    server.close(resolve);
  });
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** The processes below a process that are sshd's own (not the commands they run). */
function sshdChildren(root: number): number[] {
  const parents = new Map<number, number>();
  for (const entry of readdirSync('/proc')) {
    const stat = /^\d+$/.test(entry) ? statOf(entry) : null;
    if (stat?.name.startsWith('sshd')) parents.set(Number(entry), stat.parent);
  }
  const below = (pid: number): boolean => {
    const parent = parents.get(pid);
    return parent !== undefined && (parent === root || below(parent));
  };
  return [...parents.keys()].filter(below);
}

function statOf(pid: string): { name: string; parent: number } | null {
  try {
    const match = /^\d+ \((.*)\) \S (\d+) /s.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'));
    return match ? { name: match[1] ?? '', parent: Number(match[2]) } : null;
  } catch {
    return null;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** Polls a condition on the real world; there is no event for a line in sshd's log. */
async function until(condition: () => boolean, hopeless: () => boolean, log: () => string): Promise<void> {
  const end = Date.now() + 10_000;
  while (!condition()) {
    if (hopeless() || Date.now() > end) throw new Error(`sshd did not start: ${log()}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
}

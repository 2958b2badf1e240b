import { randomInt } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { UserError } from '../../src/errors.ts';
import type { Host } from '../../src/host/host.ts';
import { connectSsh } from '../../src/host/ssh.ts';
import type { SshOptions } from '../../src/host/ssh.ts';
import { STALLS, startStallingSsh } from '../fakes/stalling-ssh.ts';
import { makeKey } from '../support/keys.ts';
import { logLines } from '../support/log-lines.ts';
import { processesWith } from '../support/processes.ts';
import { sshdMissing, startSshd } from '../support/sshd.ts';
import type { Sshd, SshdOptions } from '../support/sshd.ts';

/** For connections whose log is of no interest. */
const quiet = logLines().log;

const longSleep = () => `sleep 9${randomInt(1e9, 9e9)}`;

describe.skipIf(sshdMissing)(`SSH to a real sshd (${sshdMissing ?? 'OpenSSH'})`, () => {
  let sshd: Sshd;
  let dir = '';
  const servers: { stop(): unknown }[] = [];
  const hosts: Host[] = [];

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'postmortem-ssh-'));
    sshd = await startSshd({ hostKeys: ['ed25519', 'rsa'] });
  });
  afterAll(async () => {
    await Promise.all(hosts.map((host) => host.close()));
    await Promise.all([sshd, ...servers].map((server) => server.stop()));
    rmSync(dir, { recursive: true, force: true });
  });

  async function another(options?: SshdOptions): Promise<Sshd> {
    const server = await startSshd(options);
    servers.push(server);
    return server;
  }

  /** A TCP server that is no SSH server. */
  async function listener(onConnection: (socket: Socket) => void): Promise<string> {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => {});
      onConnection(socket);
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    servers.push({ stop: () => [...sockets.map((socket) => socket.destroy()), server.close()] });
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  function settings(server: Sshd, options: Partial<SshOptions> = {}): SshOptions {
    return {
      hosts: [`127.0.0.1:${server.port}`],
      port: 22,
      username: server.user,
      privateKey: server.clientKey,
      passphrase: null,
      knownHosts: server.knownHostsLine,
      fingerprints: [],
      insecure: false,
      connectTimeoutMs: 10_000,
      jumpHost: null,
      ...options,
    };
  }

  async function connect(options: Partial<SshOptions> = {}, server = sshd, log = quiet, signal?: AbortSignal): Promise<Host> {
    const host = await connectSsh(settings(server, options), log, signal);
    hosts.push(host);
    return host;
  }

  const refusal = async (options: Partial<SshOptions>, server = sshd, log = quiet): Promise<UserError> => {
    const error: unknown = await connect(options, server, log).catch((thrown: unknown) => thrown);
    return error instanceof UserError ? error : expect.fail(`it connected, or failed otherwise: ${String(error)}`);
  };

  const works = async (host: Host) => expect((await host.exec(['echo', 'hi'])).stdout).toBe('hi\n');

  describe('the private key', () => {
    test.each([
      ['ed25519', []],
      ['ed25519', ['-m', 'PKCS8']],
      ['ecdsa', []],
      ['ecdsa', ['-m', 'PEM', '-b', '521']],
      ['ecdsa', ['-m', 'PKCS8', '-b', '384']],
      ['rsa', []],
      ['rsa', ['-m', 'PEM']],
      ['rsa', ['-m', 'PKCS8']],
    ] as const)('%s made with %j opens the host, also encrypted and on one line', async (type, options) => {
      const file = join(dir, `${type}${options.join('')}`);
      makeKey(file, type, ...options, '-N', 'a passphrase', '-a', '2');
      sshd.authorize(readFileSync(`${file}.pub`, 'utf8'));
      const oneLine = readFileSync(file, 'utf8').replaceAll('\n', '\\n');
      await works(await connect({ privateKey: oneLine, passphrase: 'a passphrase' }));
      expect((await refusal({ privateKey: oneLine })).message).toContain('encrypted');
    });

    test('that the host does not know is refused, with the line to add there, which then helps', async () => {
      const file = join(dir, 'stranger');
      makeKey(file, 'ed25519');
      const privateKey = readFileSync(file, 'utf8');
      const error = await refusal({ privateKey });
      expect(error.message).toMatch(/^.+@127\.0\.0\.1:\d+ does not accept the key \(ssh-ed25519 SHA256:/);
      expect(error.remedy).toContain('authorized_keys');
      sshd.authorize(error.remedy.split('\n').at(-1) ?? '');
      await works(await connect({ privateKey }));
    });

    test('may arrive after the host has been reached', async () => {
      const server = await another();
      let deliver: (key: string) => void = () => {};
      const privateKey = new Promise<string>((resolve) => {
        deliver = resolve;
      });
      const host = connect({ privateKey }, server);
      await vi.waitFor(() => expect(server.log()).toContain('Connection from'), { timeout: 10_000 });
      deliver(server.clientKey);
      await works(await host);
    });

    test('that cannot be had ends it with the reason as it is, and no other host is tried', async () => {
      const reason = new UserError('Vault is sealed', 'Unseal it.');
      const { log, lines } = logLines();
      const hosts = [`127.0.0.1:${sshd.port}`, `127.0.0.1:${sshd.port}`];
      await expect(connect({ privateKey: Promise.reject(reason), hosts }, sshd, log)).rejects.toBe(reason);
      expect(lines).toEqual([]);
      const inVault = connect({ privateKey: 'no key', keySource: 'devvm_ssh_key' });
      await expect(inVault).rejects.toThrow(/^devvm_ssh_key holds no private key/);
    });

    test('that is not enough for the host says so', async () => {
      const server = await another({ config: ['AuthenticationMethods publickey,publickey'] });
      const error = await refusal({}, server);
      expect(error.message).toContain('wants more than the key');
      expect(error.remedy).toContain('AuthenticationMethods publickey');
    });

    test('that fails after a wrong setting has ended it disturbs nobody', async () => {
      // An unheard rejection would fail the whole test run.
      const privateKey = new Promise<string>((_, reject) => {
        setImmediate(reject, new Error('Vault is sealed'));
      });
      await expect(connect({ privateKey, hosts: ['ssh://devvm'] })).rejects.toThrow(/^ssh_host: /);
      await new Promise((resolve) => {
        setImmediate(() => setImmediate(resolve));
      });
    });

    test('and the passphrase are masked in the log from then on', async () => {
      const file = join(dir, 'masked');
      makeKey(file, 'ecdsa', '-N', 'tell-nobody-1234', '-a', '2');
      sshd.authorize(readFileSync(`${file}.pub`, 'utf8'));
      const { log, lines } = logLines();
      const text = readFileSync(file, 'utf8');
      await connect({ privateKey: text, passphrase: 'tell-nobody-1234' }, sshd, log);
      log.info(`it is ${text.split('\n')[2]} tell-nobody-1234`);
      expect(lines.join('')).toBe('it is ******** ********\n');
    });
  });

  describe('the host key', () => {
    test('that is not known is refused before anything is offered; the line it prints is the one that helps', async () => {
      const server = await another({ config: ['LogLevel DEBUG'] });
      const error = await refusal({ knownHosts: null }, server);
      expect(error.message).toContain(server.fingerprint);
      await vi.waitFor(() => expect(server.log()).toContain('Disconnected from'), { timeout: 10_000 });
      expect(server.log()).not.toContain('userauth-request');
      const knownHosts = error.remedy.split('\n').at(-1) ?? '';
      expect(knownHosts).toBe(server.knownHostsLine);
      await works(await connect({ knownHosts }, server));
      expect(server.log()).toContain('userauth-request');
    });

    test('that is another than the known one is refused, naming both, before anything is offered', async () => {
      const server = await another({ config: ['LogLevel DEBUG'] });
      const knownHosts = sshd.knownHostsLine.replace(String(sshd.port), String(server.port));
      const error = await refusal({ knownHosts }, server);
      expect(error.message).toContain(`expected ssh-ed25519 ${sshd.fingerprint}`);
      expect(error.message).toContain(`seen ssh-ed25519 ${server.fingerprint}`);
      const byFingerprint = await refusal({ knownHosts: null, fingerprints: [sshd.fingerprint] }, server);
      expect(byFingerprint.message).toContain(server.fingerprint);
      await vi.waitFor(() => expect(server.log()).toContain('Disconnected from'), { timeout: 10_000 });
      expect(server.log()).not.toContain('userauth-request');
    });

    test('may be the one of several that is known, by its line or its fingerprint', async () => {
      for (const type of ['ed25519', 'rsa']) {
        const { knownHostsLine, fingerprint } = sshd.hostKeys[type] ?? expect.fail(type);
        await works(await connect({ knownHosts: knownHostsLine }));
        await works(await connect({ knownHosts: null, fingerprints: [fingerprint] }));
      }
    });

    test('is not checked with ssh_insecure, which is said at each connection', async () => {
      const { log, lines } = logLines();
      await works(await connect({ knownHosts: null, insecure: true }, sshd, log));
      await works(await connect({ knownHosts: null, insecure: true }, sshd, log));
      expect(lines).toEqual([expect.stringContaining('warning: ssh_insecure is set'), expect.stringContaining(sshd.fingerprint)]);
    });
  });

  describe('several hosts', () => {
    test('are tried in order, and why the others are not used is shown', async () => {
      const silent = await listener(() => {});
      const web = await listener((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
      const closed = await listener(() => {});
      await servers.at(-1)?.stop();
      const impostor = await another();
      const locked = await another();
      writeFileSync(join(locked.dir, 'authorized_keys'), '');
      const wrong = sshd.knownHostsLine.replace(String(sshd.port), String(impostor.port));
      const knownHosts = [sshd.knownHostsLine, locked.knownHostsLine, wrong];
      const addresses = [closed, silent, web, `127.0.0.1:${impostor.port}`, `127.0.0.1:${locked.port}`];
      const { log, lines } = logLines();
      const common = { knownHosts: knownHosts.join('\n'), connectTimeoutMs: 1500, privateKey: sshd.clientKey };

      const host = await connect({ ...common, hosts: [...addresses, `127.0.0.1:${sshd.port}`, closed] }, sshd, log);
      await works(host);
      expect(host.name).toBe(`${sshd.user}@127.0.0.1:${sshd.port}`);
      const late = 'did not answer as an SSH server within 1.5 s';
      const reasons = ['refuses the connection', late, 'ended the connection', 'another host key', 'does not accept the key'];
      expect(lines).toHaveLength(addresses.length);
      addresses.forEach((address, index) => {
        expect(lines[index]).toMatch(new RegExp(`^(warning|error): ${address.replaceAll('.', '\\.')} is not used: .*${reasons[index]}`));
      });

      const error = await refusal({ ...common, hosts: addresses });
      expect(error.message).toMatch(/^none of the hosts in ssh_host can be used: /);
      for (const text of [...addresses, ...reasons]) expect(error.message).toContain(text);
      expect(error.remedy).toContain('ssh_known_hosts');
      expect(error.remedy).toContain('authorized_keys');
    });

    const said = {
      'the banner': 'accepts connections but did not answer as an SSH server within 3 s',
      'the key exchange': 'accepts connections but did not answer as an SSH server within 3 s',
      'the login': 'did not finish the login within 3 s',
      'the channel': 'accepts the key, but did not run a first command within 3 s',
      'the command': 'accepts the key, but did not run a first command within 3 s',
    };
    test.each(STALLS)('of which one never answers %s: the next is used, and the report is told', async (stall) => {
      const server = await startStallingSsh(stall);
      servers.push(server);
      const unused: string[] = [];
      // On a busy machine the steps before take their time.
      const hosts = [server.address, `127.0.0.1:${sshd.port}`];
      const host = await connect({ connectTimeoutMs: 3000, insecure: true, hosts, onUnused: (notice) => unused.push(notice) });
      await works(host);
      expect(unused).toEqual([`${server.address} is not used: ${server.address} ${said[stall]}`]);
    });

    test('of which one runs no command, though sshd lets us in: the next is used', async () => {
      const stuck = await another({ config: ['ForceCommand sleep 1000'] });
      stuck.authorize(readFileSync(`${sshd.clientKeyFile}.pub`, 'utf8'));
      const hosts = [`127.0.0.1:${stuck.port}`, `127.0.0.1:${sshd.port}`];
      const knownHosts = `${stuck.knownHostsLine}\n${sshd.knownHostsLine}`;
      const { log, lines } = logLines();
      const host = await connect({ hosts, knownHosts, connectTimeoutMs: 3000 }, sshd, log);
      expect(host.name).toBe(`${sshd.user}@127.0.0.1:${sshd.port}`);
      expect(lines.join('')).toMatch(/is not used: .* accepts the key, but did not run a first command within 3 s/);
    });

    test('of which one shows another key: that is an error in the log and a notice for the report, though the next is used', async () => {
      const impostor = await another({ config: ['LogLevel DEBUG'] });
      const address = `127.0.0.1:${impostor.port}`;
      const knownHosts = `${sshd.knownHostsLine.replace(String(sshd.port), String(impostor.port))}\n${sshd.knownHostsLine}`;
      const { log, lines } = logLines();
      const unused: string[] = [];
      const hosts = [address, `127.0.0.1:${sshd.port}`];
      await works(await connect({ hosts, knownHosts, onUnused: (notice) => unused.push(notice) }, sshd, log));
      expect(lines.join('')).toMatch(/^error: \S+ is not used: .* shows another host key than expected.*\n.*something else answers at that address/s);
      expect(unused).toEqual([expect.stringMatching(/^WRONG HOST KEY, nothing was sent there/)]);
      expect(unused[0]).toContain(impostor.fingerprint);
      await vi.waitFor(() => expect(impostor.log()).toContain('Disconnected from'), { timeout: 10_000 });
      expect(impostor.log()).not.toContain('userauth-request');
      const revoked = `@revoked ${impostor.knownHostsLine}\n${sshd.knownHostsLine}`;
      await works(await connect({ hosts, knownHosts: revoked, onUnused: (notice) => unused.push(notice) }));
      expect(unused[1]).toMatch(/^WRONG HOST KEY.*revoked/);
    });

    test('and one alone fails with its own reason', async () => {
      const error = await refusal({ hosts: ['no-such-host.invalid'], connectTimeoutMs: 3000 });
      expect(error.message).toMatch(/^no-such-host\.invalid:22 (cannot be found|did not answer)/);
      expect(error.remedy).toContain('ssh_host');
    });

    test('are left at once when the run is cancelled', async () => {
      const silent = await listener(() => {});
      const cancelled = new Error('cancelled');
      const abort = new AbortController();
      const connecting = connect({ hosts: [silent, silent], connectTimeoutMs: 60_000 }, sshd, quiet, abort.signal);
      const waiting = connect({ privateKey: new Promise(() => {}) }, sshd, quiet, abort.signal);
      abort.abort(cancelled);
      await expect(connecting).rejects.toBe(cancelled);
      await expect(waiting).rejects.toBe(cancelled);
      await expect(connect({}, sshd, quiet, abort.signal)).rejects.toBe(cancelled);
    });
  });

  describe('a jump host', () => {
    test('is gone through, and both hosts are checked', async () => {
      const jump = await another({ config: ['LogLevel DEBUG'] });
      jump.authorize(readFileSync(`${sshd.clientKeyFile}.pub`, 'utf8'));
      const jumpHost = `${jump.user}@127.0.0.1:${jump.port}`;
      const host = await connect({ jumpHost, knownHosts: `${jump.knownHostsLine}\n${sshd.knownHostsLine}` });
      await works(host);
      expect(jump.log()).toContain('direct-tcpip');
      await host.close();

      const unknown = (server: Sshd) => expect.stringContaining(`ssh_known_hosts has no line for 127.0.0.1:${server.port}`);
      expect(await refusal({ jumpHost })).toMatchObject({ message: unknown(jump) });
      expect(await refusal({ jumpHost, knownHosts: jump.knownHostsLine })).toMatchObject({ message: unknown(sshd) });
    });

    test('that cannot be reached, or does not let us through, is named', async () => {
      const strict = await another({ config: ['AllowTcpForwarding no'] });
      const closed = await listener(() => {});
      await servers.at(-1)?.stop();
      const both = { knownHosts: `${strict.knownHostsLine}\n${sshd.knownHostsLine}`, privateKey: strict.clientKey };
      const error = await refusal({ ...both, jumpHost: `127.0.0.1:${strict.port}` });
      expect(error.message).toContain(`ssh_jump_host 127.0.0.1:${strict.port} cannot reach 127.0.0.1:${sshd.port}`);
      expect(error.remedy).toContain('AllowTcpForwarding');
      expect((await refusal({ ...both, jumpHost: closed })).message).toBe(`ssh_jump_host ${closed} refuses the connection`);
      const beyond = await refusal({ jumpHost: `127.0.0.1:${sshd.port}`, hosts: [closed] });
      expect(beyond.message).toContain(`cannot reach ${closed}`);
    });
  });

  describe('the connection', () => {
    test('is one for all commands', async () => {
      const server = await another();
      const host = await connect({}, server);
      for (let i = 0; i < 20; i += 1) expect((await host.exec(['echo', String(i)])).stdout).toBe(`${i}\n`);
      expect(server.log().match(/Accepted publickey/g)).toHaveLength(1);
    });

    test('that is cut while a command runs says so, and the whole tree of the command is stopped', async () => {
      const server = await another();
      const host = await connect({}, server);
      const sleep = longSleep();
      const onLine = () => server.killSessions();
      const program = ['sh', '-c', `setsid ${sleep} & nohup ${sleep} >/dev/null 2>&1 & echo up; ${sleep}`];
      const error = await host.exec(program, { onLine }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        name: 'UserError',
        message: expect.stringContaining(`the connection to ${server.user}@127.0.0.1:${server.port} was lost while running sh `),
        remedy: expect.stringContaining('Check that the host is up'),
      });
      await vi.waitFor(() => expect(processesWith(sleep)).toEqual([]), { timeout: 15_000 });
      await expect(host.exec(['git', 'status'])).rejects.toThrow(/was lost before running git/);
      await expect(host.readFile('/etc/hostname')).rejects.toThrow(/was lost before/);
      await host.close();
      await host.close();
    });

    test('that is cut while a file is written leaves the old one whole', async () => {
      const server = await another();
      const host = await connect({}, server);
      const folder = mkdtempSync(join(dir, 'cut-'));
      const path = join(folder, 'journal');
      writeFileSync(path, 'the old content');
      const writing = host.writeFile(path, Buffer.alloc(200_000_000)).catch((thrown: unknown) => thrown);
      await vi.waitFor(() => expect(readdirSync(folder)).toHaveLength(2), { interval: 2, timeout: 10_000 });
      server.killSessions();
      expect(await writing).toMatchObject({ message: expect.stringContaining('was lost while running sh') });
      await vi.waitFor(() => expect(readdirSync(folder)).toEqual(['journal']), { timeout: 15_000 });
      expect(readFileSync(path, 'utf8')).toBe('the old content');
    });

    test('that allows one session only is refused with the setting to change', async () => {
      const server = await another({ config: ['MaxSessions 1'] });
      const host = await connect({}, server);
      const error = await host.exec(['true']).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ name: 'UserError', remedy: expect.stringContaining('MaxSessions') });
    });
  });

  describe('the login shell', () => {
    const original = 'exec sh -c "$SSH_ORIGINAL_COMMAND"';

    test('that prints something first does no harm to the output', async () => {
      const server = await another({ config: [`ForceCommand printf 'Welcome to devvm'; ${original}`] });
      const host = await connect({}, server);
      const result = await host.exec(['printf', 'own']);
      expect(result).toMatchObject({ code: 0, stdout: 'own' });
      await host.writeFile(join(dir, 'welcome'), 'x');
      expect((await host.readFile(join(dir, 'welcome'))).toString()).toBe('x');
    });

    test('that takes two backslashes in quotes for one, as fish does, is refused', async () => {
      const asFish = `printf '%s' "$SSH_ORIGINAL_COMMAND" | sed 's/\\\\\\\\/\\\\/g'`;
      const server = await another({ config: [`ForceCommand exec sh -c "$(${asFish})"`] });
      const error = await refusal({}, server);
      expect(error.message).toContain('changes quoted words');
      expect(error.remedy).toContain('chsh');
    });

    test.each([
      ['runs nothing', 'ForceCommand echo This account is not available.; exit 1', 'This account is not available.'],
      ['ends with an error', 'ForceCommand echo "Unmatched quote." >&2; exit 1', 'Unmatched quote.'],
    ])('that %s is refused with what it says', async (_, config, said) => {
      const error = await refusal({}, await another({ config: [config] }));
      expect(error.message).toContain('does not run commands as a POSIX shell would');
      expect(error.message).toContain(said);
    });

    test('on a host without the tools we need is refused, naming them', async () => {
      const bare = mkdtempSync(join(dir, 'bin-'));
      symlinkSync('/bin/sh', join(bare, 'sh'));
      const server = await another({ config: [`ForceCommand PATH=${bare}; export PATH; ${original}`] });
      expect((await refusal({}, server)).message).toMatch(/lacks env, timeout, grep, sleep$/);
    });
  });
});

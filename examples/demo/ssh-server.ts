import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import ssh2 from 'ssh2';

/**
 * The demo's dev VM: an SSH server inside this process that lets one key in and runs commands with the machine's own `sh`.
 * No PTY, no forwarding, no SFTP, no signals: what the plugin needs of a server and nothing else. The tests use a real sshd.
 */
export interface SshServer {
  readonly port: number;
  /** For `ssh_known_hosts`. */
  readonly knownHostsLine: string;
  /** The private key that is let in. */
  readonly clientKey: string;
  stop(): void;
}

/** @param environment what the commands get, and nothing of this process's own */
export async function startSshServer(environment: Readonly<Record<string, string>>): Promise<SshServer> {
  const hostKey = rsaKey();
  const clientKey = rsaKey();
  const hostPublic = publicLine(hostKey);
  const allowed = ssh2.utils.parseKey(clientKey);
  if (allowed instanceof Error || Array.isArray(allowed)) throw new Error('the key just made cannot be read');
  const server = new ssh2.Server({ hostKeys: [hostKey] }, (client) => {
    client.on('authentication', (context) => {
      const known = context.method === 'publickey' && context.key.data.equals(allowed.getPublicSSH());
      if (!known) return context.reject(['publickey']);
      const proven = !context.signature || (context.blob && allowed.verify(context.blob, context.signature, context.hashAlgo) === true);
      return proven ? context.accept() : context.reject();
    });
    client.on('session', (accept) => {
      accept().on('exec', (acceptExec, _reject, { command }) => {
        const channel = acceptExec();
        const child = spawn('sh', ['-c', command], { env: { ...environment }, cwd: environment['HOME'] ?? '/' });
        child.stdin.on('error', () => {});
        channel.pipe(child.stdin);
        child.stdout.pipe(channel, { end: false });
        child.stderr.pipe(channel.stderr, { end: false });
        child.on('close', (code, signal) => {
          if (code !== null) channel.exit(code);
          else channel.exit((signal ?? 'SIGKILL').replace(/^SIG/, '') as never);
          channel.end();
        });
        channel.on('close', () => child.stdin.destroy());
      });
    });
    // A client that goes away is the end of its run, not of the demo.
    client.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { port, knownHostsLine: `[127.0.0.1]:${port} ${hostPublic}`, clientKey, stop: () => server.close() };
}

function rsaKey(): string {
  return generateKeyPairSync('rsa', {
    modulusLength: 3072,
    publicKeyEncoding: { type: 'pkcs1', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  }).privateKey;
}

function publicLine(privateKey: string): string {
  const parsed = ssh2.utils.parseKey(privateKey);
  if (parsed instanceof Error || Array.isArray(parsed)) throw new Error('the key just made cannot be read');
  return `${parsed.type} ${parsed.getPublicSSH().toString('base64')}`;
}

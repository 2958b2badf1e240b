import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import ssh2 from 'ssh2';
import type { Connection } from 'ssh2';

/** What it does not answer any more. */
export const STALLS = ['the banner', 'the key exchange', 'the login', 'the channel', 'the command'] as const;
export type Stall = (typeof STALLS)[number];

export interface StallingSsh {
  /** `127.0.0.1:port` */
  readonly address: string;
  stop(): void;
}

/**
 * An SSH server that goes on up to a point and then keeps the connection open without a word, as a host does whose disk or memory is gone.
 *
 * Its limits: it lets everybody in, it runs nothing, and the part that speaks SSH is ssh2's, as ours is. Its host key is new each time.
 */
export async function startStallingSsh(stall: Stall): Promise<StallingSsh> {
  const sockets: Socket[] = [];
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048, privateKeyEncoding: { type: 'pkcs1', format: 'pem' }, publicKeyEncoding: { type: 'pkcs1', format: 'pem' } });
  const ssh = new ssh2.Server({ hostKeys: [privateKey] }, (client) => serve(client, stall));
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    if (stall === 'the key exchange') socket.write('SSH-2.0-OpenSSH_9.2p1\r\n');
    if (stall !== 'the banner' && stall !== 'the key exchange') ssh.injectSocket(socket);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

function serve(client: Connection, stall: Stall): void {
  client.on('error', () => {});
  client.on('authentication', (context) => {
    if (stall !== 'the login') context.accept();
  });
  client.on('session', (accept) => {
    // Without a listener ssh2 would refuse the command.
    if (stall === 'the command') accept().on('exec', () => {});
  });
}

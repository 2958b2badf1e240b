/** A real Vault (dev mode, in memory) with a stand-in for the Kubernetes TokenReview API it asks about service account tokens. */
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createSocketServer } from 'node:net';
import type { FakeMount } from '../fakes/vault.ts';

export const vaultBinary = process.env['VAULT_BIN'] ?? 'vault';

/** Why no real Vault can be started, for the title of a skipped suite; `null` when it can. */
export function whyNoVault(): string | null {
  try {
    execFileSync(vaultBinary, ['version'], { stdio: 'ignore' });
    return null;
  } catch {
    return 'no vault program on the PATH';
  }
}

export interface RealVaultOptions {
  readonly mounts: Readonly<Record<string, FakeMount>>;
  readonly readable: readonly string[];
  readonly role: string;
  readonly boundTo: string;
  readonly audience: string;
}

export interface RealVault {
  readonly url: string;
  readonly rootToken: string;
  /** Any call as root; @returns the parsed answer. */
  call(method: string, path: string, body?: object): Promise<{ status: number; body: unknown }>;
  stop(): Promise<void>;
}

export async function startRealVault(options: RealVaultOptions): Promise<RealVault> {
  const reviewer = await startTokenReview();
  const port = await freePortPair();
  // Without the prefix of its own tokens: it refuses to take one that has it.
  const rootToken = `root${randomBytes(18).toString('hex')}`;
  const process_ = spawn(
    vaultBinary,
    ['server', '-dev', '-dev-no-store-token', `-dev-root-token-id=${rootToken}`, `-dev-listen-address=127.0.0.1:${port}`],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const url = `http://127.0.0.1:${port}`;
  const call: RealVault['call'] = async (method, path, body) => {
    const answer = await fetch(`${url}/v1/${path}`, {
      method,
      headers: { 'x-vault-token': rootToken },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? null : (JSON.parse(text) as unknown) };
  };
  await new Promise<void>((resolve, reject) => {
    process_.once('exit', (code) => reject(new Error(`vault ended with ${code}`)));
    process_.stdout.on('data', (chunk: Buffer) => {
      // It prints the root token last, when everything is mounted.
      if (chunk.includes('Development mode should NOT')) resolve();
    });
  });

  for (const [path, mount] of Object.entries(options.mounts)) {
    // Dev mode comes with secret/ (KV 2), every Vault with cubbyhole/.
    if (!['secret/', 'cubbyhole/'].includes(path))
      await call('POST', `sys/mounts/${path.replace(/\/$/, '')}`, { type: 'kv', options: { version: String(mount.version) } });
    for (const [name, fields] of Object.entries(mount.secrets)) {
      const gone = typeof fields === 'string';
      const data = gone ? { a: 'b' } : fields;
      await call(
        'POST',
        `${path}${mount.version === 2 ? 'data/' : ''}${encodeURIComponent(name)}`,
        mount.version === 2 ? { data } : data,
      );
      if (fields === 'deleted') await call('DELETE', `${path}data/${name}`);
      if (fields === 'destroyed') await call('POST', `${path}destroy/${name}`, { versions: [1] });
    }
  }
  const policy = options.readable.map((path) => `path "${path}" { capabilities = ["read"] }`).join('\n');
  await call('PUT', 'sys/policies/acl/postmortem', { policy });
  await call('POST', 'sys/auth/kubernetes', { type: 'kubernetes' });
  await call('POST', 'auth/kubernetes/config', { kubernetes_host: reviewer.url, disable_local_ca_jwt: true });
  const [namespace, name] = options.boundTo.split('/');
  await call('POST', `auth/kubernetes/role/${options.role}`, {
    bound_service_account_names: name,
    bound_service_account_namespaces: namespace,
    audience: options.audience,
    policies: 'postmortem',
    ttl: '15m',
  });
  return {
    url,
    rootToken,
    call,
    stop: async () => {
      process_.kill('SIGKILL');
      await reviewer.stop();
    },
  };
}

/** Vault listens on its port and, for the cluster, on the next one. */
async function freePortPair(): Promise<number> {
  const listen = (port: number) =>
    new Promise<ReturnType<typeof createSocketServer>>((resolve, reject) => {
      const server = createSocketServer().once('error', reject);
      server.listen(port, '127.0.0.1', () => resolve(server));
    });
  for (;;) {
    const first = await listen(0);
    const { port } = first.address() as AddressInfo;
    const second = await listen(port + 1).catch(() => null);
    await new Promise((resolve) => first.close(resolve));
    if (!second) continue;
    await new Promise((resolve) => second.close(resolve));
    return port;
  }
}

/** Says of every token that it is valid and belongs to whom it claims. */
async function startTokenReview(): Promise<{ url: string; stop(): Promise<void> }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => void chunks.push(chunk));
    request.on('end', () => {
      const { spec } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { spec: { token: string } };
      const claims = JSON.parse(Buffer.from(spec.token.split('.')[1] ?? '', 'base64url').toString('utf8')) as {
        sub: string;
        aud: string[];
        'kubernetes.io': { serviceaccount: { uid: string } };
      };
      const user = {
        username: claims.sub,
        uid: claims['kubernetes.io'].serviceaccount.uid,
        groups: ['system:serviceaccounts'],
      };
      response.writeHead(201, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ kind: 'TokenReview', status: { authenticated: true, user, audiences: claims.aud } }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/**
 * FakeVault: the part of Vault's HTTP API that the plugin uses, in the words of Vault 1.21 (test/vault/contract.test.ts holds
 * it to a real one where the `vault` program is installed). For tests and the demo.
 *
 * Its limits: one role, one policy, no leases, no expiry of tokens, no writes, no token but those it gave out and `rootToken`;
 * service account tokens are not verified, only their claims are read; namespaces are one name, compared with the header.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { TEST_CA_PEM, type TestCertificate } from './certificates.ts';

export interface FakeMount {
  readonly version: 1 | 2;
  /** Type of the mount; default `kv`. */
  readonly type?: string;
  /** Path inside the mount -> fields; `deleted` and `destroyed` stand for a KV 2 version in that state. */
  readonly secrets: Readonly<Record<string, Readonly<Record<string, unknown>> | 'deleted' | 'destroyed'>>;
}

export interface FakeVaultOptions {
  /** Mount path with its slash at the end -> content. */
  readonly mounts: Readonly<Record<string, FakeMount>>;
  /** API paths the role's token may read (`secret/data/ci/infra`); default: everything. */
  readonly readable?: readonly string[];
  /** Default `kubernetes`. */
  readonly authPath?: string;
  /** Default `postmortem`. */
  readonly role?: string;
  /** The service account the role is bound to; default `ci/woodpecker`. */
  readonly boundTo?: string;
  /** Default: not checked. */
  readonly audience?: string;
  /** Every request but those for the health must carry it. */
  readonly namespace?: string;
  readonly tls?: TestCertificate;
  readonly tokenType?: 'service' | 'batch';
  readonly ttlSeconds?: number;
}

/** What can be switched while it runs. */
export interface FakeVaultState {
  sealed: boolean;
  initialised: boolean;
  /** `lost`: does not know an active node; an address: sends requests on to it. */
  standby: 'no' | 'lost' | { readonly redirectTo: string };
  /** Answers the next requests with this, one after the other; `drop` cuts the connection. */
  failures: readonly {
    readonly status: number | 'drop';
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  }[];
  /** Whether tokens may ask for mounts. */
  mountsEndpoint: 'open' | 'forbidden';
  /** Requests to these paths are accepted and never answered. */
  hangs: RegExp | null;
  /** Called with every request before it is answered: a test's cue. */
  onRequest: (request: RecordedVaultRequest) => void;
  /** Answers everything with this instead of being Vault. */
  impostor: ((response: ServerResponse) => void) | null;
}

export interface RecordedVaultRequest {
  readonly method: string;
  readonly path: string;
  readonly token: string | null;
  readonly namespace: string | null;
  readonly body: string;
}

export interface FakeVault {
  readonly url: string;
  /** The authority of its certificate; `null` without TLS. */
  readonly caPem: string | null;
  readonly rootToken: string;
  readonly requests: readonly RecordedVaultRequest[];
  /** Every token a login gave out. */
  readonly tokens: ReadonlyMap<string, 'live' | 'revoked'>;
  set(change: Partial<FakeVaultState>): void;
  stop(): Promise<void>;
}

/** A service account token as Kubernetes projects it, without a real signature. */
export function fakeServiceAccountToken(
  claims: { readonly account?: string; readonly audience?: string; readonly expiresAt?: Date } = {},
): string {
  const [namespace, name] = (claims.account ?? 'ci/woodpecker').split('/');
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const payload = {
    iss: 'kubernetes/serviceaccount',
    sub: `system:serviceaccount:${namespace}:${name}`,
    aud: [claims.audience ?? 'vault'],
    iat: 1_600_000_000,
    nbf: 1_600_000_000,
    exp: Math.floor((claims.expiresAt ?? new Date('2100-01-01')).getTime() / 1000),
    'kubernetes.io': { namespace, serviceaccount: { name, uid: `uid-of-${name}` } },
  };
  return `${part({ alg: 'RS256', typ: 'JWT' })}.${part(payload)}.${randomBytes(256).toString('base64url')}`;
}

/** Starts one on a free port of the loopback interface. */
export async function startFakeVault(options: FakeVaultOptions): Promise<FakeVault> {
  const requests: RecordedVaultRequest[] = [];
  const tokens = new Map<string, 'live' | 'revoked'>();
  const rootToken = `hvs.root${randomBytes(16).toString('hex')}`;
  const state: FakeVaultState = {
    sealed: false,
    initialised: true,
    standby: 'no',
    failures: [],
    mountsEndpoint: 'open',
    hangs: null,
    onRequest: () => undefined,
    impostor: null,
  };

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const recorded: RecordedVaultRequest = {
      method: request.method ?? '',
      path: request.url ?? '',
      token: header(request, 'x-vault-token'),
      namespace: header(request, 'x-vault-namespace'),
      body: Buffer.concat(chunks).toString('utf8'),
    };
    requests.push(recorded);
    state.onRequest(recorded);
    const [failure, ...laterFailures] = state.failures;
    if (state.hangs?.test(recorded.path)) return;
    if (state.impostor) return state.impostor(response);
    if (recorded.path === '/v1/sys/health') return answerHealth(state, response);
    if (failure) {
      state.failures = laterFailures;
      if (failure.status === 'drop') return void request.socket.destroy();
      response.writeHead(failure.status, { 'content-type': 'application/json', ...failure.headers });
      return void response.end(failure.body ?? JSON.stringify({ errors: ['the fake fails'] }));
    }
    if (state.sealed || !state.initialised) return errors(response, 503, 'Vault is sealed');
    if (state.standby === 'lost') return errors(response, 500, 'local node not active but active cluster node not found');
    if (state.standby !== 'no') {
      response.writeHead(307, { location: `${state.standby.redirectTo}${recorded.path}` });
      return void response.end();
    }
    route({ options, state, tokens, rootToken }, recorded, response);
  };

  const listener = (request: IncomingMessage, response: ServerResponse) => void handle(request, response);
  const server = options.tls ? createTlsServer({ ...options.tls }, listener) : createServer(listener);
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    caPem: options.tls ? TEST_CA_PEM : null,
    rootToken,
    requests,
    tokens,
    set: (change) => void Object.assign(state, change),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

interface Context {
  readonly options: FakeVaultOptions;
  readonly state: FakeVaultState;
  readonly tokens: Map<string, 'live' | 'revoked'>;
  readonly rootToken: string;
}

function route(context: Context, request: RecordedVaultRequest, response: ServerResponse): void {
  const { options, tokens } = context;
  const path = decodeURIComponent(request.path.replace(/^\/v1\//, ''));
  if (request.namespace !== (options.namespace ?? null))
    return errors(response, 404, `no handler for route "${path}". route entry not found.`);
  if (request.method === 'POST' && /^auth\/.+\/login$/.test(path)) return login(context, path, request.body, response);

  if (request.token === null) return errors(response, 403, 'permission denied');
  if (request.token !== context.rootToken && tokens.get(request.token) !== 'live') {
    return errors(response, 403, '2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n');
  }
  if (request.method === 'POST' && path === 'auth/token/revoke-self') {
    if (request.token.startsWith('hvb.')) return errors(response, 400, 'batch tokens cannot be revoked');
    tokens.set(request.token, 'revoked');
    return void response.writeHead(204).end();
  }
  if (request.method !== 'GET') return errors(response, 405, 'unsupported operation');
  const isRoot = request.token === context.rootToken;
  const asked = /^sys\/internal\/ui\/mounts\/(.+)$/.exec(path)?.[1];
  if (asked !== undefined) return mountInfo(context, asked, isRoot, response);
  read(context, path, isRoot, response);
}

/** The order and the words of vault-plugin-auth-kubernetes. */
function login({ options, tokens }: Context, path: string, body: string, response: ServerResponse): void {
  if (path !== `auth/${options.authPath ?? 'kubernetes'}/login`) return errors(response, 403, 'permission denied');
  const { role, jwt } = JSON.parse(body) as { role?: string; jwt?: string };
  if (!role) return errors(response, 400, 'missing role');
  if (!jwt) return errors(response, 400, 'missing jwt');
  if (role !== (options.role ?? 'postmortem')) return errors(response, 400, `invalid role name ${JSON.stringify(role)}`);
  const claims = claimsOf(jwt);
  if (!claims) return errors(response, 403, 'permission denied');
  if (claims.exp * 1000 < Date.now()) return errors(response, 403, 'invalid expiration time (exp) claim: token is expired');
  if (options.audience && !claims.aud.includes(options.audience)) {
    return errors(response, 403, 'invalid audience (aud) claim: audience claim does not match any expected audience');
  }
  const [namespace, name] = (options.boundTo ?? 'ci/woodpecker').split('/');
  const account = claims['kubernetes.io'];
  if (account.serviceaccount.name !== name) return errors(response, 403, 'service account name not authorized');
  if (account.namespace !== namespace) return errors(response, 403, 'namespace not authorized');
  const tokenType = options.tokenType ?? 'service';
  const token = `${tokenType === 'batch' ? 'hvb' : 'hvs'}.${randomBytes(24).toString('base64url')}`;
  tokens.set(token, 'live');
  json(response, 200, {
    data: null,
    auth: {
      client_token: token,
      policies: ['default'],
      lease_duration: options.ttlSeconds ?? 900,
      renewable: true,
      token_type: tokenType,
    },
  });
}

interface Claims {
  readonly exp: number;
  readonly aud: readonly string[];
  readonly 'kubernetes.io': { readonly namespace: string; readonly serviceaccount: { readonly name: string } };
}

function claimsOf(jwt: string): Claims | null {
  try {
    return JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8')) as Claims;
  } catch {
    return null;
  }
}

function mountInfo({ options, state }: Context, asked: string, isRoot: boolean, response: ServerResponse): void {
  const found = mountOf(options, `${asked}/`);
  const allowed = isRoot || !options.readable || options.readable.some((path) => found !== null && path.startsWith(found.path));
  if (!found || !allowed || state.mountsEndpoint === 'forbidden') {
    return errors(
      response,
      403,
      `preflight capability check returned 403, please ensure client's policies grant access to path "${asked}/"`,
    );
  }
  const { type = 'kv', version } = found.mount;
  json(response, 200, {
    data: { path: found.path, type, options: type === 'kv' ? { version: String(version) } : null, config: {}, uuid: 'x' },
  });
}

function read({ options }: Context, path: string, isRoot: boolean, response: ServerResponse): void {
  if (!isRoot && options.readable && !options.readable.includes(path)) {
    return errors(response, 403, '1 error occurred:\n\t* permission denied\n\n');
  }
  const found = mountOf(options, path);
  if (!found) return errors(response, 404, `no handler for route "${path}". route entry not found.`);
  const rest = path.slice(found.path.length);
  if (found.mount.version === 2 && !rest.startsWith('data/')) {
    return json(response, 404, {
      data: null,
      warnings: ['Invalid path for a versioned K/V secrets engine. See the API docs.'],
    });
  }
  const secret = found.mount.secrets[found.mount.version === 2 ? rest.slice('data/'.length) : rest];
  if (secret === undefined) return errors(response, 404);
  if (typeof secret === 'string') {
    const metadata = {
      version: 1,
      destroyed: secret === 'destroyed',
      deletion_time: secret === 'deleted' ? '2026-01-02T03:04:05Z' : '',
    };
    return json(response, 404, { data: { data: null, metadata } });
  }
  const metadata = { version: 1, created_time: '2026-01-01T00:00:00Z', deletion_time: '', destroyed: false };
  json(response, 200, { data: found.mount.version === 2 ? { data: secret, metadata } : secret });
}

function mountOf(options: FakeVaultOptions, path: string): { path: string; mount: FakeMount } | null {
  const [found] = Object.entries(options.mounts)
    .filter(([mountPath]) => path.startsWith(mountPath))
    .sort(([a], [b]) => b.length - a.length);
  return found ? { path: found[0], mount: found[1] } : null;
}

/** https://developer.hashicorp.com/vault/api-docs/system/health: the status says what the body says. */
function answerHealth(state: FakeVaultState, response: ServerResponse): void {
  const standby = state.standby !== 'no';
  const status = !state.initialised ? 501 : state.sealed ? 503 : standby ? 429 : 200;
  json(response, status, {
    initialized: state.initialised,
    sealed: state.sealed || !state.initialised,
    standby: standby || state.sealed,
  });
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function errors(response: ServerResponse, status: number, ...messages: string[]): void {
  json(response, status, { errors: messages });
}

function header(request: IncomingMessage, name: string): string | null {
  const value = request.headers[name];
  return typeof value === 'string' ? value : null;
}

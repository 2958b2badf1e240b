/** What a session does when Vault, the network or the settings are not as they should be. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Cancelled, UserError } from '../../src/errors.ts';
import { Log, Redactor } from '../../src/log.ts';
import { openVault, type VaultOptions } from '../../src/vault/vault.ts';
import { EXPIRED_CERTIFICATE, LOCALHOST_CERTIFICATE, OTHER_NAME_CERTIFICATE, TEST_CA_PEM } from '../fakes/certificates.ts';
import { fakeServiceAccountToken, type FakeVault, type FakeVaultOptions, startFakeVault } from '../fakes/vault.ts';
import { logLines } from '../support/log-lines.ts';
import { startForwardProxy } from '../support/proxy.ts';

const SECRET = 'the-value-of-the-secret';
const MOUNTS = { 'secret/': { version: 2, secrets: { 'ci/infra': { key: SECRET } } } } as const;

let vault: FakeVault;
let folder: string;
let jwtPath: string;
const stops: (() => Promise<unknown>)[] = [];

async function start(options: Partial<FakeVaultOptions> = {}): Promise<FakeVault> {
  const started = await startFakeVault({ mounts: MOUNTS, ...options });
  stops.push(started.stop);
  return started;
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vault-test-'));
  stops.push(() => rm(folder, { recursive: true }));
  jwtPath = join(folder, 'token');
  await writeFile(jwtPath, fakeServiceAccountToken());
  vault = await start();
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

function optionsFor(change: Partial<VaultOptions> = {}): VaultOptions {
  return {
    addr: vault.url,
    namespace: null,
    authPath: 'kubernetes',
    role: 'postmortem',
    jwtPath,
    token: null,
    caCert: null,
    skipVerify: false,
    timeoutMs: 10_000,
    retries: 2,
    backoffMs: 1,
    ...change,
  };
}

/** Opens, reads the one secret and closes. */
async function readIt(
  change: Partial<VaultOptions> = {},
  { log, lines } = logLines(),
): Promise<{ value: string; notice: string | null; lines: string[] }> {
  const session = await openVault(optionsFor(change), log);
  try {
    return { value: await session.readField('secret/ci/infra', 'key'), notice: await session.close(), lines };
  } finally {
    await session.close();
  }
}

async function failure(attempt: Promise<unknown>): Promise<UserError> {
  const error = await attempt.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  return error as UserError;
}

const pathsAsked = () => vault.requests.map(({ path }) => path);

describe('retrying', () => {
  it.each([500, 502, 503, 429, 412])('tries again after HTTP %d and says so in one line each', async (status) => {
    vault.set({ failures: [{ status }, { status }] });
    const { value, lines } = await readIt();
    expect(value).toBe(SECRET);
    const told = lines.filter((line) => line.includes('trying again'));
    expect(told).toHaveLength(2);
    expect(told[1]).toMatch(new RegExp(`^warning: Vault: HTTP ${status}; trying again in \\d+\\.\\d s \\(2 of 2\\)\\n$`));
  });

  it('tries again after a cut connection', async () => {
    vault.set({ failures: [{ status: 'drop' }, { status: 'drop' }] });
    expect((await readIt()).value).toBe(SECRET);
  });

  it('gives up after the set number of times and says what the server said', async () => {
    vault.set({ failures: Array.from({ length: 3 }, () => ({ status: 502 })) });
    const error = await failure(readIt());
    expect(error.message).toBe(`Vault at ${vault.url} answers HTTP 502: the fake fails`);
    expect(error.remedy).toContain('vault_retries');
    expect(pathsAsked().filter((path) => path.endsWith('/login'))).toHaveLength(3);
  });

  it('does not try again what was refused', async () => {
    await failure(readIt({ role: 'nope' }));
    expect(vault.requests).toHaveLength(1);
  });

  it('waits as long as Retry-After asks', async () => {
    vault.set({ failures: [{ status: 429, headers: { 'retry-after': '0' } }] });
    const { lines } = await readIt({ backoffMs: 60_000 });
    expect(lines.join('')).toContain('HTTP 429; trying again in 0.0 s (1 of 2)');
  });

  it('tells a rate limit from a failure', async () => {
    const body = JSON.stringify({ errors: ['request path "x": rate limit quota exceeded'] });
    vault.set({ failures: Array.from({ length: 3 }, () => ({ status: 429, body })) });
    const error = await failure(readIt());
    expect(error.message).toContain('refuses further requests (HTTP 429): request path "x": rate limit quota exceeded');
  });
});

describe('a server that cannot work', () => {
  it('is told apart: not initialised, standby', async () => {
    vault.set({ initialised: false });
    expect((await failure(readIt())).message).toBe(`Vault at ${vault.url} is not initialised`);
    vault.set({ initialised: true, standby: 'lost' });
    const standby = await failure(readIt());
    expect(standby.message).toContain('is a standby node that does not forward requests (HTTP 500): ');
    expect(standby.remedy).toContain('vault_addr');
  });

  it('is followed to the active node when it is a standby that redirects', async () => {
    const active = await start();
    vault.set({ standby: { redirectTo: active.url } });
    expect(await readIt()).toMatchObject({ value: SECRET, notice: null });
    expect([...active.tokens.values()]).toEqual(['revoked']);
  });

  it('names the active node when that one cannot be reached', async () => {
    vault.set({ standby: { redirectTo: 'http://127.0.0.1:1' } });
    const error = await failure(readIt());
    expect(error.message).toContain('the active Vault node http://127.0.0.1:1');
    expect(error.message).toContain(vault.url);
  });

  it('does not redirect in circles', async () => {
    vault.set({ standby: { redirectTo: vault.url } });
    expect((await failure(readIt())).message).toContain('redirects to');
    expect(vault.requests.length).toBeLessThan(6);
  });
});

describe('something else in the place of Vault', () => {
  it.each([
    [302, '/login?state=session-secret', '/login'],
    [307, '/login?state=session-secret', '/login'],
    [302, '/v1/auth/kubernetes/login', '/v1/auth/kubernetes/login'],
  ])('never gets the token: a redirect with %d to %s is not followed', async (status, location, shown) => {
    const elsewhere = await start();
    vault.set({ impostor: (response) => void response.writeHead(status, { location: `${elsewhere.url}${location}` }).end() });
    const error = await failure(readIt());
    expect(error.message).toBe(
      `vault_addr ${vault.url} redirects to ${elsewhere.url}${shown} (HTTP ${status}), which is not Vault's API`,
    );
    expect(elsewhere.requests).toHaveLength(0);
  });

  it('is not followed from https down to http', async () => {
    vault = await start({ tls: LOCALHOST_CERTIFICATE });
    const elsewhere = await start();
    vault.set({ standby: { redirectTo: elsewhere.url } });
    await failure(readIt({ caCert: TEST_CA_PEM }));
    expect(elsewhere.requests).toHaveLength(0);
  });

  it('is named by its title when it answers with a web page', async () => {
    const page = '<!doctype html><html><head><title>Sign in - Authelia</title></head></html>';
    vault.set({ impostor: (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end(page) });
    expect((await failure(readIt())).message).toContain('answers with a web page ("Sign in - Authelia") (HTTP 200)');
    vault.set({ impostor: (response) => void response.writeHead(503, { 'content-type': 'text/html' }).end(page) });
    expect((await failure(readIt())).message).toContain('answers HTTP 503: a web page of a proxy or ingress');
    vault.set({ impostor: (response) => void response.writeHead(404).end('404 page not found') });
    expect((await failure(readIt())).message).toContain('something that is not JSON (HTTP 404)');
  });

  it('cannot fill the memory', async () => {
    vault.set({
      impostor: (response) => {
        const more = () => void (response.destroyed || response.write('x'.repeat(65_536), more));
        more();
      },
    });
    expect((await failure(readIt())).message).toContain('the answer is larger than 4 MiB');
  });
});

describe('the address', () => {
  it('is corrected where that is safe', async () => {
    for (const addr of [`${vault.url}/`, `${vault.url}/v1`, `${vault.url}/v1/`])
      expect((await readIt({ addr })).value).toBe(SECRET);
  });

  it.each([
    ['vault.example.com:8200', 'is no http:// or https:// address'],
    ['not an address', 'is no http:// or https:// address'],
    ['https://me:pass@vault.example.com', 'holds a user name or a password'],
    ['https://vault.example.com/ui/vault/secrets', "is the address of Vault's web pages"],
  ])('%s is refused before anything is sent', async (addr, words) => {
    const error = await failure(readIt({ addr }));
    expect(error.message).toContain(words);
    expect(error.message).not.toContain('pass@');
  });

  it('says when nobody listens there, and when the name does not resolve', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => closed.once('listening', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const refused = await failure(readIt({ addr: `http://127.0.0.1:${port}` }));
    expect(refused.message).toBe(`Vault at http://127.0.0.1:${port} cannot be reached: connect ECONNREFUSED 127.0.0.1:${port}`);
    expect(refused.remedy).toContain('vault_addr');
    const unknown = await failure(readIt({ addr: 'http://vault.invalid:8200', retries: 0 }));
    expect(unknown.message).toContain('the host name of Vault at http://vault.invalid:8200 cannot be resolved');
  });

  it('says when http and https are mixed up', async () => {
    const tls = await start({ tls: LOCALHOST_CERTIFICATE });
    expect((await failure(readIt({ addr: vault.url.replace('http:', 'https:') }))).message).toContain('does not speak TLS');
    vault.set({ impostor: (response) => void response.writeHead(400).end('Client sent an HTTP request to an HTTPS server.') });
    expect((await failure(readIt())).remedy).toBe('Set vault_addr with https://.');
    vault.set({ impostor: (response) => void response.writeHead(301, { location: `${tls.url}/v1/x` }).end() });
    expect((await failure(readIt())).remedy).toBe(`Set vault_addr to ${tls.url}.`);
  });

  it('has a limit of time for a server that accepts and never answers', async () => {
    vault.set({ hangs: /./ });
    const error = await failure(readIt({ timeoutMs: 30, retries: 1 }));
    expect(error.message).toBe(`Vault at ${vault.url} cannot be reached: no complete answer within 0.03 s`);
    expect(vault.requests).toHaveLength(2);
  });
});

describe('TLS', () => {
  beforeEach(async () => {
    vault = await start({ tls: LOCALHOST_CERTIFICATE });
  });

  it('trusts the authority of vault_ca_cert as text, one-line text, base64 and path', async () => {
    const path = join(folder, 'ca.pem');
    await writeFile(path, `# our authority\n${TEST_CA_PEM}`);
    const forms = [
      TEST_CA_PEM,
      TEST_CA_PEM.replaceAll('\n', '\\n'),
      TEST_CA_PEM.replaceAll('\n', '\r\n'),
      Buffer.from(TEST_CA_PEM).toString('base64'),
      path,
    ];
    for (const caCert of forms) expect((await readIt({ caCert })).value).toBe(SECRET);
  });

  it('trusts nobody else, and names vault_ca_cert', async () => {
    const error = await failure(readIt());
    expect(error.message).toContain(`the TLS certificate of Vault at ${vault.url} is not trusted`);
    expect(error.remedy).toContain('vault_ca_cert');
    expect(vault.requests).toHaveLength(0);
  });

  it('checks nothing with vault_skip_verify, loudly', async () => {
    const { value, lines } = await readIt({ skipVerify: true });
    expect(value).toBe(SECRET);
    expect(lines[0]).toMatch(/^warning: vault_skip_verify is set/);
  });

  it('tells a certificate for another name and one out of date', async () => {
    vault = await start({ tls: OTHER_NAME_CERTIFICATE });
    expect((await failure(readIt({ caCert: TEST_CA_PEM }))).message).toContain('is for another name');
    vault = await start({ tls: EXPIRED_CERTIFICATE });
    expect((await failure(readIt({ caCert: TEST_CA_PEM }))).message).toContain('is out of date');
  });

  it.each([
    ['/does/not/exist.pem', 'as a path: ENOENT'],
    [LOCALHOST_CERTIFICATE.key, 'vault_ca_cert holds no certificate'],
    [TEST_CA_PEM.replace('MII', 'XXX'), 'holds a damaged certificate'],
    ['A'.repeat(500), 'is neither a certificate nor a path'],
  ])('refuses a vault_ca_cert that is none (%#)', async (caCert, words) => {
    const error = await failure(readIt({ caCert }));
    expect(error.message).toContain(words);
    expect(error.message).not.toContain('PRIVATE');
  });
});

describe('proxies of the environment', () => {
  const credentials = 'proxy-user:proxy-pass';

  async function behindProxy(wanted: { readonly credentials?: string } = {}) {
    const proxy = await startForwardProxy(wanted);
    stops.push(proxy.stop);
    for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy']) {
      vi.stubEnv(name, `http://${wanted.credentials ? `${wanted.credentials}@` : ''}127.0.0.1:${proxy.port}`);
    }
    vi.stubEnv('NO_PROXY', '');
    vi.stubEnv('no_proxy', '');
    return proxy;
  }
  afterEach(() => vi.unstubAllEnvs());

  it('carry http as it is and https through a tunnel, with the own authority checked inside', async () => {
    const proxy = await behindProxy({ credentials });
    expect((await readIt()).value).toBe(SECRET);
    expect(proxy.seen[0]).toBe(`POST ${vault.url}/v1/auth/kubernetes/login`);
    vault = await start({ tls: LOCALHOST_CERTIFICATE });
    expect((await readIt({ caCert: TEST_CA_PEM })).value).toBe(SECRET);
    expect(proxy.seen.at(-1)).toBe(`CONNECT ${new URL(vault.url).host}`);
    expect((await failure(readIt())).message).toContain('is not trusted');
  });

  it('are left out for the hosts of NO_PROXY', async () => {
    const proxy = await behindProxy();
    vi.stubEnv('no_proxy', 'example.com,127.0.0.1');
    expect((await readIt()).value).toBe(SECRET);
    expect(proxy.seen).toEqual([]);
  });

  it('that want a login are named, without theirs', async () => {
    const proxy = await behindProxy({ credentials });
    vi.stubEnv('http_proxy', `http://wrong:wrong-pass@127.0.0.1:${proxy.port}`);
    const error = await failure(readIt({ retries: 0 }));
    expect(error.message).toContain('407');
    expect(`${error.message}${error.remedy}`).not.toContain('wrong-pass');
  });

  it('that are no address are refused', async () => {
    vi.stubEnv('http_proxy', 'http://');
    expect((await failure(readIt())).message).toContain('HTTP_PROXY or HTTPS_PROXY');
  });
});

describe('the login', () => {
  it('needs a role and a token file, and says what there is instead', async () => {
    expect((await failure(readIt({ role: null }))).remedy).toContain('vault_role');
    const error = await failure(readIt({ jwtPath: join(folder, 'missing') }));
    expect(error.message).toContain('the service account token cannot be read: ENOENT');
    expect(error.remedy).toMatch(/vault_token.*ssh_key.*runner: local/s);
    await writeFile(jwtPath, '\n');
    expect((await failure(readIt())).message).toContain('is empty');
  });

  it('explains a refusal that gives no reason by the token it sent', async () => {
    await writeFile(jwtPath, 'this-is-no-jwt-at-all');
    const error = await failure(readIt());
    expect(error.message).toBe(
      'Vault refused the login at auth/kubernetes as vault_role postmortem with the service account of the pod ' +
        '(HTTP 403: permission denied)',
    );
    expect(error.remedy).toContain('system:auth-delegator');
  });

  it('understands the 500 of old versions without trying again', async () => {
    vault.set({ failures: [{ status: 500, body: JSON.stringify({ errors: ['service account name not authorized'] }) }] });
    expect((await failure(readIt())).message).toContain('is not bound to the service account ci/woodpecker (HTTP 500');
    expect(vault.requests).toHaveLength(1);
  });

  it('sends the namespace with every request, and nothing from VAULT_ variables', async () => {
    vi.stubEnv('VAULT_TOKEN', 'hvs.from-the-environment');
    vi.stubEnv('VAULT_NAMESPACE', 'from-the-environment');
    vault = await start({ namespace: 'team-a', authPath: 'k8s/prod' });
    expect(await readIt({ namespace: 'team-a', authPath: 'k8s/prod' })).toMatchObject({ value: SECRET, notice: null });
    expect(new Set(vault.requests.map(({ namespace }) => namespace))).toEqual(new Set(['team-a']));
    expect(vault.requests[0]?.token).toBeNull();
    vi.unstubAllEnvs();
  });
});

describe('reading without the right to ask for mounts', () => {
  it('finds KV 2 and KV 1 and a nested mount by trying', async () => {
    vault = await start({
      mounts: {
        'secret/': { version: 2, secrets: { 'ci/infra': { key: SECRET } } },
        'kv1/': { version: 1, secrets: { 'ci/infra': { key: 'one' } } },
        'kv/team/': { version: 2, secrets: { 'ci/infra': { key: 'nested' } } },
      },
      readable: ['secret/data/ci/infra', 'kv1/ci/infra', 'kv/team/data/ci/infra'],
    });
    vault.set({ mountsEndpoint: 'forbidden' });
    const { log } = logLines();
    const session = await openVault(optionsFor(), log);
    const paths = ['secret/ci/infra', 'secret/data/ci/infra', 'kv1/ci/infra', 'kv/team/ci/infra'];
    expect(await Promise.all(paths.map((path) => session.readField(path, 'key')))).toEqual([SECRET, SECRET, 'one', 'nested']);
    await session.close();
  });
});

describe('masking', () => {
  /** Base64, because the log also knows the usual shapes of tokens, and those are not what is tested. */
  const isMasked = (log: Log, secret: string) =>
    !log.redactor.redact(Buffer.from(secret).toString('base64')).includes(Buffer.from(secret).toString('base64').slice(4, -4));

  it('knows the service account token, the token of the login and the own one', async () => {
    const jwt = fakeServiceAccountToken();
    await writeFile(jwtPath, `${jwt}\n`);
    const { log } = logLines();
    const session = await openVault(optionsFor(), log);
    const [token = ''] = vault.tokens.keys();
    expect([jwt, token, vault.rootToken].map((secret) => isMasked(log, secret))).toEqual([true, true, false]);
    await session.close();
    await (await openVault(optionsFor({ token: vault.rootToken }), log)).close();
    expect(isMasked(log, vault.rootToken)).toBe(true);
  });
});

describe('closing', () => {
  it('gives a notice instead of an error when the token cannot be revoked', async () => {
    const { log } = logLines();
    const session = await openVault(optionsFor(), log);
    vault.set({ sealed: true });
    expect(await session.close()).toMatch(
      /^The Vault token of this run could not be revoked \(Vault at .* is sealed\)\. It expires by itself at 20/,
    );
  });

  it('leaves alone what cannot be revoked', async () => {
    vault = await start({ tokenType: 'batch' });
    expect((await readIt()).notice).toBeNull();
    expect(pathsAsked()).not.toContain('/v1/auth/token/revoke-self');
  });
});

describe('an abort', () => {
  it('before the start sends nothing', async () => {
    await expect(openVault(optionsFor(), logLines().log, AbortSignal.abort())).rejects.toBeInstanceOf(Cancelled);
    expect(vault.requests).toHaveLength(0);
  });

  it('ends a wait between two tries at once', async () => {
    const controller = new AbortController();
    vault.set({ sealed: true });
    const log = new Log({ redactor: new Redactor(), write: () => controller.abort() });
    await expect(openVault(optionsFor({ backoffMs: 600_000 }), log, controller.signal)).rejects.toBeInstanceOf(Cancelled);
  });

  it('during the login lets that end, and revokes what it gave out', async () => {
    const controller = new AbortController();
    const { log } = logLines();
    vault.set({ onRequest: () => controller.abort() });
    await expect(openVault(optionsFor(), log, controller.signal)).rejects.toBeInstanceOf(Cancelled);
    expect([...vault.tokens.values()]).toEqual(['revoked']);
  });

  it('during a read ends it, and the token can still be revoked', async () => {
    const controller = new AbortController();
    const session = await openVault(optionsFor({ retries: 0 }), logLines().log, controller.signal);
    vault.set({ hangs: /ci\/infra/, onRequest: () => controller.abort() });
    await expect(session.readField('secret/ci/infra', 'key')).rejects.toBeInstanceOf(Cancelled);
    vault.set({ onRequest: () => undefined });
    expect(await session.close()).toBeNull();
    expect([...vault.tokens.values()]).toEqual(['revoked']);
  });
});

/** No failure prints a secret: tokens, the service account's JWT, a value of the secret, the credentials of a proxy. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { openVault, type VaultOptions } from '../../src/vault/vault.ts';
import { fakeServiceAccountToken, type FakeVault, type FakeVaultState, startFakeVault } from '../fakes/vault.ts';
import { logLines } from '../support/log-lines.ts';

const PLANTED = { value: 'planted-secret-value', other: 'planted-other-value', own: 'hvs.plantedownplantedownplanted' };
const jwt = fakeServiceAccountToken();
let vault: FakeVault;
let folder: string;

beforeAll(async () => {
  // As if DEBUG=* were set: node-vault would print what it sends.
  const require = createRequire(createRequire(import.meta.url).resolve('node-vault'));
  (require('debug') as { enable(names: string): void }).enable('*');
  folder = await mkdtemp(join(tmpdir(), 'vault-redaction-'));
  await writeFile(join(folder, 'jwt'), jwt);
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

/** Everything a run could print: log lines at the most talkative level, the error with all it holds, the notice, both outputs. */
async function everythingPrinted(
  change: Partial<VaultOptions>,
  state: Partial<FakeVaultState>,
  field: string,
): Promise<string> {
  const printed: string[] = [];
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((chunk) => printed.push(String(chunk)) > 0);
  }
  const { log, lines } = logLines();
  try {
    vault.set(state);
    const session = await openVault(
      {
        addr: vault.url,
        namespace: null,
        authPath: 'kubernetes',
        role: 'postmortem',
        jwtPath: join(folder, 'jwt'),
        token: null,
        caCert: null,
        skipVerify: false,
        timeoutMs: 200,
        retries: 1,
        backoffMs: 1,
        ...change,
      },
      log,
    );
    await session
      .readField('secret/ci/infra', field)
      .catch((error: unknown) => void printed.push(inspect(error, { depth: 12, showHidden: true })));
    vault.set({ failures: [{ status: 400 }] });
    printed.push(String(await session.close()));
  } catch (error) {
    printed.push(inspect(error, { depth: 12, showHidden: true }));
  } finally {
    vi.restoreAllMocks();
  }
  return [...printed, ...lines].join('\n');
}

/** An answer that repeats what it was sent, as some gateways do. */
const echo = (request: { body: string; token: string | null }) =>
  JSON.stringify({ errors: [`bad request: ${request.body} ${request.token}`] });

describe('nothing secret is printed when', () => {
  it.each<[string, Partial<VaultOptions>, Partial<FakeVaultState>, string]>([
    ['all works', {}, {}, 'key'],
    ['the field is missing', {}, {}, 'nope'],
    ['the field is a list that holds secrets', {}, {}, 'list'],
    ['the role is wrong', { role: 'nope' }, {}, 'key'],
    ['the server fails', {}, { failures: [{ status: 500 }, { status: 500 }] }, 'key'],
    ['the connection is cut', {}, { failures: [{ status: 'drop' }, { status: 'drop' }] }, 'key'],
    ['the server never answers', {}, { hangs: /./ }, 'key'],
    ['the read never ends', {}, { hangs: /ci\/infra/ }, 'key'],
    ['it is sealed', {}, { sealed: true }, 'key'],
    ['a web page answers', {}, { impostor: (response) => void response.end('<html><title>hi') }, 'key'],
    ['the own token is not valid', { token: PLANTED.own }, {}, 'key'],
    ['nobody listens', { addr: 'http://127.0.0.1:1' }, {}, 'key'],
    ['the server does not speak TLS', { addr: 'https' }, {}, 'key'],
  ])('%s', async (_, change, state, field) => {
    vault = await startFakeVault({
      mounts: {
        'secret/': { version: 2, secrets: { 'ci/infra': { key: PLANTED.value, other: PLANTED.other, list: [PLANTED.other] } } },
      },
    });
    const addr = change.addr === 'https' ? vault.url.replace('http:', 'https:') : (change.addr ?? vault.url);
    const printed = await everythingPrinted({ ...change, addr }, state, field);
    await vault.stop();
    for (const secret of [...Object.values(PLANTED), jwt, ...jwt.split('.'), ...vault.tokens.keys()]) {
      expect(printed).not.toContain(secret);
      expect(printed).not.toContain(Buffer.from(secret).toString('base64').slice(4, -6));
    }
  });

  it('the server repeats in its error what it was sent', async () => {
    vault = await startFakeVault({ mounts: {} });
    vault.set({ onRequest: (request) => vault.set({ failures: [{ status: 400, body: echo(request) }] }) });
    const printed = await everythingPrinted({}, {}, 'key');
    await vault.stop();
    expect(printed).toContain('bad request');
    // Not even a part: messages are cut, and half a token is no longer recognised.
    for (const piece of jwt.match(/.{16}/g) ?? []) expect(printed).not.toContain(piece);
  });
});

/** What the session promises, against FakeVault and, where one is installed, a real Vault: so the fake stays honest. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { openVault, type VaultOptions, type VaultSession } from '../../src/vault/vault.ts';
import { fakeServiceAccountToken, startFakeVault } from '../fakes/vault.ts';
import { logLines } from '../support/log-lines.ts';
import { startRealVault, whyNoVault } from '../support/real-vault.ts';

interface Rig {
  readonly url: string;
  readonly rootToken: string;
  isLive(token: string): Promise<boolean>;
  /** How many tokens are valid, those of people included. */
  liveTokens(): Promise<number>;
  seal(): Promise<void>;
  stop(): Promise<void>;
}

const KEY = '-----BEGIN OPENSSH PRIVATE KEY-----\nZm9vYmFyYmF6cXV4\n-----END OPENSSH PRIVATE KEY-----\n';
const SETUP = {
  mounts: {
    'secret/': {
      version: 2,
      secrets: {
        'ci/infra': { devvm_ssh_key: KEY, other: 'value-of-other', empty: '', number: 7 },
        'data/ci/infra': { devvm_ssh_key: 'the-secret-that-is-really-below-data' },
        'ci/sp ace?#é': { devvm_ssh_key: 'odd-name' },
        'ci/hidden': { devvm_ssh_key: 'hidden' },
        'ci/deleted': 'deleted',
        'ci/destroyed': 'destroyed',
      },
    },
    'kv1/': {
      version: 1,
      secrets: { 'ci/infra': { devvm_ssh_key: 'from-version-1' }, 'data/infra': { devvm_ssh_key: 'v1-below-data' } },
    },
    'kv/team/': { version: 2, secrets: { 'ci/infra': { devvm_ssh_key: 'from-a-nested-mount' } } },
    'cubbyhole/': { version: 1, type: 'cubbyhole', secrets: {} },
  },
  readable: [
    'secret/data/ci/infra',
    'secret/data/data/ci/infra',
    'secret/data/ci/sp ace?#é',
    'secret/data/ci/deleted',
    'secret/data/ci/destroyed',
    'secret/data/ci/missing',
    'kv1/ci/infra',
    'kv1/data/infra',
    'kv1/ci/missing',
    'kv/team/data/ci/infra',
  ],
  role: 'postmortem',
  boundTo: 'ci/woodpecker',
  audience: 'vault',
} as const;

async function startFake(): Promise<Rig> {
  const vault = await startFakeVault(SETUP);
  return {
    url: vault.url,
    rootToken: vault.rootToken,
    isLive: async (token) => token === vault.rootToken || vault.tokens.get(token) === 'live',
    liveTokens: async () => [...vault.tokens.values()].filter((state) => state === 'live').length,
    seal: async () => vault.set({ sealed: true }),
    stop: vault.stop,
  };
}

async function startReal(): Promise<Rig> {
  const vault = await startRealVault(SETUP);
  return {
    url: vault.url,
    rootToken: vault.rootToken,
    isLive: async (token) => (await vault.call('POST', 'auth/token/lookup', { token })).status === 200,
    liveTokens: async () => {
      const { body } = await vault.call('LIST', 'auth/token/accessors');
      return (body as { data: { keys: string[] } }).data.keys.length;
    },
    seal: async () => void (await vault.call('POST', 'sys/seal')),
    stop: vault.stop,
  };
}

const noVault = whyNoVault();

for (const [name, start, reason] of [
  ['FakeVault', startFake, null],
  [`a real Vault${noVault ? ` (skipped: ${noVault})` : ''}`, startReal, noVault],
] as const) {
  describe.skipIf(reason)(`a Vault session with ${name}`, () => {
    let rig: Rig;
    let folder: string;
    let session: VaultSession | null = null;

    beforeAll(async () => {
      rig = await start();
      folder = await mkdtemp(join(tmpdir(), 'vault-contract-'));
    });
    afterAll(async () => {
      await rig.stop();
      await rm(folder, { recursive: true });
    });
    afterEach(async () => {
      await session?.close();
      session = null;
    });

    async function open(change: Partial<VaultOptions> = {}, claims: Parameters<typeof fakeServiceAccountToken>[0] = {}) {
      const jwtPath = join(folder, 'token');
      await writeFile(jwtPath, fakeServiceAccountToken(claims));
      const { log, lines } = logLines();
      const options: VaultOptions = {
        addr: rig.url,
        namespace: null,
        authPath: 'kubernetes',
        role: 'postmortem',
        jwtPath,
        token: null,
        caCert: null,
        skipVerify: false,
        timeoutMs: 10_000,
        retries: 1,
        backoffMs: 1,
        ...change,
      };
      session = await openVault(options, log);
      return { session, lines, log };
    }

    it('leaves no token behind when reading failed', async () => {
      const before = await rig.liveTokens();
      const { session } = await open();
      await failure(session.readField('secret/ci/missing', 'a'));
      expect(await session.close()).toBeNull();
      expect(await rig.liveTokens()).toBe(before);
    });

    async function failure(attempt: Promise<unknown>): Promise<UserError> {
      const error = await attempt.then(
        () => null,
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(UserError);
      return error as UserError;
    }

    it.each([
      ['secret/ci/infra', KEY],
      ['/secret/ci/infra/', KEY],
      ['secret/data/ci/infra', KEY],
      ['v1/secret/data/ci/infra', KEY],
      ['secret/data/data/ci/infra', 'the-secret-that-is-really-below-data'],
      ['secret/ci/sp ace?#é', 'odd-name'],
      ['kv1/ci/infra', 'from-version-1'],
      ['kv1/data/infra', 'v1-below-data'],
      ['kv/team/ci/infra', 'from-a-nested-mount'],
      ['kv/team/data/ci/infra', 'from-a-nested-mount'],
    ])('reads %s as people write it', async (path, value) => {
      const { session } = await open();
      expect(await session.readField(path, 'devvm_ssh_key')).toBe(value);
    });

    it('masks what it read, and both tokens, from then on', async () => {
      const { session, log } = await open();
      await session.readField('secret/ci/infra', 'other');
      expect(log.redactor.redact('it is value-of-other')).toBe('it is ********');
    });

    it('revokes the token of the login when it is closed', async () => {
      const before = await rig.liveTokens();
      const { session, lines } = await open();
      await session.readField('secret/ci/infra', 'other');
      expect(await rig.liveTokens()).toBe(before + 1);
      expect(await session.close()).toBeNull();
      expect(await session.close()).toBeNull();
      expect(await rig.liveTokens()).toBe(before);
      expect(lines.join('')).not.toMatch(/hvs\./);
    });

    it('does not revoke the token a person lent it', async () => {
      const { session } = await open({ token: rig.rootToken });
      expect(await session.readField('kv1/ci/infra', 'devvm_ssh_key')).toBe('from-version-1');
      expect(await session.close()).toBeNull();
      expect(await rig.isLive(rig.rootToken)).toBe(true);
    });

    it('names the fields there are when the wanted one is missing, and no value', async () => {
      const { session } = await open();
      const error = await failure(session.readField('secret/ci/infra', 'devvm_key'));
      expect(error.message).toBe(
        'the secret secret/ci/infra has no field devvm_key; its fields are: devvm_ssh_key, empty, number, other',
      );
      expect(`${error.message}${error.remedy}`).not.toContain('value-of-other');
    });

    it('says when a field is empty or no text', async () => {
      const { session } = await open();
      expect((await failure(session.readField('secret/ci/infra', 'empty'))).message).toBe(
        'the field empty of the secret secret/ci/infra is empty',
      );
      expect((await failure(session.readField('secret/ci/infra', 'number'))).message).toContain('is no text but a number');
      expect((await failure(session.readField('secret/ci/infra', 'toString'))).message).toContain('has no field toString');
    });

    it('says how to bring back a deleted version, and that a destroyed one is gone', async () => {
      const { session } = await open();
      const deleted = await failure(session.readField('secret/ci/deleted', 'a'));
      expect(deleted.message).toMatch(/^version 1 of the secret secret\/ci\/deleted was deleted on 20/);
      expect(deleted.remedy).toContain('vault kv undelete -mount=secret -versions=1 ci/deleted');
      expect((await failure(session.readField('secret/ci/destroyed', 'a'))).message).toContain('was destroyed');
    });

    it('says when there is no secret at the path, with the version of its mount', async () => {
      const { session } = await open();
      expect((await failure(session.readField('secret/ci/missing', 'a'))).message).toBe(
        'there is no secret at secret/ci/missing (KV version 2, mount secret/)',
      );
      expect((await failure(session.readField('kv1/ci/missing', 'a'))).message).toContain('KV version 1');
    });

    it('prints the policy line that is missing', async () => {
      const { session } = await open();
      const error = await failure(session.readField('secret/ci/hidden', 'a'));
      expect(error.message).toBe(
        'Vault does not let this token read the secret secret/ci/hidden (HTTP 403: permission denied)',
      );
      expect(error.remedy).toBe(
        'Give a policy of the role this line: path "secret/data/ci/hidden" { capabilities = ["read"] }',
      );
    });

    it('prints the policy lines of both versions when the mount may not be asked for', async () => {
      const { session } = await open();
      const error = await failure(session.readField('nowhere/ci/infra', 'a'));
      expect(error.message).toContain('(HTTP 403: permission denied)');
      expect(error.remedy).toContain('path "nowhere/data/ci/infra" { capabilities = ["read"] }');
      expect(error.remedy).toContain('path "nowhere/ci/infra" { capabilities = ["read"] }');
    });

    it('refuses a mount that holds no key-value secrets, and a path that is only a mount', async () => {
      const { session } = await open({ token: rig.rootToken });
      expect((await failure(session.readField('cubbyhole/x', 'a'))).message).toContain(
        'the mount cubbyhole/ of type cubbyhole',
      );
      expect((await failure(session.readField('kv/team', 'a'))).message).toContain('names a mount');
      expect((await failure(session.readField('secret', 'a'))).message).toContain('is no path of a secret');
    });

    it('tells a token that is not valid from one that may not read', async () => {
      const { session } = await open({ token: 'hvs.notatokenofthisvault00000000' });
      const error = await failure(session.readField('secret/ci/infra', 'a'));
      expect(error.message).toContain('does not accept the token');
      expect(error.remedy).toContain('vault_token');
    });

    it('explains a role that does not exist, with the command that makes it', async () => {
      const error = await failure(open({ role: 'nope' }));
      expect(error.message).toBe('vault_role nope does not exist in auth/kubernetes (HTTP 400: invalid role name "nope")');
      expect(error.remedy).toContain(
        'vault write auth/kubernetes/role/nope bound_service_account_names=woodpecker bound_service_account_namespaces=ci',
      );
    });

    it.each([
      ['another service account', 'ci/default'],
      ['another namespace', 'elsewhere/woodpecker'],
    ])('explains a login refused for %s, with the Woodpecker agent setting', async (_, account) => {
      const error = await failure(open({}, { account }));
      expect(error.message).toContain(`vault_role postmortem is not bound to the service account ${account} (HTTP 403`);
      expect(error.remedy).toContain('WOODPECKER_BACKEND_K8S_SERVICE_ACCOUNT_NAME_ALLOW_FROM_STEP=true');
    });

    it('explains a wrong audience and an expired service account token', async () => {
      const audience = await failure(open({}, { audience: 'https://kubernetes.default.svc' }));
      expect(audience.message).toContain('for another audience (https://kubernetes.default.svc)');
      const expired = await failure(open({}, { expiresAt: new Date('2021-01-01') }));
      expect(expired.message).toContain('has expired since 2021-01-01T00:00:00.000Z');
    });

    it('explains a login path where nothing is mounted', async () => {
      const error = await failure(open({ authPath: 'k8s/prod' }));
      expect(error.message).toContain('Vault refused the login at auth/k8s/prod');
      expect(error.remedy).toContain('vault_auth_path');
      expect(error.remedy).toContain('WOODPECKER_BACKEND_K8S_SERVICE_ACCOUNT_NAME_ALLOW_FROM_STEP=true');
    });

    it('says that it is sealed, after the retries', async () => {
      await rig.seal();
      const error = await failure(open());
      expect(error.message).toBe(`Vault at ${rig.url} is sealed`);
      expect(error.remedy).toContain('vault operator unseal');
    });
  });
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findSecrets } from '../../src/guard/secrets.ts';

const find = (...lines: string[]): string[] =>
  findSecrets(lines.map((text, i) => ({ line: i + 1, text }))).map(({ line, kind }) => `${line}: ${kind}`);

/* Made up, and put together here so that no scanner takes this file for a leak. */
const rest = (length: number): string => 'aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zAbCdEfGhIjKlMnOp'.repeat(3).slice(0, length);

describe('secrets with a form of their own', () => {
  it.each([
    ['a private key', `-----BEGIN ${''}RSA PRIVATE KEY-----`],
    ['a private key', `  key = "-----BEGIN ${''}OPENSSH PRIVATE KEY-----\\nb3Bl"`],
    ['a private key', `-----BEGIN ${''}PGP PRIVATE KEY BLOCK-----`],
    ['an AWS access key', `access_key = "AKIA${'IOSFODNN7ABCDEFG'}"`],
    ['a Google credential', `AIza${rest(35)}`],
    ['a GitHub token', `ghp_${rest(36)}`],
    ['a GitHub token', `github_pat_${rest(22)}_${rest(59)}`],
    ['a GitLab token', `glpat-${rest(20)}`],
    ['a Slack token', `xoxb-${'1234567890-'}${rest(24)}`],
    ['a Slack webhook', `https://hooks.slack.com/services/${'T0AAAAAAA/B0AAAAAAA'}/${rest(24)}`],
    ['a Discord webhook', `https://discord.com/api/webhooks/${'123456789012345678'}/${rest(60)}`],
    ['a Vault token', `VAULT_TOKEN=hvs.${rest(24)}`],
    ['a Vault token', `token: s.${rest(24)}`],
    ['a JSON web token', `eyJ${rest(20)}.eyJ${rest(20)}.${rest(20)}`],
    ['an Anthropic key', `sk-ant-${'api03-'}${rest(40)}`],
    ['an OpenAI key', `sk-${'proj-'}${rest(40)}`],
    ['an OpenAI key', `sk-${rest(48)}`],
    ['a payment key', `sk_live_${rest(24)}`],
    ['a package registry token', `npm_${rest(36)}`],
    ['a Grafana token', `glsa_${rest(32)}_1a2b3c4d`],
    ['a Telegram bot token', `123456789:AA${rest(33)}`],
    ['a service token', `tskey-auth-${rest(20)}`],
  ])('finds %s', (kind, line) => {
    expect(find(line)).toEqual([`1: ${kind}`]);
  });

  it.each([
    '-----BEGIN CERTIFICATE-----',
    '-----BEGIN PUBLIC KEY-----',
    'PRIVATE KEY',
    'AKIA is the prefix of an access key',
    'image = "ghcr.io/example/app@sha256:4bcff63911fcb4448bd4fdacec207030997caf25e9bea4045fa6c8c44de311d1"',
    'commit 8f72efa397c2e0ee01c6feb07a9d4bb01f652d54',
    'ghp_ and hvs. and sk-ant- are prefixes',
    'https://hooks.slack.com/services/${var.webhook}',
    'task-ant-hill, disk-proj-1, mask-aaaaaaaa',
    'metrics.kubernetes4AndMoreTextHere1234',
    'eyJhbGciOi is how a token begins',
    'port: 1234567890:AA',
  ])('lets %j be', (line) => {
    expect(find(line)).toEqual([]);
  });
});

describe('passwords written out', () => {
  const random = 'x9Kf3LqZ7w';

  it.each([
    `password = "${random}"`,
    `  "db_password" : "${random}",`,
    `DB_PASSWORD=${random}`,
    `export API_TOKEN='${random}'`,
    `adminPassword: ${random}`,
    `client_secret = "${random}-${random}"`,
    `api-key: "${random}"`,
    `aws_secret_access_key = "wJalrXUtnFEMIK7MDENGbPxRfiCYabcdefghij+/"`,
    `secret = "550e8400-e29b-41d4-a716-446655440000"`,
    `env { name = "DB_PASSWORD", value = "${random}" }`,
    `password = "\${var.prefix}-${random}"`,
    `url = "postgres://app:${random}@db:5432/app"`,
    `password = "P@ssw0rd1"`,
    `password = "!${random}"`,
    `password = "$1${random}"`,
    `pgpassword: "${random}"  # for now`,
    `credentials := "${random}"`,
    `helm --set auth.password=${random}`,
  ])('finds %j', (line) => {
    expect(find(line)).toHaveLength(1);
  });

  it('finds a value that follows its name on the line above', () => {
    expect(find('  name  = "DB_PASSWORD"', `  value = "${random}"`)).toEqual(['2: a password or key written out']);
    expect(find('- name: API_TOKEN', `  value: ${random}`)).toHaveLength(1);
    expect(find('  name  = "LOG_LEVEL"', `  value = "${random}"`)).toEqual([]);
    expect(find('  name  = "DB_PASSWORD"', '  value = var.password')).toEqual([]);
  });

  it('does not join lines that are not next to each other', () => {
    const lines = [
      { line: 4, text: '  name  = "DB_PASSWORD"' },
      { line: 9, text: `  value = "${random}"` },
    ];
    expect(findSecrets(lines)).toEqual([]);
  });

  it.each([
    'password = var.password',
    'password = "${var.password}"',
    'password = data.vault_kv_secret_v2.secrets.data["db_password"]',
    'password = random_password.db.result',
    'password = local.db1.x9Kf3LqZ7w',
    'password = module.db["x9Kf3LqZ7w"].password',
    'password: {{ .Values.x9Kf3LqZ7w }}',
    'smtp_auth_password: "${alertmanager_mail_pass}"',
    'GF_DATABASE_PASSWORD = "{{ .password }}"',
    'password = ""',
    'password = "changeme123X"',
    'password = "<your password 1x>"',
    'password: xxxxxxxx',
    'password = "********"',
    'password: $DB_PASSWORD',
    'password: $(cat /run/secrets/x9Kf3L)',
    'password_file = "/run/secrets/db_x9Kf3LqZ7w"',
    'tls_secret_name = "tls-x9kf3lqz7w"',
    'existingSecret: grafana-db-creds-2',
    'secret: "vault:secret/data/x9Kf3LqZ7w#key"',
    'token = "op://vault/x9Kf3LqZ7w/field"',
    'password: ENC[AES256_GCM,data:x9Kf3LqZ7w=]',
    'token_ttl = "768h0m0s1x9"',
    'token_reviewer_jwt = file("x9Kf3LqZ7w")',
    'secret_key_ref { name = "x9Kf3LqZ7w" }',
    'token = x509parse4key(data)',
    'password = "xxxx1xxxxX"',
    'password = "ask the owner for x9Kf3LqZ7w"',
    'token = response.json()["x9Kf3LqZ7w"]',
    'key = "cf-turnstile-x9Kf3LqZ7w"',
    'ssh_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJx9Kf3LqZ7w"',
    'The password is rotated: see the runbook of 2026 for x9Kf3LqZ7w.',
    'password: enter the one from the safe, not x9Kf3LqZ7w',
    'imagePullSecret: ghcr-credentials',
    'auth = "required"',
    'url = "postgres://app:${var.db_password}@db:5432/app"',
    'url = "http://prometheus-server.monitoring.svc.cluster.local:9090/api"',
    'secretName: "tls-secret"',
    'withCredentials: defaultToConfig2,',
    'token = kubernetes_secret.web.data.token',
    'expr: sum(rate(vault_token_count_x9Kf3[5m])) > 10',
  ])('lets %j be', (line) => {
    expect(find(line)).toEqual([]);
  });

  it("finds random values of any usual alphabet under a secret's name", () => {
    const alphabets = ['abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789', '0123456789abcdef'];
    const password = fc
      .constantFrom(...alphabets)
      .chain((alphabet) => fc.string({ unit: fc.constantFrom(...alphabet), minLength: 32, maxLength: 40 }));
    const isRandom = (text: string): boolean => new Set(text).size > 10 && /\d[a-z]\w*\d[a-z]/i.test(text);
    fc.assert(fc.property(password.filter(isRandom), (text) => find(`password = "${text}"`).length === 1));
  });

  it('gets through long lines of what its patterns begin with', () => {
    // Where a pattern goes wrong here, the suite's own limit ends it.
    for (const part of ['a="', 'password=', '://a:', '-----BEGIN ', 'eyJ', '\\"', 'A A ', 'name=']) {
      expect(
        find(part.repeat(100_000 / part.length), `password = "${part.repeat(100_000 / part.length)}`).length,
      ).toBeLessThan(3);
    }
  });
});

/** Reading one field of a secret, KV version 1 or 2, from a path as people write it. */
import { UserError } from '../errors.ts';
import { type Log, printable } from '../log.ts';
import type { CallOptions, VaultAnswer, VaultClient } from './client.ts';
import { serverWords } from './failures.ts';
import { type Candidate, encodedPath, waysToRead } from './mount.ts';

/** What came of trying a path that gave no secret. */
interface Attempt {
  readonly candidate: Candidate;
  readonly answer: VaultAnswer;
}

/**
 * The value of `field` of the secret at `secretPath`: `secret/ci/infra`, `/secret/ci/infra` or `secret/data/ci/infra`.
 * Mount and version are asked of Vault. The value is registered with the redactor.
 * @throws UserError when it cannot be read; it names fields, never values
 */
export async function readField(
  client: VaultClient,
  secretPath: string,
  field: string,
  log: Log,
  call: CallOptions,
): Promise<string> {
  const path = normalise(secretPath);
  const candidates = await waysToRead(client, path, log, call);
  const attempts: Attempt[] = [];
  for (const candidate of candidates) {
    const answer = await client.get(encodedPath(candidate.apiPath), call);
    log.debug(`Vault: HTTP ${answer.status} for ${candidate.apiPath}`);
    const fields = answer.status === 200 ? fieldsOf(answer.body, candidate.version) : null;
    if (fields) return pick(fields, field, candidate, log);
    attempts.push({ candidate, answer });
  }
  throw explainUnread(client.addr, path, attempts);
}

function normalise(secretPath: string): string {
  const path = secretPath
    .trim()
    .replaceAll(/\/{2,}/g, '/')
    .replaceAll(/^\/|\/$/g, '')
    .replace(/^v1\//, '');
  const segments = path.split('/');
  if (segments.length < 2 || segments.some((segment) => segment === '.' || segment === '..')) {
    throw new UserError(
      `vault_secret "${secretPath}" is no path of a secret`,
      'Write the mount and the path, for instance secret/ci/infra.',
    );
  }
  return path;
}

/** The fields of a read secret; `null` when the answer is not of that version. */
function fieldsOf(body: unknown, version: 1 | 2): Record<string, unknown> | null {
  const outer = (body as { data?: unknown } | null)?.data;
  const data: unknown = version === 1 ? outer : (outer as { data?: unknown } | null | undefined)?.data;
  return typeof data === 'object' && data !== null ? (data as Record<string, unknown>) : null;
}

function pick(fields: Record<string, unknown>, field: string, candidate: Candidate, log: Log): string {
  const where = `${candidate.mount}${candidate.rest}`;
  const value = Object.hasOwn(fields, field) ? fields[field] : undefined;
  if (typeof value === 'string' && value.trim() !== '') {
    log.redactor.add(value);
    return value;
  }
  if (value === undefined) {
    throw new UserError(
      `the secret ${where} has no field ${field}; ${fieldNames(fields)}`,
      'Set vault_field to one of them, or add the field to the secret.',
    );
  }
  const kind = value === null ? 'null' : Array.isArray(value) ? 'a list' : `a ${typeof value}`;
  throw new UserError(
    `the field ${field} of the secret ${where} ${typeof value === 'string' ? 'is empty' : `is no text but ${kind}`}`,
    `Store it as text, for a file with: vault kv put ... ${field}=@file`,
  );
}

function fieldNames(fields: Record<string, unknown>): string {
  const names = Object.keys(fields)
    .sort()
    .map((name) => printable(name).slice(0, 80));
  if (names.length === 0) return 'it has no fields at all';
  const more = names.length > 30 ? ` and ${names.length - 30} more` : '';
  return `its fields are: ${names.slice(0, 30).join(', ')}${more}`;
}

function explainUnread(addr: string, path: string, attempts: readonly Attempt[]): UserError {
  const refused = attempts.filter(({ answer }) => answer.status === 403);
  return explainGone(path, attempts) ?? explainForbidden(addr, path, refused) ?? explainMissing(path, attempts);
}

interface V2Metadata {
  readonly version?: unknown;
  readonly deletion_time?: unknown;
  readonly destroyed?: unknown;
}

/** KV 2 keeps the metadata of a deleted version. */
function explainGone(path: string, attempts: readonly Attempt[]): UserError | null {
  for (const { candidate, answer } of attempts) {
    const metadata = (answer.body as { data?: { metadata?: V2Metadata } | null } | null)?.data?.metadata;
    if (!metadata || candidate.version === 1) continue;
    const version = typeof metadata.version === 'number' ? metadata.version : '?';
    const what = `version ${version} of the secret ${path}`;
    const mount = `-mount=${candidate.mount.replace(/\/$/, '')}`;
    if (metadata.destroyed === true) {
      return new UserError(`${what} was destroyed`, `Write it anew: vault kv put ${mount} ${candidate.rest} ...`);
    }
    const when = typeof metadata.deletion_time === 'string' ? ` on ${printable(metadata.deletion_time)}` : '';
    return new UserError(
      `${what} was deleted${when}`,
      `Bring it back: vault kv undelete ${mount} -versions=${version} ${candidate.rest}`,
    );
  }
  return null;
}

function explainForbidden(addr: string, path: string, refused: readonly Attempt[]): UserError | null {
  if (refused.length === 0) return null;
  const words = serverWords(refused[0]?.answer.body);
  if (/invalid token|bad token/.test(words)) {
    return new UserError(
      `Vault at ${addr} does not accept the token (HTTP 403: ${words})`,
      'If it comes from vault_token: it has expired or is of another Vault.',
    );
  }
  const lines = refused.map(({ candidate }) => `path "${candidate.apiPath}" { capabilities = ["read"] }`);
  const which = lines.length > 1 ? 'line that fits the mount (with data/ for KV version 2)' : 'line';
  return new UserError(
    `Vault does not let this token read the secret ${path} (HTTP 403${words ? `: ${words}` : ''})`,
    `Give a policy of the role this ${which}: ${lines.join('  or  ')}`,
  );
}

function explainMissing(path: string, attempts: readonly Attempt[]): UserError {
  const other = attempts.find(({ answer }) => answer.status !== 404);
  if (other) {
    return new UserError(
      `Vault refused to read ${path} (HTTP ${other.answer.status}: ${serverWords(other.answer.body)})`,
      'Check vault_secret and vault_namespace.',
    );
  }
  const [first] = attempts;
  const known = first && attempts.every(({ candidate }) => candidate.version === first.candidate.version);
  const where = known ? ` (KV version ${first.candidate.version}, mount ${first.candidate.mount})` : '';
  return new UserError(
    `there is no secret at ${path}${where}`,
    'Check vault_secret, letter by letter, and vault_namespace; the folder above it can be listed with: vault kv list.',
  );
}

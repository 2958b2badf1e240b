/** Finding the API path of a secret: which mount a path lies in, and of which KV version that is. */
import { UserError } from '../errors.ts';
import { type Log, printable } from '../log.ts';
import type { CallOptions, VaultClient } from './client.ts';

/** One way to read the path: the API path, and what is needed to talk about it. */
export interface Candidate {
  readonly apiPath: string;
  readonly version: 1 | 2;
  /** `secret/` and `ci/infra`; the mount is empty when it is not known. */
  readonly mount: string;
  readonly rest: string;
}

/**
 * The API paths to try, best first. Asks Vault for the mount; a token without the right to ask gets every way that makes sense.
 * @throws UserError when the path lies in a mount of another kind, or names no secret
 */
export async function waysToRead(client: VaultClient, path: string, log: Log, call: CallOptions): Promise<Candidate[]> {
  const answer = await client.get(`sys/internal/ui/mounts/${encodedPath(path)}`, call);
  const mount = answer.status === 200 ? mountOf(answer.body) : null;
  if (!mount || !`${path}/`.startsWith(mount.path)) {
    log.debug(`Vault: the mount of ${path} cannot be asked for (HTTP ${answer.status}), trying what it can be`);
    return guesses(path);
  }
  if (mount.type !== 'kv' && mount.type !== 'generic') {
    throw new UserError(
      `vault_secret ${path} lies in the mount ${mount.path} of type ${printable(mount.type)}, which holds no key-value secrets`,
      'Set vault_secret to a path in a KV mount ("vault secrets list" shows them).',
    );
  }
  const rest = path.slice(mount.path.length);
  if (rest === '')
    throw new UserError(`vault_secret ${path} names a mount and no secret in it`, `Add the path below ${mount.path}.`);
  if (mount.version === 1) return [{ apiPath: path, version: 1, mount: mount.path, rest }];
  // "data/" is nearly always the API's, seldom the beginning of a secret's name.
  const names = rest.startsWith('data/') ? [rest.slice('data/'.length), rest] : [rest];
  return names.map((name) => ({ apiPath: `${mount.path}data/${name}`, version: 2, mount: mount.path, rest: name }));
}

/** The answer of sys/internal/ui/mounts/:path (undocumented, but what the vault CLI itself asks). */
function mountOf(body: unknown): { path: string; type: string; version: 1 | 2 } | null {
  const data = (body as { data?: { path?: unknown; type?: unknown; options?: { version?: unknown } | null } | null } | null)
    ?.data;
  if (typeof data?.path !== 'string' || data.path === '' || typeof data.type !== 'string') return null;
  return { path: data.path, type: data.type, version: data.options?.version === '2' ? 2 : 1 };
}

/** As written (right for KV 1 and for a path with `data/` in it), and as KV 2 for a mount of one, two ... segments. */
function guesses(path: string): Candidate[] {
  const segments = path.split('/');
  const dataAt = segments.indexOf('data', 1);
  if (dataAt > 0 && dataAt < segments.length - 1) {
    const mount = `${segments.slice(0, dataAt).join('/')}/`;
    return [
      { apiPath: path, version: 2, mount, rest: segments.slice(dataAt + 1).join('/') },
      { apiPath: path, version: 1, mount: '', rest: path },
    ];
  }
  const asVersion2 = segments.slice(1).map((_, index): Candidate => {
    const mount = `${segments.slice(0, index + 1).join('/')}/`;
    const rest = segments.slice(index + 1).join('/');
    return { apiPath: `${mount}data/${rest}`, version: 2, mount, rest };
  });
  return [...asVersion2, { apiPath: path, version: 1, mount: '', rest: path }];
}

/** The path with every segment encoded for an address. */
export function encodedPath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

import { createHash, createHmac } from 'node:crypto';
import { UserError } from '../errors.ts';
import type { Address } from './address.ts';

/** One line of a known_hosts file, see "SSH_KNOWN_HOSTS FILE FORMAT" in sshd(8). */
export interface KnownHost {
  readonly line: number;
  readonly revoked: boolean;
  /** The comma list of the first field as written: names, patterns, `!negated`, or one hashed name. */
  readonly patterns: readonly string[];
  /** `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa`, ... */
  readonly type: string;
  readonly key: Buffer;
}

/** `SHA256:...` of a public key in wire format, as ssh-keygen prints it. */
export function fingerprintOf(key: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** The key type named inside a public key in wire format (RFC 4253, 6.6). */
export function typeOf(key: Buffer): string {
  return key.length > 4 ? key.toString('latin1', 4, 4 + key.readUInt32BE(0)) : '';
}

/** A host as known_hosts names it: `[host]:port` unless the port is 22. */
export function knownHostsName({ host, port }: Address): string {
  return port === 22 ? host : `[${host}]:${port}`;
}

/** The known_hosts line for a key, ready to paste. */
export function knownHostsLine(address: Address, key: Buffer): string {
  return `${knownHostsName(address)} ${typeOf(key)} ${key.toString('base64')}`;
}

/**
 * Reads the setting `ssh_known_hosts`: the text of a known_hosts file or the output of ssh-keyscan.
 * Comments and empty lines are left out; a literal `\n`, as secrets are often stored, ends a line.
 * @throws UserError naming the line that cannot be used
 */
export function parseKnownHosts(text: string): KnownHost[] {
  const known: KnownHost[] = [];
  text
    .replaceAll(/\\r\\n|\\n|\r\n?/g, '\n')
    .split('\n')
    .forEach((raw, index) => {
      const fields = raw.trim().split(/\s+/);
      if (fields[0] === '' || fields[0]?.startsWith('#')) return;
      known.push(parseLine(fields, index + 1));
    });
  return known;
}

function parseLine(fields: readonly string[], line: number): KnownHost {
  const marker = fields[0]?.startsWith('@') ? fields[0] : null;
  if (marker === '@cert-authority') {
    throw new UserError(
      `ssh_known_hosts, line ${line}: host certificates (@cert-authority) are not supported`,
      "Put the host's own key there instead: ssh-keyscan HOST prints the lines.",
    );
  }
  const [names, type, base64] = marker ? fields.slice(1) : fields;
  const key = Buffer.from(base64 ?? '', 'base64');
  if ((marker && marker !== '@revoked') || !names || !type || key.length < 16 || typeOf(key) !== type) {
    throw new UserError(
      `ssh_known_hosts, line ${line} is no known_hosts line`,
      'A line is "host type key", for instance "devvm.lan ssh-ed25519 AAAAC3Nz...". ssh-keyscan HOST prints them; ' +
        'check the fingerprint on the host itself.',
    );
  }
  return { line, revoked: marker === '@revoked', patterns: names.split(','), type, key };
}

/**
 * The lines that speak of a host. Like ssh: a port other than 22 is looked up as `[host]:port` first,
 * and only if nothing is known under that name as plain `host`.
 */
export function linesFor(known: readonly KnownHost[], address: Address): KnownHost[] {
  const under = (name: string) => known.filter((entry) => matches(entry.patterns, name.toLowerCase()));
  const exact = under(knownHostsName(address));
  return exact.some((entry) => !entry.revoked) || address.port === 22 ? exact : [...exact, ...under(address.host)];
}

function matches(patterns: readonly string[], name: string): boolean {
  let matched = false;
  for (const pattern of patterns) {
    if (pattern.startsWith('|1|')) {
      matched ||= matchesHash(pattern, name);
    } else if (pattern.startsWith('!')) {
      if (matchesGlob(pattern.slice(1), name)) return false;
    } else {
      matched ||= matchesGlob(pattern, name);
    }
  }
  return matched;
}

/** `|1|salt|hash`: HMAC-SHA1 of the name with the salt as its key (HashKnownHosts). */
function matchesHash(pattern: string, name: string): boolean {
  const [, , salt, hash] = pattern.split('|');
  return createHmac('sha1', Buffer.from(salt ?? '', 'base64')).update(name).digest('base64') === hash;
}

/** `*` and `?` as in ssh_config(5); everything else is literal, brackets too. */
function matchesGlob(pattern: string, name: string): boolean {
  const literal = pattern.toLowerCase().replaceAll(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${literal.replaceAll('*', '.*').replaceAll('?', '.')}$`).test(name);
}

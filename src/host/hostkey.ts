import type { ServerHostKeyAlgorithm } from 'ssh2';
import { UserError } from '../errors.ts';
import { printAddress } from './address.ts';
import type { Address } from './address.ts';
import { fingerprintOf, knownHostsLine, linesFor, parseKnownHosts, typeOf } from './known-hosts.ts';
import type { KnownHost } from './known-hosts.ts';

/** What may vouch for a host: the settings `ssh_known_hosts`, `ssh_fingerprint` and `ssh_insecure`. */
export interface HostKeyPolicy {
  readonly known: readonly KnownHost[];
  /** `SHA256:...` without padding. */
  readonly fingerprints: readonly string[];
  readonly insecure: boolean;
}

export type HostKeyDecision =
  | { readonly kind: 'trusted' }
  /** Not checked because `ssh_insecure` is set; `warning` says so. */
  | { readonly kind: 'unchecked'; readonly warning: string }
  | { readonly kind: 'refused'; readonly error: UserError };

/** A host shows another key than the known one, or a revoked one: it was set up anew, or is not the host that was meant. */
export class WrongHostKey extends UserError {}

/** In the order of preference of OpenSSH; ssh-rsa keys sign with SHA-2 first. */
const ALGORITHMS: Readonly<Record<string, readonly ServerHostKeyAlgorithm[]>> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'],
};

/**
 * Reads the settings that vouch for a host.
 * @param fingerprints each `SHA256:...`, with or without prefix and padding, or the line ssh-keygen -l prints
 * @throws UserError naming `ssh_known_hosts` or `ssh_fingerprint`
 */
export function hostKeyPolicy(settings: {
  readonly knownHosts: string | null;
  readonly fingerprints: readonly string[];
  readonly insecure: boolean;
}): HostKeyPolicy {
  return {
    known: settings.knownHosts ? parseKnownHosts(settings.knownHosts) : [],
    fingerprints: settings.fingerprints.map(parseFingerprint),
    insecure: settings.insecure,
  };
}

function parseFingerprint(text: string): string {
  const sha256 = /(?:^|\s)(?:SHA256:)?([A-Za-z0-9+/]{43})=?(?:\s|$)/i.exec(text.trim())?.[1];
  if (sha256) return `SHA256:${sha256}`;
  const md5 = /(?:[0-9a-f]{2}:){15}[0-9a-f]{2}/i.test(text);
  const problem = md5 ? 'MD5 fingerprints are not accepted, they can be forged' : `"${text.trim()}" is no fingerprint`;
  throw new UserError(
    `ssh_fingerprint: ${problem}`,
    'Write the SHA256 one (43 characters). On the host: ssh-keygen -E sha256 -lf /etc/ssh/ssh_host_ed25519_key.pub prints it.',
  );
}

/** The key types known for a host, preferred first; empty when known_hosts says nothing of it. */
function knownTypes(policy: HostKeyPolicy, address: Address): string[] {
  return linesFor(policy.known, address)
    .filter((entry) => !entry.revoked)
    .map((entry) => entry.type);
}

/**
 * The host key algorithms to offer. The server shows the first key of the list that it has: types with a known key come
 * first, so that a host with several keys shows the one we can check. The others follow, to be able to say what was seen.
 * @param seen key types that were shown and refused before; they are not offered again
 */
export function algorithmsFor(policy: HostKeyPolicy, address: Address, seen: ReadonlySet<string>): ServerHostKeyAlgorithm[] {
  const types = new Set([...knownTypes(policy, address), ...Object.keys(ALGORITHMS)]);
  return [...types].filter((type) => !seen.has(type)).flatMap((type) => ALGORITHMS[type] ?? []);
}

/** Whether another key of the same host could still match: a fingerprint does not tell the type of its key. */
export function otherKeysMayMatch(policy: HostKeyPolicy): boolean {
  return policy.fingerprints.length > 0;
}

/** Judges the key a host shows, in wire format, before anything is sent to it. */
export function judgeHostKey(policy: HostKeyPolicy, address: Address, key: Buffer): HostKeyDecision {
  const fingerprint = fingerprintOf(key);
  const lines = linesFor(policy.known, address);
  if (policy.known.some((entry) => entry.revoked && entry.key.equals(key))) {
    return { kind: 'refused', error: revoked(address, fingerprint) };
  }
  const trusted = lines.filter((entry) => !entry.revoked);
  if (trusted.some((entry) => entry.key.equals(key)) || policy.fingerprints.includes(fingerprint)) return { kind: 'trusted' };
  if (policy.insecure) {
    const warning =
      `ssh_insecure is set: nobody checked that ${printAddress(address)} (${typeOf(key)} ${fingerprint}) is the right host. ` +
      'Whoever sits in between can read and change everything. ' +
      `Set ssh_known_hosts instead: ${knownHostsLine(address, key)}`;
    return { kind: 'unchecked', warning };
  }
  const expected = [
    ...trusted.map((entry) => `${entry.type} ${fingerprintOf(entry.key)} (ssh_known_hosts, line ${entry.line})`),
    ...policy.fingerprints.map((known) => `${known} (ssh_fingerprint)`),
  ];
  return { kind: 'refused', error: expected.length > 0 ? wrongKey(address, key, expected) : unknownHost(policy, address, key) };
}

function wrongKey(address: Address, key: Buffer, expected: readonly string[]): UserError {
  return new WrongHostKey(
    `${printAddress(address)} shows another host key than expected: expected ${expected.join(' or ')}, ` +
      `seen ${typeOf(key)} ${fingerprintOf(key)}`,
    'Nothing was sent to it. If the host was set up anew, check the fingerprint on the host itself ' +
      '(ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub) and replace its line in ssh_known_hosts (or ssh_fingerprint):\n' +
      `${knownHostsLine(address, key)}\nIf it was not, something else answers at that address.`,
  );
}

function unknownHost(policy: HostKeyPolicy, address: Address, key: Buffer): UserError {
  const why =
    policy.known.length > 0
      ? `ssh_known_hosts has no line for ${printAddress(address)}`
      : `neither ssh_known_hosts nor ssh_fingerprint says which host key ${printAddress(address)} has`;
  return new UserError(
    `${why}; it shows ${typeOf(key)} ${fingerprintOf(key)}`,
    'Nothing was sent to it. Check the fingerprint on the host itself (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub), ' +
      `then set ssh_known_hosts to:\n${knownHostsLine(address, key)}`,
  );
}

function revoked(address: Address, fingerprint: string): UserError {
  return new WrongHostKey(
    `${printAddress(address)} shows a host key that ssh_known_hosts marks as revoked (${fingerprint})`,
    'Nothing was sent to it. Give the host a new key, or remove the @revoked line if it is there by mistake.',
  );
}

import { createPrivateKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import ssh2 from 'ssh2';
import { UserError } from '../errors.ts';
import { fingerprintOf } from './known-hosts.ts';
import { opensshEd25519 } from './openssh-key.ts';

/** A private key that ssh2 can use. */
export interface UsableKey {
  /** Unencrypted: PKCS1 for RSA, SEC1 for ECDSA, OpenSSH for ed25519. */
  readonly pem: string;
  /** `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa`, ... */
  readonly type: string;
  /** The line that belongs into authorized_keys. */
  readonly publicLine: string;
  readonly fingerprint: string;
}

/** The block of a PEM file: its kind (`OPENSSH `, `RSA `, `EC `, `ENCRYPTED `, or empty for PKCS8), headers, and data. */
interface Block {
  readonly kind: string;
  readonly headers: string;
  readonly base64: string;
}

/**
 * Makes a private key usable, however people stored it: OpenSSH, PKCS1, SEC1 or PKCS8; ed25519, ECDSA or RSA; with literal
 * `\n`, CRLF, spaces for line ends, no last newline, indentation, quotes around it, or the whole file in base64.
 * @param passphrase for an encrypted key; ignored for another
 * @param source where the key comes from, for messages: `ssh_key`, or the Vault field
 * @throws UserError that says what is wrong with the key and what to do; it never quotes key material
 */
export function normaliseKey(text: string, passphrase: string | null, source = 'ssh_key'): UsableKey {
  const cleaned = clean(text);
  const block = readBlock(/-----BEGIN |^PuTTY-/.test(cleaned) ? cleaned : decodeBase64(cleaned), source);
  const key = block.kind === 'OPENSSH ' ? openOpenSsh(block, passphrase, source) : openPem(block, passphrase, source);
  const pem = forSsh2(key, source);
  const parsed = ssh2.utils.parseKey(pem);
  if (parsed instanceof Error) throw new Error(`a converted ${key.asymmetricKeyType} key is not readable`, { cause: parsed });
  const blob = parsed.getPublicSSH();
  const publicLine = `${parsed.type} ${blob.toString('base64')}`;
  return { pem, type: parsed.type, publicLine, fingerprint: fingerprintOf(blob) };
}

function clean(text: string): string {
  return text
    .replace(/^\ufeff/, '')
    .replaceAll(/\\+r\\+n|\\+n|\r\n?/g, '\n')
    .trim()
    .replace(/^(["'`])([\s\S]*)\1$/, '$2')
    .trim();
}

/** The whole file in base64 (`base64 < id_ed25519`); the text itself when it is not. */
function decodeBase64(text: string): string {
  const compact = text.replaceAll(/\s/g, '');
  if (compact.length < 64 || !/^[A-Za-z0-9+/_-]+=*$/.test(compact)) return text;
  const decoded = Buffer.from(compact, 'base64').toString('latin1');
  return /-----BEGIN |^PuTTY-/.test(decoded) ? clean(decoded) : text;
}

function readBlock(text: string, source: string): Block {
  refuseOtherThings(text, source);
  const begin = /-----BEGIN ([A-Z0-9 ]*)PRIVATE KEY-----/.exec(text);
  const body = begin && text.slice(begin.index + begin[0].length);
  const end = begin && body ? body.indexOf(`-----END ${begin[1]}PRIVATE KEY-----`) : -1;
  if (!begin || !body || end < 0) {
    throw new UserError(`${source}: the key is cut off, its last line (-----END ... PRIVATE KEY-----) is missing`, STORE_WHOLE);
  }
  const headers = /Proc-Type:\s*4,\s*ENCRYPTED\s+DEK-Info:\s*([A-Z0-9-]+,[0-9A-Fa-f]+)/.exec(body.slice(0, end));
  const data = headers ? body.slice(headers.index + headers[0].length, end) : body.slice(0, end);
  const base64 = data.replaceAll(/\s/g, '');
  if (!/^[A-Za-z0-9+/]+=*$/.test(base64)) throw damaged(source);
  return {
    kind: begin[1] ?? '',
    headers: headers ? `Proc-Type: 4,ENCRYPTED\nDEK-Info: ${headers[1]}\n\n` : '',
    base64,
  };
}

const STORE_WHOLE = 'Store the whole file, first and last line included (for instance: cat ~/.ssh/id_ed25519).';

/** Says what the text is when it is no private key in PEM form. */
function refuseOtherThings(text: string, source: string): void {
  if (text === '') throw new UserError(`${source} is empty`, 'Store the private key there: the file without .pub.');
  if (/^PuTTY-User-Key-File-/.test(text)) {
    throw new UserError(
      `${source} holds a PuTTY key (.ppk)`,
      'Convert it: puttygen key.ppk -O private-openssh -o key (or PuTTYgen: Conversions, Export OpenSSH key).',
    );
  }
  if (/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/.test(text)) return;
  if (/^(?:ssh-|ecdsa-|sk-)\S+ +AAAA|BEGIN (?:SSH2 |RSA )?PUBLIC KEY|BEGIN CERTIFICATE/.test(text)) {
    throw new UserError(`${source} holds a public key, not the private one`, 'Store the file without .pub.');
  }
  if (/^[~./][^\s]*$/.test(text) && text.length < 256) {
    throw new UserError(`${source} looks like the path of a key`, 'Store the content of the file instead of its path.');
  }
  throw new UserError(`${source} holds no private key: there is no -----BEGIN ... PRIVATE KEY----- line`, STORE_WHOLE);
}

function pemOf(block: Block): string {
  const lines = block.base64.match(/.{1,64}/g) ?? [];
  const name = `${block.kind}PRIVATE KEY`;
  return `-----BEGIN ${name}-----\n${block.headers}${lines.join('\n')}\n-----END ${name}-----\n`;
}

/** Node cannot read OpenSSH's own format, ssh2 can: it gives the key in PEM. */
function openOpenSsh(block: Block, passphrase: string | null, source: string): KeyObject {
  const parsed = ssh2.utils.parseKey(pemOf(block), passphrase || undefined);
  if (parsed instanceof Error) {
    if (/but no passphrase given/.test(parsed.message)) throw needsPassphrase(source);
    if (/Unsupported (?:cipher|kdf)/.test(parsed.message)) throw unsupported(source, 'is encrypted in an unusual way');
    if (/Unsupported .* key type/.test(parsed.message)) throw unsupported(source, 'is of a type that cannot be used');
    throw passphrase !== null && !/^Malformed/.test(parsed.message) ? wrongPassphrase(source) : damaged(source);
  }
  try {
    return createPrivateKey(parsed.getPrivatePEM());
  } catch {
    throw damaged(source);
  }
}

function openPem(block: Block, passphrase: string | null, source: string): KeyObject {
  const encrypted = block.kind === 'ENCRYPTED ' || block.headers !== '';
  if (encrypted && !passphrase) throw needsPassphrase(source);
  try {
    return createPrivateKey({ key: pemOf(block), ...(encrypted && passphrase ? { passphrase } : {}) });
  } catch {
    // OpenSSL's reason tells nothing more, and its text is not ours to vouch for.
    throw encrypted ? wrongPassphrase(source) : damaged(source);
  }
}

/** In the one format per type that ssh2 reads: it knows neither PKCS8 nor any PEM of ed25519. */
function forSsh2(key: KeyObject, source: string): string {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return key.export({ type: 'pkcs1', format: 'pem' }).toString();
    case 'ed25519':
      return opensshEd25519(key);
    case 'ec': {
      const curve = key.asymmetricKeyDetails?.namedCurve;
      if (curve && ['prime256v1', 'secp384r1', 'secp521r1'].includes(curve)) {
        return key.export({ type: 'sec1', format: 'pem' }).toString();
      }
      throw unsupported(source, `uses the curve ${curve}, which SSH does not know`);
    }
    default:
      throw unsupported(source, `is of the type ${key.asymmetricKeyType}, which SSH servers refuse`);
  }
}

function needsPassphrase(source: string): UserError {
  return new UserError(
    `${source}: the key is encrypted and there is no passphrase`,
    'Set ssh_passphrase, or store a key without one: ssh-keygen -p -f key -N "".',
  );
}

function wrongPassphrase(source: string): UserError {
  return new UserError(
    `${source}: the passphrase does not open the key`,
    'Check ssh_passphrase. ssh-keygen -y -f key asks for it and shows whether it fits.',
  );
}

function damaged(source: string): UserError {
  return new UserError(`${source}: the key is damaged or cut off, what is between its first and last line is no key`, STORE_WHOLE);
}

function unsupported(source: string, what: string): UserError {
  return new UserError(
    `${source}: the key ${what}`,
    'Make a new one (ssh-keygen -t ed25519 -f key) and add key.pub to ~/.ssh/authorized_keys on the host.',
  );
}

import type { KeyObject } from 'node:crypto';

/**
 * An ed25519 private key in OpenSSH's format, unencrypted (PROTOCOL.key of the OpenSSH sources). ssh2 reads ed25519 keys in
 * no other format, and Node writes them in every format but this one.
 */
export function opensshEd25519(key: KeyObject): string {
  const { x, d } = key.export({ format: 'jwk' });
  if (!x || !d) throw new TypeError('not an ed25519 private key');
  const publicKey = Buffer.from(x, 'base64url');
  const type = field(Buffer.from('ssh-ed25519'));
  // The two equal numbers only matter for encrypted keys: they show that the passphrase fits.
  const check = Buffer.alloc(8);
  const secret = Buffer.concat([
    check,
    type,
    field(publicKey),
    field(Buffer.concat([Buffer.from(d, 'base64url'), publicKey])),
    field(Buffer.alloc(0)),
  ]);
  const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7]).subarray(0, (8 - (secret.length % 8)) % 8);
  const none = field(Buffer.from('none'));
  const file = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    none,
    none,
    field(Buffer.alloc(0)),
    uint32(1),
    field(Buffer.concat([type, field(publicKey)])),
    field(Buffer.concat([secret, padding])),
  ]);
  const lines = file.toString('base64').match(/.{1,70}/g) ?? [];
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join('\n')}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A string of the SSH wire format: its length, then its bytes (RFC 4251, 5). */
function field(bytes: Buffer): Buffer {
  return Buffer.concat([uint32(bytes.length), bytes]);
}

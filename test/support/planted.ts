import { expect } from 'vitest';
import { SETTING_NAMES, SETTINGS } from '../../src/settings/schema.ts';
import { variableOf } from '../../src/settings/settings.ts';

/** Where a secret may lie: nowhere at all, or also in the files of the dev VM and the repository, as what Terraform manages does. */
type Home = 'nowhere' | 'on the host';

/** Printed alone, so few characters of a secret are taken for no secret. */
const PIECE = 16;

/** Secrets that a test has planted, and the check that none of them got out. */
export class Planted {
  /** What is searched for: pieces of secrets as they would be printed, and whose they are. */
  private readonly pieces = new Map<string, { readonly name: string; readonly home: Home }>();
  /** What may be shown although a secret holds it. */
  private readonly published: string[] = [];
  private readonly later: { readonly name: string; readonly read: () => Iterable<string> }[] = [];

  /** @param name what it is, for the message of a failing test */
  add(name: string, secret: string, home: Home = 'nowhere'): void {
    this.published.push(publicHalf(secret));
    // Line by line: a key that is printed one line at a time is out, too.
    for (const line of secret.split(/\\n|\r\n|\n/)) {
      if (line.length < 12 || line.startsWith('-----')) continue;
      this.addForm(name, line, home);
      this.addForm(`${name}, URL-encoded`, encodeURIComponent(line), home);
      for (const shift of [0, 1, 2]) {
        // The first and the last group also hold what stands before and behind.
        const encoded = Buffer.from(' '.repeat(shift) + line).toString('base64').slice(4, -4);
        this.addForm(`${name}, in base64`, encoded, home);
        this.addForm(`${name}, in base64`, encoded.replaceAll('+', '-').replaceAll('/', '_'), home);
      }
    }
  }

  /** Secrets that come to be during a run. */
  addLater(name: string, read: () => Iterable<string>): void {
    this.later.push({ name, read });
  }

  /** Every setting of a run that is a secret, whoever gave it. */
  addSettings(environment: Readonly<Record<string, string | undefined>>): void {
    for (const name of SETTING_NAMES.filter((each) => SETTINGS[each].secret)) {
      // Of an address only the part behind the host is secret.
      this.add(name, (environment[variableOf(name)] ?? '').replace(/^https?:\/\/[^/]+\/(?:services\/)?/, ''));
    }
  }

  /** @param texts everything a run put out, by where it was found */
  expectNoneIn(texts: Readonly<Record<string, string>>): void {
    expect(this.foundIn(texts, ['nowhere', 'on the host']), 'planted secrets that got out').toEqual([]);
  }

  /** @param texts what lies on the dev VM or in the repository, by where it was found */
  expectNoneOnHost(texts: Readonly<Record<string, string>>): void {
    expect(this.foundIn(texts, ['nowhere']), 'planted secrets that lie where they should not').toEqual([]);
  }

  private foundIn(texts: Readonly<Record<string, string>>, homes: readonly Home[]): string[] {
    for (const { name, read } of this.later) for (const secret of read()) this.add(name, secret);
    const pieces = [...this.pieces].filter(([piece, { home }]) => homes.includes(home) && !this.published.some((text) => text.includes(piece)));
    const found = Object.entries(texts).flatMap(([where, text]) => {
      // Also without white space: base64 and keys are printed over several lines, and tables cut what is long.
      const joined = text.replaceAll(/\s+/g, '');
      return pieces.filter(([piece]) => text.includes(piece) || joined.includes(piece)).map(([, { name }]) => `${name} in ${where}`);
    });
    return [...new Set(found)];
  }

  /** Pieces that overlap by half: a part of one and a half pieces is found wherever it was cut out. */
  private addForm(name: string, form: string, home: Home): void {
    const last = Math.max(0, form.length - PIECE);
    for (let at = 0; at < last; at += PIECE / 2) this.addPiece(name, form.slice(at, at + PIECE), home);
    this.addPiece(name, form.slice(last), home);
  }

  private addPiece(name: string, piece: string, home: Home): void {
    if (piece.length >= 12 && !this.pieces.has(piece)) this.pieces.set(piece, { name, home });
  }
}

/** The public key in an OpenSSH private key, as authorized_keys has it; empty for anything else. PROTOCOL.key of OpenSSH says where it is. */
function publicHalf(secret: string): string {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]*?)-----END/.exec(secret.replaceAll('\\n', '\n'))?.[1];
  const bytes = Buffer.from(body ?? '', 'base64');
  let at = 'openssh-key-v1\0'.length;
  const text = (): Buffer => {
    const from = at + 4;
    at = from + (from <= bytes.length ? bytes.readUInt32BE(from - 4) : 0);
    return bytes.subarray(from, at);
  };
  // Cipher, key derivation and its options; then the number of keys.
  for (const _ of ['cipher', 'kdf', 'options']) text();
  at += 4;
  return text().toString('base64');
}

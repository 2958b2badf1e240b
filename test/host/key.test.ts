import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { normaliseKey } from '../../src/host/key.ts';
import { makeKey, sshKeygenMissing } from '../support/keys.ts';

const TYPES = ['ed25519', 'ecdsa', 'rsa'] as const;
const PASSPHRASE = 'correct horse "battery" staple';

/** What ssh-keygen can write; ed25519 has no PEM of its own. */
const FORMATS = [
  ['OpenSSH', []],
  ['PEM', ['-m', 'PEM']],
  ['PKCS8', ['-m', 'PKCS8']],
] as const;

describe.skipIf(sshKeygenMissing)(`private keys (${sshKeygenMissing ?? 'made with ssh-keygen'})`, () => {
  let dir = '';
  const files = new Map<string, { readonly text: string; readonly publicLine: string }>();

  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'postmortem-key-'));
    for (const type of TYPES) {
      for (const [format, options] of FORMATS) {
        make(`${type} ${format}`, type, ...options);
        make(`${type} ${format} encrypted`, type, ...options, '-N', PASSPHRASE, '-a', '2');
      }
    }
    for (const bits of ['384', '521']) make(`ecdsa ${bits}`, 'ecdsa', '-b', bits);
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  function make(name: string, type: (typeof TYPES)[number], ...options: readonly string[]): void {
    const file = join(dir, name.replaceAll(' ', '-'));
    makeKey(file, type, ...options);
    const [kind, base64] = readFileSync(`${file}.pub`, 'utf8').split(' ');
    files.set(name, { text: readFileSync(file, 'utf8'), publicLine: `${kind} ${base64}` });
  }
  const file = (name: string) => files.get(name) ?? expect.fail(name);

  /** The error for a key that is no use; it must not quote any of it. */
  function refusal(text: string, passphrase: string | null = null, source?: string): UserError {
    try {
      normaliseKey(text, passphrase, source);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const said = `${error.message} ${error.remedy} ${String(error.cause)}`;
      for (const piece of text.match(/[A-Za-z0-9+/]{24,}/g) ?? []) expect(said).not.toContain(piece.slice(0, 24));
      if (passphrase) expect(said).not.toContain(passphrase);
      return error;
    }
    return expect.fail('the key was accepted');
  }

  /** ssh2 can sign with it and the signature fits the public key that ssh-keygen wrote. */
  function expectUsable(text: string, publicLine: string, passphrase: string | null = null): void {
    const key = normaliseKey(text, passphrase);
    const mine = ssh2.utils.parseKey(key.pem);
    const theirs = ssh2.utils.parseKey(publicLine);
    if (mine instanceof Error || theirs instanceof Error) throw new Error('ssh2 cannot read it');
    expect(theirs.verify('a text', mine.sign('a text'))).toBe(true);
    expect(key.publicLine).toBe(publicLine);
    expect(key.type).toBe(publicLine.split(' ')[0]);
  }

  describe.each(TYPES)('%s', (type) => {
    test.each(FORMATS.map(([format]) => format))('in %s is usable, plain and encrypted', (format) => {
      const plain = file(`${type} ${format}`);
      expectUsable(plain.text, plain.publicLine);
      const encrypted = file(`${type} ${format} encrypted`);
      expectUsable(encrypted.text, encrypted.publicLine, PASSPHRASE);
    });

    test.each([
      ['literal \\n', (text: string) => text.replaceAll('\n', '\\n')],
      ['literal \\r\\n', (text: string) => text.replaceAll('\n', '\\r\\n')],
      ['twice escaped \\\\n', (text: string) => text.replaceAll('\n', '\\\\n')],
      ['CRLF', (text: string) => text.replaceAll('\n', '\r\n')],
      ['CR', (text: string) => text.replaceAll('\n', '\r')],
      ['spaces for line ends', (text: string) => text.replaceAll('\n', ' ')],
      ['no last newline', (text: string) => text.trimEnd()],
      ['quotes around it', (text: string) => `"${text}"`],
      ['quotes around literal \\n', (text: string) => `'${text.replaceAll('\n', '\\n')}'`],
      ['indentation', (text: string) => `\n    ${text.replaceAll('\n', '\n    ')}\n`],
      ['a byte order mark', (text: string) => `\ufeff${text}`],
      ['the file in base64', (text: string) => Buffer.from(text).toString('base64')],
      ['the file in wrapped base64', (text: string) => Buffer.from(text).toString('base64').replaceAll(/(.{76})/g, '$1\n')],
      ['text before and after', (text: string) => `the key of devvm:\n${text}\n# end\n`],
    ])('stored with %s is usable', (_, store) => {
      for (const [format] of FORMATS) {
        const { text, publicLine } = file(`${type} ${format}`);
        expectUsable(store(text), publicLine);
      }
      const encrypted = file(`${type} PEM encrypted`);
      expectUsable(store(encrypted.text), encrypted.publicLine, PASSPHRASE);
    });

    test.each(FORMATS.map(([format]) => format))('in %s, encrypted, asks for a passphrase, and knows a wrong one', (format) => {
      const { text } = file(`${type} ${format} encrypted`);
      expect(refusal(text).message).toContain('encrypted');
      expect(refusal(text).remedy).toContain('ssh_passphrase');
      expect(refusal(text, '').message).toContain('no passphrase');
      expect(refusal(text, 'wrong').message).toContain('passphrase does not open');
    });

    test.each(FORMATS.map(([format]) => format))('in %s, cut off anywhere, is called damaged or cut off', (format) => {
      const { text } = file(`${type} ${format}`);
      const lines = text.trim().split('\n');
      for (const cut of [1, lines.length - 1]) expect(refusal(lines.slice(0, cut).join('\n')).message).toContain('cut off');
      const middle = [...lines.slice(0, -2), lines.at(-1)].join('\n');
      expect(refusal(middle).message).toContain('damaged or cut off');
      expect(refusal(text.replace(/^(.*\n)..../, '$1****')).message).toContain('damaged or cut off');
    });
  });

  test('the larger curves are usable', () => {
    for (const bits of ['384', '521']) expectUsable(file(`ecdsa ${bits}`).text, file(`ecdsa ${bits}`).publicLine);
  });

  test('a passphrase nobody needs does no harm', () => {
    for (const type of TYPES) expectUsable(file(`${type} OpenSSH`).text, file(`${type} OpenSSH`).publicLine, PASSPHRASE);
  });

  test('a public key is named as such', () => {
    const published = [file('ed25519 OpenSSH').publicLine, `${file('rsa OpenSSH').publicLine} root@devvm\n`];
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    for (const text of [...published, publicKey.export({ type: 'spki', format: 'pem' }).toString()]) {
      expect(refusal(text).message).toBe('ssh_key holds a public key, not the private one');
      expect(refusal(text).remedy).toContain('.pub');
    }
  });

  test('a PuTTY key is named as such, with the command that converts it', () => {
    const ppk = 'PuTTY-User-Key-File-3: ssh-ed25519\r\nEncryption: none\r\nComment: x\r\nPublic-Lines: 2\r\nAAAA\r\n';
    for (const text of [ppk, Buffer.from(ppk.repeat(2)).toString('base64')]) {
      expect(refusal(text).message).toContain('PuTTY');
      expect(refusal(text).remedy).toContain('puttygen');
    }
  });

  test.each([
    ['', 'is empty'],
    [' \n', 'is empty'],
    ['""', 'is empty'],
    ['~/.ssh/id_ed25519', 'looks like the path'],
    ['/root/.ssh/id_rsa', 'looks like the path'],
    ['hunter2', 'holds no private key'],
    ['{"key": "value"}', 'holds no private key'],
  ])('%j %s', (text, word) => {
    expect(refusal(text).message).toContain(word);
  });

  test('types that SSH servers do not take are named', () => {
    const pkcs8 = { type: 'pkcs8', format: 'pem' } as const;
    const curve = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey.export(pkcs8).toString();
    expect(refusal(curve).message).toContain('secp256k1');
    expect(refusal(generateKeyPairSync('ed448').privateKey.export(pkcs8).toString()).message).toContain('ed448');
    const dsa = generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 }).privateKey;
    expect(refusal(dsa.export(pkcs8).toString()).message).toContain('dsa');
  });

  test('messages name where the key comes from', () => {
    expect(refusal('', null, 'devvm_ssh_key in secret/ci/infra').message).toBe('devvm_ssh_key in secret/ci/infra is empty');
  });
});

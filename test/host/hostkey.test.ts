import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { algorithmsFor, hostKeyPolicy, judgeHostKey } from '../../src/host/hostkey.ts';
import type { HostKeyDecision } from '../../src/host/hostkey.ts';
import { knownHostsLine, parseKnownHosts, typeOf } from '../../src/host/known-hosts.ts';
import { makeKey, sshKeygenMissing } from '../support/keys.ts';

const HOST = { host: 'devvm.lan', port: 22 };
const HOST_2222 = { host: '10.0.10.10', port: 2222 };

describe.skipIf(sshKeygenMissing)(`host keys (${sshKeygenMissing ?? 'made with ssh-keygen'})`, () => {
  let dir = '';
  const keys: Record<string, { readonly line: string; readonly blob: Buffer; readonly fingerprint: string }> = {};

  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'postmortem-hostkey-'));
    for (const name of ['ed25519', 'other', 'rsa', 'ecdsa'] as const) {
      const file = join(dir, name);
      makeKey(file, name === 'other' ? 'ed25519' : name);
      const [type, base64 = ''] = readFileSync(`${file}.pub`, 'utf8').split(' ');
      const fingerprint = execFileSync('ssh-keygen', ['-lf', `${file}.pub`], { encoding: 'utf8' }).split(' ')[1] ?? '';
      keys[name] = { line: `${type} ${base64}`, blob: Buffer.from(base64, 'base64'), fingerprint };
    }
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  const key = (name: string) => keys[name] ?? expect.fail(name);
  const line = (name: string) => key(name).line;
  const judge = (knownHosts: string | null, address = HOST, shown = 'ed25519', rest = {}): HostKeyDecision =>
    judgeHostKey(hostKeyPolicy({ knownHosts, fingerprints: [], insecure: false, ...rest }), address, key(shown).blob);
  const refusal = (decision: HostKeyDecision): UserError =>
    decision.kind === 'refused' ? decision.error : expect.fail(decision.kind);

  test.each([
    ['a plain name', 'devvm.lan %', HOST],
    ['one of several names', 'other,devvm.lan,10.0.0.1 %', HOST],
    ['another case', 'DevVM.lan %', HOST],
    ['a port in brackets', '[10.0.10.10]:2222 %', HOST_2222],
    ['a name without port, for a host on another port', '10.0.10.10 %', HOST_2222],
    ['a pattern', '*.lan %', HOST],
    ['a pattern with one free character', 'devv?.lan %', HOST],
    ['a pattern and an exception for another host', '*.lan,!nas.lan %', HOST],
    ['comments, empty lines and CRLF around it', '# hosts\r\n\r\n  devvm.lan % root@devvm\r\n', HOST],
    ['a literal \\n as line end', 'nas.lan %\\ndevvm.lan %\\n', HOST],
    ['an IPv6 address', '[fd00::10]:2222 %', { host: 'fd00::10', port: 2222 }],
  ])('a host is known by %s', (_, text, address) => {
    expect(judge(text.replaceAll('%', line('ed25519')), address).kind).toBe('trusted');
  });

  test.each([
    ['another name', 'nas.lan %', HOST],
    ['a pattern that excepts it', '*.lan,!devvm.lan %', HOST],
    ['the same name on another port', '[10.0.10.10]:2200 %', HOST_2222],
    ['a name in which the dot stands for itself', 'devvmxlan %', HOST],
  ])('a host is not known by %s', (_, text, address) => {
    expect(refusal(judge(text.replaceAll('%', line('ed25519')), address)).message).toMatch(/^ssh_known_hosts has no line for /);
  });

  test('a name hashed by ssh-keygen -H is known, another is not', () => {
    const file = join(dir, 'known_hosts');
    writeFileSync(file, `devvm.lan ${line('ed25519')}\n[10.0.10.10]:2222 ${line('ed25519')}\n`);
    execFileSync('ssh-keygen', ['-H', '-f', file], { stdio: 'ignore' });
    const hashed = readFileSync(file, 'utf8');
    expect(hashed).toContain('|1|');
    expect(judge(hashed, HOST).kind).toBe('trusted');
    expect(judge(hashed, HOST_2222).kind).toBe('trusted');
    expect(judge(hashed, { host: 'nas.lan', port: 22 }).kind).toBe('refused');
  });

  test('the line we print for a host is one that is accepted for it', () => {
    for (const address of [HOST, HOST_2222, { host: 'fd00::10', port: 22 }]) {
      expect(judge(knownHostsLine(address, key('ed25519').blob), address).kind).toBe('trusted');
    }
  });

  test('another key than the known one is refused, with what was expected, what was seen, and what to do', () => {
    const error = refusal(judge(`devvm.lan ${line('other')}`));
    expect(error.message).toContain(`expected ssh-ed25519 ${key('other').fingerprint} (ssh_known_hosts, line 1)`);
    expect(error.message).toContain(`seen ssh-ed25519 ${key('ed25519').fingerprint}`);
    expect(error.remedy).toContain(`devvm.lan ${line('ed25519')}`);
  });

  test('without any word on the host it is refused, with the fingerprint and the line to paste', () => {
    const error = refusal(judge(null, HOST_2222));
    expect(error.message).toContain('neither ssh_known_hosts nor ssh_fingerprint');
    expect(error.message).toContain(key('ed25519').fingerprint);
    expect(error.remedy).toContain(`ssh_known_hosts to:\n[10.0.10.10]:2222 ${line('ed25519')}`);
  });

  test('ssh_insecure lets it pass with a loud word, also when the known key is another', () => {
    for (const known of [null, `devvm.lan ${line('other')}`]) {
      const decision = judge(known, HOST, 'ed25519', { insecure: true });
      expect(decision).toMatchObject({ kind: 'unchecked', warning: expect.stringContaining(key('ed25519').fingerprint) });
    }
    expect(judge(`devvm.lan ${line('ed25519')}`, HOST, 'ed25519', { insecure: true }).kind).toBe('trusted');
  });

  test('a revoked key is refused, even if it is known, has the right fingerprint, or ssh_insecure is set', () => {
    const text = `devvm.lan ${line('ed25519')}\n@revoked * ${line('ed25519')}`;
    const error = refusal(judge(text, HOST, 'ed25519', { insecure: true, fingerprints: [key('ed25519').fingerprint] }));
    expect(error.message).toContain('revoked');
    expect(judge(`devvm.lan ${line('rsa')}\n@revoked * ${line('ed25519')}`, HOST, 'rsa').kind).toBe('trusted');
  });

  test('a fingerprint is accepted as people write it', () => {
    const bare = key('rsa').fingerprint.replace('SHA256:', '');
    for (const text of [`SHA256:${bare}`, bare, `${bare}=`, ` sha256:${bare}=\n`, `2048 SHA256:${bare} root@devvm (RSA)`]) {
      expect(judge(null, HOST, 'rsa', { fingerprints: [text] }).kind).toBe('trusted');
    }
    expect(judge(null, HOST, 'rsa', { fingerprints: [key('ed25519').fingerprint] }).kind).toBe('refused');
  });

  test('an MD5 fingerprint is refused with the command that prints the right one', () => {
    const md5 = '16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48';
    for (const text of [md5, `MD5:${md5}`]) {
      expect(() => judge(null, HOST, 'rsa', { fingerprints: [text] })).toThrow(
        expect.objectContaining({
          message: expect.stringMatching(/^ssh_fingerprint: MD5/),
          remedy: expect.stringContaining('ssh-keygen -E sha256'),
        }),
      );
    }
    expect(() => judge(null, HOST, 'rsa', { fingerprints: ['SHA256:short'] })).toThrow(/^ssh_fingerprint: "SHA256:short"/);
  });

  test('a line that cannot be used is named', () => {
    expect(() => parseKnownHosts(`# one\n@cert-authority *.lan ${line('ed25519')}`)).toThrow(/line 2: host certificates/);
    const otherType = `devvm.lan ssh-rsa ${line('ed25519').split(' ')[1]}`;
    for (const text of ['devvm.lan', 'devvm.lan ssh-ed25519', 'devvm.lan ssh-ed25519 !!!', line('ed25519'), otherType]) {
      expect(() => parseKnownHosts(`\n${text}`)).toThrow(/^ssh_known_hosts, line 2 is no known_hosts line/);
    }
  });

  test('key types with a known key are asked for first, the rest after them', () => {
    const policy = hostKeyPolicy({ knownHosts: `devvm.lan ${line('rsa')}`, fingerprints: [], insecure: false });
    expect(algorithmsFor(policy, HOST, new Set())).toEqual([
      'rsa-sha2-512',
      'rsa-sha2-256',
      'ssh-rsa',
      'ssh-ed25519',
      'ecdsa-sha2-nistp256',
      'ecdsa-sha2-nistp384',
      'ecdsa-sha2-nistp521',
    ]);
    expect(algorithmsFor(policy, { host: 'nas.lan', port: 22 }, new Set())[0]).toBe('ssh-ed25519');
    expect(algorithmsFor(policy, HOST, new Set(['ssh-rsa', 'ssh-ed25519']))[0]).toBe('ecdsa-sha2-nistp256');
  });

  test('the type of a key is read from the key itself', () => {
    expect(typeOf(key('ecdsa').blob)).toBe('ecdsa-sha2-nistp256');
    expect(typeOf(Buffer.from('x'))).toBe('');
  });
});

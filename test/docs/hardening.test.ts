import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectSsh } from '../../src/host/ssh.ts';
import { Log, Redactor } from '../../src/log.ts';
import { codeBlocks } from '../support/documents.ts';
import { makeKey } from '../support/keys.ts';
import { project } from '../support/bundle.ts';
import { sshdMissing, startSshd } from '../support/sshd.ts';
import type { Sshd } from '../support/sshd.ts';

const blocks = codeBlocks(readFileSync(`${project}SECURITY.md`, 'utf8'));

/** The block of SECURITY.md that holds a text. */
function block(holds: string): string {
  const found = blocks.find(({ text }) => text.includes(holds));
  if (!found) throw new Error(`SECURITY.md has no block with ${holds}`);
  return found.text;
}

/** The file that the commands of a block write, made from it by a shell as on a host, below another root and for the user of the tests. */
function written(holds: string, root: string): string {
  const commands = block(holds).replaceAll(/(?<=\s)\/(?=(?:etc|usr)\/)/g, `${root}/`).replaceAll('postmortem', userInfo().username);
  const path = /^cat > (\S+) <<'END'$/m.exec(commands)?.[1];
  if (path === undefined) throw new Error(`the block with ${holds} writes no file`);
  mkdirSync(dirname(path), { recursive: true });
  // What comes after the file asks a service manager that is not there.
  execFileSync('sh', ['-euc', commands.replace(/^END\n[^]*/m, (rest) => rest.split('\n').filter((line) => /^(?:END|chmod)\b/.test(line)).join('\n'))]);
  return path;
}

/** Does on a host what a run does: words, input, files, a folder, and an end that leaves nothing. */
async function work(sshd: Sshd, privateKey: string): Promise<string> {
  const log = new Log({ redactor: new Redactor(), write: () => {} });
  const host = await connectSsh(
    {
      hosts: ['127.0.0.1'],
      port: sshd.port,
      username: sshd.user,
      privateKey,
      passphrase: null,
      knownHosts: sshd.knownHostsLine,
      fingerprints: [],
      insecure: false,
      connectTimeoutMs: 15_000,
      jumpHost: null,
    },
    log,
  );
  try {
    const path = join(sshd.dir, 'written');
    await host.writeFile(path, 'it\'s "$HOME"');
    const read = (await host.readFile(path)).toString();
    const run = await host.exec(['sh', '-c', 'printf "%s " "$@"; cat', 'sh', "it's", '$(id)'], { cwd: sshd.dir, stdin: 'input' });
    return `${read} ${run.stdout} ${run.code}`;
  } finally {
    await host.close();
  }
}

describe.skipIf(sshdMissing)(`a host hardened as SECURITY.md says (${sshdMissing ?? 'OpenSSH'})`, () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'postmortem-hardening-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('still does what a run needs, with the options of its key and the forced command', async () => {
    const sshd = await startSshd();
    try {
      const key = join(sshd.dir, 'restricted');
      makeKey(key, 'ed25519');
      const shell = written('SSH_ORIGINAL_COMMAND', root);
      const line = readFileSync(written('restrict,', root), 'utf8');
      expect(line).toContain('command="/usr/local/bin/post-mortem-shell" ssh-ed25519 AAAA... ');
      const options = line.split(' ssh-ed25519 ')[0] ?? '';
      sshd.authorize(`${options.replace('/usr/local/bin/post-mortem-shell', shell).replace('10.0.10.0/24', '127.0.0.1')} ${readFileSync(`${key}.pub`, 'utf8')}`);
      expect(await work(sshd, readFileSync(key, 'utf8'))).toBe(`it's "$HOME" it's $(id) input 0`);
    } finally {
      await sshd.stop();
    }
  });

  it('still does what a run needs, with the lines of its sshd_config, and takes no other key', async () => {
    // An included file, as on the host: a Match block ends with it.
    const file = written('Match User postmortem', root);
    const keys = /^ *AuthorizedKeysFile (.*)$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? '';
    const sshd = await startSshd({ config: [`Include ${file}`] });
    try {
      await expect(work(sshd, sshd.clientKey)).rejects.toThrow(/does not accept the key/);
      mkdirSync(dirname(keys), { recursive: true });
      writeFileSync(keys, readFileSync(`${sshd.clientKeyFile}.pub`, 'utf8'));
      expect(await work(sshd, sshd.clientKey)).toBe(`it's "$HOME" it's $(id) input 0`);
    } finally {
      await sshd.stop();
    }
  });
});

import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
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
  it('still does what a run needs, with the options of its key and the forced command', async () => {
    const sshd = await startSshd();
    try {
      const shell = join(sshd.dir, 'post-mortem-shell');
      writeFileSync(shell, block('SSH_ORIGINAL_COMMAND'));
      chmodSync(shell, 0o755);
      const key = join(sshd.dir, 'restricted');
      makeKey(key, 'ed25519');
      const options = block('restrict,').split(' ssh-ed25519 ')[0] ?? '';
      expect(options).toContain('command="/usr/local/bin/post-mortem-shell"');
      sshd.authorize(`${options.replace('/usr/local/bin/post-mortem-shell', shell).replace('10.0.10.0/24', '127.0.0.1')} ${readFileSync(`${key}.pub`, 'utf8')}`);
      expect(await work(sshd, readFileSync(key, 'utf8'))).toBe(`it's "$HOME" it's $(id) input 0`);
    } finally {
      await sshd.stop();
    }
  });

  it('still does what a run needs, with the lines of its sshd_config', async () => {
    // An included file, as on the host: a Match block ends with it.
    const folder = mkdtempSync(join(tmpdir(), 'postmortem-hardening-'));
    const file = join(folder, 'post-mortem.conf');
    writeFileSync(file, block('Match User postmortem').replace('User postmortem', `User ${userInfo().username}`));
    const sshd = await startSshd({ config: [`Include ${file}`] });
    try {
      expect(await work(sshd, sshd.clientKey)).toBe(`it's "$HOME" it's $(id) input 0`);
    } finally {
      await sshd.stop();
      rmSync(folder, { recursive: true });
    }
  });
});

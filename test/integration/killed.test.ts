import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { processesWith } from '../support/processes.ts';
import { sshdMissing, startSshd } from '../support/sshd.ts';
import type { Sshd } from '../support/sshd.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A process of its own that runs a command on a host; its settings are its argument. */
const PROGRAM = `
  import { localHost } from './src/host/local.ts';
  import { connectSsh } from './src/host/ssh.ts';
  import { Log, Redactor } from './src/log.ts';
  const { ssh, command } = JSON.parse(process.argv[2]);
  const log = new Log({ redactor: new Redactor() });
  (ssh ? connectSsh(ssh, log) : Promise.resolve(localHost(log))).then((host) => host.exec(['sh', '-c', command]));
`;

describe('when the plugin itself is killed', () => {
  let dir = '';
  let sshd: Sshd | null = null;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'postmortem-killed-'));
    await build({
      stdin: { contents: PROGRAM, resolveDir: root, loader: 'ts' },
      outfile: join(dir, 'program.cjs'),
      bundle: true,
      platform: 'node',
      packages: 'external',
      logLevel: 'error',
    });
  });
  afterAll(async () => {
    await sshd?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  async function expectNothingLeft(ssh: object | null): Promise<void> {
    const sleep = `sleep 9${randomInt(1e9, 9e9)}`;
    const command = `setsid ${sleep} & nohup ${sleep} > /dev/null 2>&1 & ${sleep}`;
    const plugin = spawn(process.execPath, [join(dir, 'program.cjs'), JSON.stringify({ ssh, command })], {
      env: { ...process.env, NODE_PATH: join(root, 'node_modules') },
      stdio: 'inherit',
    });
    try {
      await vi.waitFor(() => expect(processesWith(sleep).length).toBeGreaterThan(3), { timeout: 20_000 });
    } finally {
      plugin.kill('SIGKILL');
    }
    await vi.waitFor(() => expect(processesWith(sleep)).toEqual([]), { timeout: 20_000 });
  }

  test('what it runs on this machine is stopped', async () => {
    await expectNothingLeft(null);
  });

  test.skipIf(sshdMissing)(`what it runs on a host over SSH is stopped (${sshdMissing ?? 'OpenSSH'})`, async () => {
    sshd = await startSshd();
    const { port, user: username, clientKey: privateKey, knownHostsLine: knownHosts } = sshd;
    await expectNothingLeft({
      ...{ hosts: ['127.0.0.1'], port, username, privateKey, knownHosts },
      ...{ passphrase: null, fingerprints: [], insecure: false, connectTimeoutMs: 10_000, jumpHost: null },
    });
  });
});

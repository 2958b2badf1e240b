import { chmodSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { localHost } from '../../src/host/local.ts';
import { logLines } from '../support/log-lines.ts';

describe('this machine as the host', () => {
  let dir = '';
  beforeAll(() => {
    dir = realpathSync(mkdtempSync(join(tmpdir(), 'postmortem-local-')));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  test('gives programs our environment, without our settings and credentials', async () => {
    const secrets = { PLUGIN_SLACK_WEBHOOK: 'T0/B0/secret', CI_NETRC_PASSWORD: 'secret' };
    const env = { ...process.env, ...secrets, HTTPS_PROXY: 'http://proxy', CI_REPO: 'a/b' };
    const host = localHost(logLines().log, env);
    const { stdout } = await host.exec(['env']);
    await host.close();
    expect(stdout).toContain('HTTPS_PROXY=http://proxy\n');
    expect(stdout).toContain('CI_REPO=a/b\n');
    expect(stdout).not.toContain('secret');
  });

  test("gives programs the user's home where Woodpecker has set an empty one, and no other", async () => {
    const homeIn = async (env: NodeJS.ProcessEnv) => {
      const host = localHost(logLines().log, { ...process.env, ...env });
      const { stdout } = await host.exec(['sh', '-c', 'echo $HOME']);
      await host.close();
      return stdout.trim();
    };
    expect(await homeIn({ HOME: '/tmp/woodpecker-1/home', CI_WORKSPACE: '/tmp/woodpecker-1/workspace' })).toBe(userInfo().homedir);
    expect(await homeIn({ HOME: dir, CI_WORKSPACE: '/woodpecker/src/home/infra' })).toBe(dir);
    expect(await homeIn({ HOME: dir })).toBe(dir);
  });

  test('runs programs where we are, if no folder is given', async () => {
    const host = localHost(logLines().log);
    expect((await host.exec(['pwd'])).stdout.trim()).toBe(process.cwd());
    await host.close();
  });

  test('says that the disk is full, and leaves the file that was there', async () => {
    // /dev/full gives the real error of a full disk; a cat in front of the real one writes there.
    const bin = join(dir, 'bin');
    const folder = mkdtempSync(join(dir, 'full-'));
    const host = localHost(logLines().log, { ...process.env, PATH: `${bin}:${process.env['PATH']}` });
    await host.writeFile(join(folder, 'journal'), 'old');
    await host.exec(['mkdir', bin]);
    writeFileSync(join(bin, 'cat'), '#!/bin/sh\nexec /bin/cat > /dev/full\n');
    chmodSync(join(bin, 'cat'), 0o755);
    const error = await host.writeFile(join(folder, 'journal'), 'new').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      name: 'UserError',
      message: expect.stringMatching(/^cannot write .*journal on this machine: the disk is full/),
      remedy: expect.stringContaining('df -h'),
    });
    expect(readdirSync(folder)).toEqual(['journal']);
    expect((await host.readFile(join(folder, 'journal'))).toString()).toBe('old');
    await host.close();
  });

  test('without a shell says so', async () => {
    const host = localHost(logLines().log, { PATH: dir });
    await expect(host.exec(['true'])).rejects.toThrow(/^cannot run sh on this machine/);
    await host.close();
  });
});

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fixedEnvironment, scrubPrefix } from '../../src/agent/environment.ts';

/** What a program sees behind the scrub. */
function seen(environment: Record<string, string>): Record<string, string> {
  const [program = '', ...words] = [...scrubPrefix(), process.execPath, '-p', 'JSON.stringify(process.env)'];
  const { stdout, status, stderr } = spawnSync(program, words, {
    env: { PATH: '/usr/bin:/bin', ...environment },
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as Record<string, string>;
}

describe("the agent's environment", () => {
  it('keeps what Claude Code needs, and what a call adds', () => {
    const kept = {
      ...{
        HOME: '/home/a b',
        LANG: 'C.UTF-8',
        LC_ALL: 'C',
        TMPDIR: '/tmp',
        USER: 'wizard',
        LOGNAME: 'wizard',
        https_proxy: 'http://p',
        NO_PROXY: 'x',
      },
      ...{
        ANTHROPIC_API_KEY: 'made-up',
        ANTHROPIC_BASE_URL: 'http://127.0.0.1',
        CLAUDE_CODE_OAUTH_TOKEN: "it's $made `up`",
        CLAUDE_CONFIG_DIR: '/c',
      },
      ...{ POSTMORTEM_PLUGIN_EXEC: 'mark-1-', ...fixedEnvironment('/work/infra') },
    };
    expect(seen(kept)).toMatchObject(kept);
  });

  it('loses everything else', () => {
    const lost = {
      ...{
        SSH_AUTH_SOCK: 'x',
        VAULT_TOKEN: 'x',
        KUBECONFIG: 'x',
        TF_VAR_password: 'x',
        GIT_DIR: 'x',
        GIT_SSH_COMMAND: 'x',
        NODE_OPTIONS: '--no-warnings',
      },
      ...{
        AWS_SECRET_ACCESS_KEY: 'x',
        GOOGLE_APPLICATION_CREDENTIALS: 'x',
        AZURE_CLIENT_SECRET: 'x',
        PLUGIN_SSH_KEY: 'x',
        LD_LIBRARY_PATH: '/x',
      },
      ...{
        NOT_ANTHROPIC_KEY: 'x',
        HOMEX: 'x',
        XHOME: 'x',
        '-u': 'x',
        'with.dot': 'x',
        'BASH_FUNC_ls%%': '() { echo taken; }',
        '*': 'x',
      },
    };
    expect(Object.keys(lost).filter((name) => name in seen(lost))).toEqual([]);
  });

  it('is not misled by values that look like variables', () => {
    const result = seen({
      HOME: '/h',
      MULTI: 'a\nANTHROPIC_API_KEY=forged\nHOME=/forged',
      ANTHROPIC_API_KEY: 'real\nVAULT_TOKEN=text',
    });
    expect(result).toMatchObject({ HOME: '/h', ANTHROPIC_API_KEY: 'real\nVAULT_TOKEN=text' });
    expect(result).not.toHaveProperty('MULTI');
  });

  it.each([
    ['CLAUDE_CODE_USE_BEDROCK', 'AWS_SECRET_ACCESS_KEY'],
    ['CLAUDE_CODE_USE_VERTEX', 'GOOGLE_APPLICATION_CREDENTIALS'],
    ['CLAUDE_CODE_USE_FOUNDRY', 'AZURE_CLIENT_SECRET'],
  ])('keeps a cloud login only while %s is on', (flag, credential) => {
    expect(seen({ [flag]: '1', [credential]: 'x' })).toHaveProperty(credential, 'x');
    expect(seen({ [flag]: '0', [credential]: 'x' })).not.toHaveProperty(credential);
  });

  it('finds a Claude Code of its own installer', () => {
    expect(seen({ HOME: '/home/wizard' })['PATH']).toBe('/usr/bin:/bin:/home/wizard/.local/bin');
  });

  it('starts nothing when it cannot take anything away', () => {
    const empty = mkdtempSync(join(tmpdir(), 'no-programs-'));
    const [, ...words] = [...scrubPrefix(), process.execPath, '-p', '1'];
    const { status, stdout } = spawnSync('/bin/sh', words, { env: { PATH: empty, VAULT_TOKEN: 'x' }, encoding: 'utf8' });
    rmSync(empty, { recursive: true });
    expect([status, stdout]).toEqual([126, '']);
  });

  it('shows no value in its command line', () => {
    expect(scrubPrefix().join(' ')).not.toMatch(/made-up|=\$\{?ANTHROPIC/);
  });
});

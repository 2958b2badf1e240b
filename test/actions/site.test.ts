import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { site } from '../../src/actions/site.ts';
import { pipelineOf } from '../../src/kit/links.ts';
import { Redactor } from '../../src/log.ts';
import { readSettings } from '../../src/settings/settings.ts';
import { logLines } from '../support/log-lines.ts';
import { documentOf } from '../support/site.ts';

const folder = 'docs/post-mortems';
const png = Buffer.from('89504e470d0a1a0a', 'hex');
let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'site-action-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function put(path: string, content: string | Buffer): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

interface Ended {
  readonly code: number;
  readonly lines: string;
}

async function build(variables: Readonly<Record<string, string>> = {}, pipeline: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const { log, lines } = logLines('info');
  const settings = readSettings({ PLUGIN_ACTION: 'site', ...variables }, new Redactor());
  const code = await site({ settings, pipeline: pipelineOf(pipeline, root), root, log, today: '2026-06-15' });
  return { code, lines: lines.join('\n') };
}

const page = (path: string): string => readFileSync(join(root, 'public', path), 'utf8');
const files = (): string[] => readdirSync(join(root, 'public'), { recursive: true, encoding: 'utf8' });

describe('the site of a repository', () => {
  test('is written into the folder that is set, and tells what it did', async () => {
    put(`${folder}/2026-05-01-vault.md`, documentOf());
    const { code, lines } = await build({ PLUGIN_SITE_DIR: 'out/pages', PLUGIN_SITE_TITLE: 'What went wrong' });
    expect(code).toBe(0);
    expect(lines).toContain('1 post-mortems, 1 open items (1 overdue)');
    expect(readFileSync(join(root, 'out/pages/index.html'), 'utf8')).toContain('<h1>What went wrong</h1>');
    expect((await build({ PLUGIN_SITE_DIR: 'out/pages', PLUGIN_SITE_TITLE: 'What went wrong' })).lines).toContain('0 files written, 8 unchanged, 0 removed');
  });

  test('has a card for what cannot be read, and names what is no post-mortem', async () => {
    put(`${folder}/2026-05-01-vault.md`, documentOf());
    put(`${folder}/2026-04-01-latin.md`, Buffer.from([0x23, 0x20, 0xe9, 0x0a]));
    put(`${folder}/template.md`, '# Post-Mortem: <title>\n');
    put(`${folder}/README.md`, '# Our post-mortems\n');
    const { code, lines } = await build();
    expect(code).toBe(0);
    expect(lines).toContain('2026-04-01-latin.md');
    expect(page('index.html').split('<li data-y=')).toHaveLength(3);
    expect(page('index.html')).toMatch(/Not post-mortems, and not counted: <code>[^<]*README\.md<\/code>, <code>[^<]*template\.md<\/code>/);
  });

  test('links to the forge of the pipeline, else to that of the git remote', async () => {
    put(`${folder}/2026-05-01-vault.md`, documentOf());
    await build({}, { CI_REPO: 'acme/infra', CI_REPO_URL: 'https://git.test/acme/infra', CI_FORGE_TYPE: 'gitea', CI_COMMIT_BRANCH: 'main' });
    expect(page('post-mortems/2026-05-01-vault.html')).toContain('https://git.test/acme/infra/src/branch/main/docs/post-mortems/2026-05-01-vault.md');
    put('.git/config', '[remote "origin"]\n\turl = git@github.com:acme/infra.git\n');
    put('.git/HEAD', 'ref: refs/heads/main\n');
    await build();
    expect(page('post-mortems/2026-05-01-vault.html')).toContain('https://github.com/acme/infra/blob/main/docs/post-mortems/2026-05-01-vault.md');
    expect(page('index.html')).toContain('<h1>Post-mortems of acme/infra</h1>');
  });

  test('holds the pictures of the repository, and nothing from outside of it', async () => {
    put('secret.png', png);
    put(`${folder}/images/cpu.png`, png);
    symlinkSync(join(root, 'secret.png'), join(root, folder, 'images/link.png'));
    put('.git/x.png', png);
    put(`${folder}/2026-05-01-vault.md`, '# Vault\n\n![a](images/cpu.png) ![b](images/link.png) ![c](../../../../../../../../etc/hostname.png) ![d](images/%00.png) ![e](../../.git/x.png) ![f](images/none.png)\n');
    await build();
    expect(files().filter((path) => path.endsWith('.png'))).toHaveLength(1);
    expect(page('post-mortems/2026-05-01-vault.html').match(/<img /g)).toHaveLength(1);
  });

  test('is not built of nothing', async () => {
    const { code, lines } = await build();
    expect(code).toBe(1);
    expect(lines).toContain('no post-mortem was found');
    expect(existsSync(join(root, 'public'))).toBe(false);
  });

  test('is only told about in a dry run', async () => {
    put(`${folder}/2026-05-01-vault.md`, documentOf());
    expect(await build({ PLUGIN_DRY_RUN: 'true' })).toMatchObject({ code: 0, lines: expect.stringContaining('Would write 8 files to public') as unknown });
    expect(existsSync(join(root, 'public'))).toBe(false);
  });

  test('says what is wrong with its address', async () => {
    put(`${folder}/2026-05-01-vault.md`, documentOf());
    await expect(build({ PLUGIN_SITE_URL: 'example.test' })).rejects.toThrow('site_url: "example.test" is no web address');
    await build({ PLUGIN_SITE_URL: 'https://example.test/pm/' });
    expect(page('index.html')).toContain('<link rel="canonical" href="https://example.test/pm/">');
  });
});

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Log, Redactor } from '../../src/log.ts';
import { runLint, type LintRun } from '../../src/actions/lint.ts';

const clean = `# Post-Mortem: DNS outage

**Date**: 2026-04-14

## Prevention Plan

| Priority | Action | Type | Details | Status |
|----------|--------|------|---------|--------|
| P1 | Alert when a zone is older than a day | Alert | zone_age_seconds > 86400 | TODO |
`;
const followUp = (commit: string): string => `
## Follow-up Implementation

| Date | Action | Priority | Type | Commit | Implemented By |
|------|--------|----------|------|--------|----------------|
| 2026-04-15 | Restart the resolver | P2 | Config | \`${commit}\` | anna |
`;
const name = 'docs/post-mortems/2026-04-14-dns.md';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lint-'));
  mkdirSync(join(root, 'docs/post-mortems'), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function save(text: string, file = name): void {
  writeFileSync(join(root, file), text);
}

function git(folder: string, ...words: string[]): string {
  const identity = ['-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'commit.gpgSign=false', '-c', 'protocol.file.allow=always'];
  return execFileSync('git', [...identity, ...words], { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
}

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly log: string;
  readonly notes: string;
}

async function lint(more: Partial<LintRun> = {}): Promise<Ended> {
  const redactor = new Redactor();
  redactor.add('hunter2secret');
  let [out, log, notes] = ['', '', ''];
  const code = await runLint({
    root,
    patterns: ['docs/post-mortems/*.md'],
    format: 'text',
    fix: false,
    today: '2026-04-20',
    overdueDays: { P0: 14, P1: 30, P2: 90, P3: null },
    types: ['Alert', 'Config', 'Monitor'],
    safeTypes: ['Alert', 'Config', 'Monitor'],
    log: new Log({ redactor, write: (line) => (log += line) }),
    write: (text) => (out += text),
    note: (text) => (notes += text),
    ...more,
  });
  return { code, out, log, notes };
}

describe('lint', () => {
  it('ends with 0 when there is nothing worse than a warning, and with 1 on errors', async () => {
    save(clean);
    expect(await lint()).toEqual({ code: 0, out: '0 errors, 0 warnings, 0 notes in 1 post-mortem\n', log: '', notes: '' });
    save(clean.replace('| Alert |', '| Alrt |'));
    expect(await lint()).toMatchObject({ code: 0, out: expect.stringContaining(`${name}:9:48 warning unknown-type`) as string });
    save(clean.replace('TODO', 'whenever'));
    expect(await lint()).toMatchObject({ code: 1, out: expect.stringContaining(`${name}:9:83 error unknown-status`) as string });
  });

  it('tells files that cannot be read, and reads the others', async () => {
    save(clean);
    writeFileSync(join(root, 'docs/post-mortems/2026-04-15-latin.md'), Buffer.from('# Caf\xe9\n', 'latin1'));
    const { code, out } = await lint();
    expect(code).toBe(1);
    expect(out).toContain('docs/post-mortems/2026-04-15-latin.md:1:1 error not-utf8');
    expect(out).toContain('1 error, 0 warnings, 0 notes in 1 post-mortem');
    expect(await lint({ patterns: ['nowhere/*.md'] })).toMatchObject({ code: 1, out: expect.stringContaining('no-file-matched') as string });
  });

  it('writes nothing but JSON where JSON is asked for, and masks secrets in it', async () => {
    save(clean.replace('TODO', 'hunter2secret'));
    for (const format of ['json', 'sarif'] as const) {
      const { out, notes, log } = await lint({ format });
      expect(() => JSON.parse(out) as unknown).not.toThrow();
      expect(out).not.toContain('hunter2');
      expect(notes).toContain('1 error, 0 warnings, 0 notes in 1 post-mortem');
      expect(log).toBe('');
    }
  });

  it('repairs the files when asked to, and then finds what is left', async () => {
    save(clean.replace('TODO', 'to do').replace('| Alert |', '| Alrt |'));
    const { code, out } = await lint({ fix: true });
    expect(readFileSync(join(root, name), 'utf8')).toBe(clean.replace('| Alert |', '| Alrt |'));
    expect(out).toContain(`${name}:9 repaired status-spelling`);
    expect(out).toContain('0 errors, 1 warning, 0 notes in 1 post-mortem, 1 repaired');
    expect(code).toBe(0);
    expect((await lint({ fix: true })).out).not.toContain('repaired');
  });

  describe('of commits in a Follow-up table', () => {
    it('knows those of the branch, and finds those of none or of another branch', async () => {
      git(root, 'init', '--quiet', '--initial-branch=main');
      git(root, 'commit', '--quiet', '--allow-empty', '--message=first');
      const known = git(root, 'rev-parse', 'HEAD');
      git(root, 'checkout', '--quiet', '-b', 'other');
      git(root, 'commit', '--quiet', '--allow-empty', '--message=elsewhere');
      const elsewhere = git(root, 'rev-parse', 'HEAD');
      git(root, 'checkout', '--quiet', 'main');
      save(clean + followUp(known.slice(0, 8)));
      expect(await lint()).toMatchObject({ code: 0, log: '' });
      for (const id of [elsewhere.slice(0, 8), '0123456789abcdef0123456789abcdef01234567']) {
        save(clean + followUp(id));
        expect(await lint()).toMatchObject({ code: 1, out: expect.stringContaining(`commit-not-in-history the commit ${id}`) as string });
      }
    });

    it('says that it cannot check them in a shallow clone, or without a repository', async () => {
      save(clean + followUp('01234567'));
      expect(await lint()).toMatchObject({ code: 0, log: expect.stringContaining('not checked: this is no git repository') as string });
      const origin = join(root, 'origin');
      mkdirSync(origin);
      git(origin, 'init', '--quiet');
      git(origin, 'commit', '--quiet', '--allow-empty', '--message=first');
      git(origin, 'commit', '--quiet', '--allow-empty', '--message=second');
      git(root, 'clone', '--quiet', '--depth=1', `file://${origin}`, 'clone');
      mkdirSync(join(root, 'clone/docs/post-mortems'), { recursive: true });
      save(clean + followUp('01234567'), `clone/${name}`);
      expect(await lint({ root: join(root, 'clone') })).toMatchObject({ code: 0, log: expect.stringContaining('not checked: the clone is shallow') as string });
    });

    it('runs nothing the repository configures', async () => {
      git(root, 'init', '--quiet', '--initial-branch=main');
      git(root, 'commit', '--quiet', '--allow-empty', '--message=first');
      const mark = join(root, 'ran');
      for (const key of ['core.fsmonitor', 'core.pager', 'core.sshCommand', 'alias.cat-file', 'core.hooksPath']) {
        git(root, 'config', key, key.startsWith('alias') ? `!touch ${mark}` : `touch ${mark}`);
      }
      save(clean + followUp('01234567'));
      await lint();
      expect(() => readFileSync(mark)).toThrow('ENOENT');
    });
  });
});

import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DIFF_ARGUMENTS, readChanges } from '../../src/guard/changes.ts';
import type { FileChange, Patch } from '../../src/guard/changes.ts';
import { checkPatch } from '../../src/guard/patch.ts';

const hasGit = spawnSync('git', ['--version'], { stdio: 'ignore' }).status === 0;
const NO_LIMITS = { protectedPaths: [], maxFiles: 100, maxLines: 1000 };

/** A real repository with one commit; the patch is what is staged on top of it. */
class Repository {
  readonly folder = mkdtempSync(join(tmpdir(), 'patch-gate-'));

  constructor() {
    this.git('init', '-q');
    this.git('config', 'user.name', 'Test');
    this.git('config', 'user.email', 'test@example.org');
  }

  git(...args: string[]): Buffer {
    const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' };
    return execFileSync('git', args, { cwd: this.folder, env, stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 64 << 20 });
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  write(name: string, content: string | Buffer): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), content);
  }

  commit(): void {
    this.git('add', '--all');
    this.git('commit', '--quiet', '--allow-empty', '--message', 'before');
  }

  patch(): Patch {
    this.git('add', '--all');
    const diff = (args: readonly string[]): Buffer => this.git('diff', '--cached', ...args);
    return readChanges({
      raw: diff(DIFF_ARGUMENTS.raw),
      numstat: diff(DIFF_ARGUMENTS.numstat).toString(),
      patch: diff(DIFF_ARGUMENTS.patch).toString(),
    });
  }

  /** The one changed file. */
  change(): FileChange {
    const { files, problems } = this.patch();
    expect(problems).toEqual([]);
    expect(files).toHaveLength(1);
    return files[0] as FileChange;
  }

  reasons(): string[] {
    return checkPatch(this.patch(), NO_LIMITS);
  }
}

describe.skipIf(!hasGit)('reading a patch from a real repository (skipped where git is not installed)', () => {
  let repository: Repository;
  beforeEach(() => {
    repository = new Repository();
    repository.write('stacks/web/main.tf', 'one\ntwo\nthree\n');
    repository.commit();
  });
  afterEach(() => rmSync(repository.folder, { recursive: true, force: true }));

  it('finds nothing where nothing was changed', () => {
    expect(repository.patch()).toEqual({ files: [], problems: [] });
    expect(repository.reasons()).toEqual(['the patch is empty: nothing was changed']);
  });

  it('gives new lines with their numbers in the new file', () => {
    repository.write('stacks/web/main.tf', 'zero\none\nTWO\nthree\nfour');
    expect(repository.change()).toMatchObject({
      path: 'stacks/web/main.tf',
      status: 'M',
      oldMode: '100644',
      newMode: '100644',
      added: 3,
      deleted: 1,
      binary: false,
      addedLines: [
        { line: 1, text: 'zero' },
        { line: 3, text: 'TWO' },
        { line: 5, text: 'four' },
      ],
    });
    expect(repository.reasons()).toEqual([]);
  });

  it('takes lines that look like headers of a patch for what they are', () => {
    const text = '--- a/x\n+++ b/y\n@@ -1 +1 @@\ndiff --git a/x b/y\n\\ No newline\n\nBinary files a/x and b/x differ\n';
    repository.write('notes.txt', text);
    repository.write('stacks/web/main.tf', '-- a\n++ b\n');
    const { files, problems } = repository.patch();
    expect(problems).toEqual([]);
    expect(files.map(({ addedLines }) => addedLines.map((line) => `${line.text}\n`).join(''))).toEqual([
      text,
      '-- a\n++ b\n',
    ]);
  });

  it.each([
    'with space.tf',
    'tab\tin it',
    'new\nline',
    'quo"te\'s',
    'back\\slash',
    'ünïcödé 中文 🙂',
    ' leading',
    'trailing ',
    '-dash',
    '$(touch x)`',
    'a b/c"d/\u0001e',
    'b/a/stacks/web',
    'octal\\303',
  ])('reads the name %j as it is', (name) => {
    repository.write(name, 'text\n');
    expect(repository.change()).toMatchObject({ path: name, status: 'A', addedLines: [{ line: 1, text: 'text' }] });
  });

  it('sees a rename as a deletion and an addition, so that both names are judged', () => {
    renameSync(repository.path('stacks/web/main.tf'), repository.path('moved.tf'));
    expect(repository.patch().files.map(({ path, status }) => `${status} ${path}`)).toEqual([
      'A moved.tf',
      'D stacks/web/main.tf',
    ]);
    expect(repository.reasons()).toEqual([]);
  });

  it('lets a change of an executable be, and refuses to make one', () => {
    repository.write('run.sh', 'echo 1\n');
    chmodSync(repository.path('run.sh'), 0o755);
    repository.commit();
    repository.write('run.sh', 'echo 2\n');
    expect(repository.reasons()).toEqual([]);
    repository.write('new.sh', 'echo 3\n');
    chmodSync(repository.path('new.sh'), 0o755);
    chmodSync(repository.path('stacks/web/main.tf'), 0o755);
    expect(repository.reasons()).toEqual([
      'new.sh: is a new executable',
      'stacks/web/main.tf: changes its mode (100644 -> 100755)',
    ]);
  });

  it('refuses symbolic links: new ones, in place of a file, and in place of a link', () => {
    symlinkSync('/etc/passwd', repository.path('link'));
    expect(repository.reasons()).toEqual(['link: is a symbolic link']);
    repository.commit();
    unlinkSync(repository.path('link'));
    symlinkSync('/etc/shadow', repository.path('link'));
    unlinkSync(repository.path('stacks/web/main.tf'));
    symlinkSync('../../link', repository.path('stacks/web/main.tf'));
    expect(repository.reasons()).toEqual(['link: is a symbolic link', 'stacks/web/main.tf: is a symbolic link']);
  });

  it('refuses a repository inside the repository', () => {
    repository.git('config', 'diff.submodule', 'log');
    mkdirSync(repository.path('inner'));
    const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org'];
    repository.git('init', '-q', 'inner');
    repository.git('-C', 'inner', ...identity, 'commit', '--quiet', '--allow-empty', '--message', 'x');
    expect(repository.reasons()).toEqual(['inner: is a submodule or a repository of its own']);
  });

  it('refuses binary files, also those that only an attribute calls so', () => {
    repository.write('image.png', Buffer.from([0x89, 0x50, 0, 1, 2]));
    expect(repository.reasons()).toEqual(['image.png: is a binary file']);
    repository.commit();
    repository.write('.git/info/attributes', '*.tf binary\n');
    repository.write('stacks/web/main.tf', 'changed\n');
    expect(repository.reasons()).toEqual(['stacks/web/main.tf: is a binary file']);
  });

  it('refuses a name that is no UTF-8', () => {
    writeFileSync(Buffer.concat([Buffer.from(`${repository.folder}/`), Buffer.from([0x61, 0xff])]), 'x\n');
    expect(repository.reasons().join()).toContain('is not UTF-8');
  });

  it('refuses unresolved conflicts', () => {
    repository.git('checkout', '-q', '-b', 'other');
    repository.write('stacks/web/main.tf', 'theirs\n');
    repository.commit();
    repository.git('checkout', '-q', '-');
    repository.write('stacks/web/main.tf', 'ours\n');
    repository.commit();
    expect(() => repository.git('merge', 'other')).toThrow();
    const diff = (args: readonly string[]): string => repository.git('diff', '--cached', ...args).toString();
    const patch = readChanges({
      raw: diff(DIFF_ARGUMENTS.raw),
      numstat: diff(DIFF_ARGUMENTS.numstat),
      patch: diff(DIFF_ARGUMENTS.patch),
    });
    expect(checkPatch(patch, NO_LIMITS)).toContain('stacks/web/main.tf: has merge conflicts');
  });

  it('reads the same under a configuration that would change what git prints', () => {
    const change = (): void => repository.write('stacks/web/main.tf', 'one\n2\nthree\nfour\n');
    change();
    const plain = repository.patch();
    for (const [key, value] of [
      ['diff.noprefix', 'true'],
      ['diff.mnemonicPrefix', 'true'],
      ['diff.renames', 'copies'],
      ['diff.external', 'false'],
      ['diff.context', '9'],
      ['diff.interHunkContext', '9'],
      ['diff.relative', 'true'],
      ['diff.submodule', 'log'],
      ['color.ui', 'always'],
      ['core.quotePath', 'false'],
      ['diff.tf.textconv', 'echo nothing'],
    ] as const) {
      repository.git('config', key, value);
    }
    repository.write('.git/info/attributes', '*.tf diff=tf\n');
    expect(repository.patch()).toEqual(plain);
  });

  it('reads back whatever text is written', () => {
    const line = fc.string({ unit: fc.constantFrom('+', '-', ' ', '@', '\\', 'a', '\r', 'é', '"', '\t'), maxLength: 8 });
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 8 }), fc.boolean(), (lines, newline) => {
        const text = lines.join('\n') + (newline ? '\n' : '');
        repository.write('notes.txt', text);
        const { files, problems } = repository.patch();
        expect(problems).toEqual([]);
        const read = files.flatMap(({ addedLines }) => addedLines.map((added) => added.text));
        expect(read).toEqual(text === '' ? [] : text.replace(/\n$/, '').split('\n'));
      }),
      { numRuns: 25 },
    );
  });
});

describe('a patch that cannot be read', () => {
  const id = '0'.repeat(40);
  const raw = `:100644 100644 ${id} ${id} M\0a.tf\0`;
  const numstat = '1\t0\ta.tf\0';
  const patch = 'diff --git a/a.tf b/a.tf\nindex 1..2 100644\n--- a/a.tf\n+++ b/a.tf\n@@ -0,0 +1 @@\n+x\n';

  it('is told from one that can', () => {
    expect(readChanges({ raw, numstat, patch }).problems).toEqual([]);
  });

  it.each([
    ['a list that is cut off', { raw: raw.slice(0, -1), numstat, patch }],
    ['a list of another form', { raw: raw.replace(':1', '1'), numstat, patch }],
    ['no counts', { raw, numstat: '', patch }],
    ['counts of another file', { raw, numstat: numstat.replace('a.tf', 'b.tf'), patch }],
    ['counts of another form', { raw, numstat: 'x\0', patch }],
    ['other counts than lines', { raw, numstat: numstat.replace('1', '2'), patch }],
    ['a patch without its lines', { raw, numstat, patch: '' }],
    ['a patch that is cut off', { raw, numstat, patch: patch.slice(0, -1) }],
    ['a patch with other prefixes', { raw, numstat, patch: patch.replace('+++ b/', '+++ w/').replace('--- a/', '--- i/') }],
    ['a patch with context', { raw, numstat, patch: `${patch} context\n` }],
    ['a coloured patch', { raw, numstat, patch: `\u001b[1m${patch}` }],
    ['a patch of more files', { raw, numstat, patch: patch + patch.replaceAll('a.tf', 'c.tf') }],
  ])('is refused: %s', (_, input) => {
    const reasons = checkPatch(readChanges(input), NO_LIMITS);
    expect(reasons.length).toBeGreaterThan(0);
    expect(reasons.every((reason) => reason.startsWith('the patch cannot be read: ') && !reason.includes('\n'))).toBe(true);
  });

  it('never throws, and is never allowed unless all three agree on a change', () => {
    const noise = fc.string({
      unit: fc.constantFrom('\0', '\n', ':', 'M', '1', '0', ' ', '\t', '+', '-', '@', 'a', '/', '"', '\\'),
    });
    fc.assert(
      fc.property(noise, noise, noise, (a, b, c) => {
        expect(checkPatch(readChanges({ raw: a, numstat: b, patch: c }), NO_LIMITS).length).toBeGreaterThan(0);
      }),
    );
  });
});

import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fileSizeCap, scan } from '../../src/postmortem/scan.ts';

const postMortem = '# Outage\n\n## Action items\n\n| Action | Type | Status |\n|---|---|---|\n| Add an alert | Alert | TODO |\n';
let root = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'scan-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function write(path: string, content: string | Buffer = postMortem): string {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
  return path;
}

function found(...patterns: string[]): string[] {
  return scan({ root, patterns }).postMortems.map(({ file }) => file);
}

function problems(...patterns: string[]): string[] {
  return scan({ root, patterns }).problems.map(({ file, line, rule }) => `${file}:${line} ${rule}`);
}

/** Root may read everything: for the time of one call it is nobody. */
function asNobody<T>(call: () => T): T {
  if (process.geteuid?.() !== 0) return call();
  process.seteuid?.(65_534);
  try {
    return call();
  } finally {
    process.seteuid?.(0);
  }
}

describe('patterns', () => {
  beforeEach(() => {
    write('docs/pm/2026-01-01-a.md');
    write('docs/pm/2026-02-02-b.md');
    write('docs/pm/deep/er/c.md');
    write('docs/pm/notes.txt');
    write('node_modules/x/docs/d.md');
  });

  test.each([
    ['docs/pm/*.md', ['docs/pm/2026-01-01-a.md', 'docs/pm/2026-02-02-b.md']],
    ['./docs/pm/*-a.md', ['docs/pm/2026-01-01-a.md']],
    ['**/*.md', ['docs/pm/2026-01-01-a.md', 'docs/pm/2026-02-02-b.md', 'docs/pm/deep/er/c.md']],
    ['docs/**/c.md', ['docs/pm/deep/er/c.md']],
    ['docs/{pm,x}/*/er/*.md', ['docs/pm/deep/er/c.md']],
    ['docs/pm/2026-01-01-a.md', ['docs/pm/2026-01-01-a.md']],
    ['docs/pm', ['docs/pm/2026-01-01-a.md', 'docs/pm/2026-02-02-b.md', 'docs/pm/deep/er/c.md']],
    ['docs/pm/', ['docs/pm/2026-01-01-a.md', 'docs/pm/2026-02-02-b.md', 'docs/pm/deep/er/c.md']],
  ])('%s', (pattern, files) => {
    expect(found(pattern)).toEqual(files);
  });

  test('that overlap read each file once, and ! takes files away', () => {
    expect(found('docs/pm/*.md', '**/2026-*.md', '!**/*-b.md')).toEqual(['docs/pm/2026-01-01-a.md']);
  });

  test('that match nothing, lead nowhere or leave the repository are problems, and the rest goes on', () => {
    expect(problems('docs/pm/*.md', 'docs/pm/*.rst', 'nowhere/*.md', 'docs/none.md', '../*.md', '/etc/*.md', 'docs/../../x.md')).toEqual([
      'docs/pm:1 no-file-matched',
      'nowhere:1 no-file-matched',
      'docs/none.md:1 no-file-matched',
      '../*.md:1 outside-repository',
      '/etc/*.md:1 outside-repository',
      'docs/../../x.md:1 outside-repository',
    ]);
    expect(found('docs/pm/*-a.md', '../*.md')).toEqual(['docs/pm/2026-01-01-a.md']);
  });

  test('never lead over a symbolic link', () => {
    const outside = mkdtempSync(join(tmpdir(), 'outside-'));
    writeFileSync(join(outside, 'secret.md'), postMortem);
    symlinkSync(outside, join(root, 'docs/link'));
    symlinkSync(join(outside, 'secret.md'), join(root, 'docs/pm/link.md'));
    expect(found('docs/**/*.md')).toEqual(['docs/pm/2026-01-01-a.md', 'docs/pm/2026-02-02-b.md', 'docs/pm/deep/er/c.md']);
    expect(problems('docs/pm/*.md', 'docs/link/*.md')).toEqual(['docs/pm/link.md:1 not-a-file', 'docs/link:1 symbolic-link']);
    rmSync(outside, { recursive: true });
  });
});

describe('files that cannot be read are problems, and the rest goes on', () => {
  beforeEach(() => {
    write('pm/good.md');
  });

  test('a folder named x.md', () => {
    write('pm/x.md/inner.txt');
    expect(problems('pm/*.md')).toEqual(['pm/x.md:1 not-a-file']);
    expect(found('pm/*.md')).toEqual(['pm/good.md']);
  });

  test('invalid UTF-8, with the line it begins in; UTF-16', () => {
    write('pm/latin.md', Buffer.concat([Buffer.from('# Outage\n\nline 3 '), Buffer.from([0xe9, 0x20])]));
    write('pm/utf16.md', Buffer.from('\ufeff# Outage', 'utf16le'));
    expect(problems('pm/*.md')).toEqual(['pm/latin.md:3 not-utf8', 'pm/utf16.md:1 not-utf8']);
    expect(found('pm/*.md')).toEqual(['pm/good.md']);
  });

  test('a document of 50 MB', () => {
    truncateSync(join(root, write('pm/huge.md')), 5 * fileSizeCap);
    expect(problems('pm/*.md')).toEqual(['pm/huge.md:1 file-too-large']);
    expect(scan({ root, patterns: ['pm/*.md'] })).toMatchObject({ files: 2, postMortems: [{ file: 'pm/good.md' }] });
  });

  test('an unreadable file and folder', () => {
    chmodSync(join(root, write('pm/closed.md')), 0);
    write('pm/closed/a.md');
    chmodSync(join(root, 'pm/closed'), 0);
    chmodSync(root, 0o755);
    expect(asNobody(() => problems('pm/**/*.md'))).toEqual(['pm/closed:1 unreadable', 'pm/closed.md:1 unreadable']);
    chmodSync(join(root, 'pm/closed'), 0o755);
  });

  test('a table cut in half by the end of the file', () => {
    write('pm/cut.md', postMortem.slice(0, -10));
    expect(scan({ root, patterns: ['pm/cut.md'] }).postMortems[0]?.problems).toMatchObject([{ file: 'pm/cut.md', line: 7, rule: 'broken-table-row' }]);
  });
});

describe('what is a post-mortem', () => {
  test('templates are none, even with rows; a README or index is one if it holds a row or is named', () => {
    write('pm/template.md');
    write('pm/0000-template.md');
    write('pm/README.md', '# Post-mortems\n\n| Date | Title |\n|---|---|\n| 2026 | x |\n');
    write('pm/index.md');
    write('pm/2026-01-01-x/README.md', '# Outage\n\nNothing to do.\n');
    expect(found('pm/**/*.md')).toEqual(['pm/index.md']);
    expect(found('pm/*/README.md', 'pm/index.md')).toEqual(['pm/2026-01-01-x/README.md', 'pm/index.md']);
  });

  test('an empty document is one without TODOs', () => {
    write('pm/empty.md', '');
    expect(scan({ root, patterns: ['pm/*.md'] }).postMortems).toMatchObject([{ file: 'pm/empty.md', title: 'empty', date: null, todos: [] }]);
  });

  test('with `want: open` every file is there, and only open rows in it', () => {
    write('pm/a.md', postMortem.replace('TODO', 'Done'));
    write('pm/b.md', `${postMortem}\n- [ ] Add another\n`);
    const result = scan({ root, patterns: ['pm/*.md'], want: 'open' });
    expect(result.postMortems.map(({ file, todos }) => [file, todos.length])).toEqual([
      ['pm/a.md', 0],
      ['pm/b.md', 1],
    ]);
  });
});

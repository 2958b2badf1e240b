import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { manifestName, writeSite, type Written } from '../../src/site/write.ts';

let folder = '';
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'site-')), 'public');
});
afterEach(() => {
  rmSync(dirname(folder), { recursive: true, force: true });
});

function write(files: Readonly<Record<string, string>>): Written {
  return writeSite(folder, Object.entries(files).map(([path, content]) => ({ path, content }))[Symbol.iterator]() as Iterator<{ path: string; content: string }, undefined>);
}

function put(path: string, content: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
}

const read = (path: string): string => readFileSync(join(folder, path), 'utf8');
const there = (): string[] => readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => statSync(join(folder, path)).isFile() && path !== manifestName).sort();

test('writes the files, and a second time only those that changed', () => {
  expect(write({ 'index.html': 'a', 'post-mortems/x.html': 'x' })).toMatchObject({ changed: 2, unchanged: 0, removed: 0 });
  const before = statSync(join(folder, 'post-mortems/x.html')).mtimeMs;
  expect(write({ 'index.html': 'b', 'post-mortems/x.html': 'x' })).toMatchObject({ changed: 1, unchanged: 1 });
  expect(statSync(join(folder, 'post-mortems/x.html')).mtimeMs).toBe(before);
  expect(read('index.html')).toBe('b');
});

test('removes what an earlier run wrote and this one does not, with the folders that leaves empty', () => {
  write({ 'index.html': 'a', 'pictures/x.png': 'x', 'post-mortems/x.html': 'x', 'post-mortems/y.html': 'y' });
  expect(write({ 'index.html': 'a', 'post-mortems/y.html': 'y' })).toMatchObject({ removed: 2, kept: [] });
  expect(there()).toEqual(['index.html', 'post-mortems/y.html']);
  expect(existsSync(join(folder, 'pictures'))).toBe(false);
});

test('touches nothing it did not write', () => {
  put('CNAME', 'example.test');
  put('post-mortems/notes.txt', 'mine');
  write({ 'index.html': 'a', 'post-mortems/x.html': 'x' });
  write({ 'index.html': 'a' });
  expect(there()).toEqual(['CNAME', 'index.html', 'post-mortems/notes.txt']);
});

test('leaves a file of its own that somebody changed since', () => {
  write({ 'index.html': 'a', 'post-mortems/x.html': 'x' });
  put('post-mortems/x.html', 'changed by hand');
  expect(write({ 'index.html': 'a' })).toMatchObject({ removed: 0, kept: ['post-mortems/x.html'] });
  expect(read('post-mortems/x.html')).toBe('changed by hand');
});

test('refuses to overwrite a file of somebody else, and says which setting helps', () => {
  put('index.html', 'a site of my own');
  expect(() => write({ 'index.html': 'a' })).toThrow(UserError);
  expect(() => write({ 'index.html': 'a' })).toThrow(/index\.html was not written by this action/);
  expect(read('index.html')).toBe('a site of my own');
});

test('takes a file that is there already and the same for its own', () => {
  put('index.html', 'a');
  expect(write({ 'index.html': 'a' })).toMatchObject({ changed: 0, unchanged: 1 });
  expect(write({ 'index.html': 'b' })).toMatchObject({ changed: 1 });
});

test('follows no symbolic link, neither to write nor to remove', () => {
  const outside = join(dirname(folder), 'outside.html');
  writeFileSync(outside, 'outside');
  mkdirSync(folder, { recursive: true });
  symlinkSync(outside, join(folder, 'index.html'));
  expect(() => write({ 'index.html': 'a' })).toThrow(/symbolic link/);
  rmSync(join(folder, 'index.html'));
  symlinkSync(dirname(outside), join(folder, 'post-mortems'));
  expect(() => write({ 'post-mortems/x.html': 'x' })).toThrow(/symbolic link/);
  expect(readdirSync(dirname(folder)).sort()).toEqual(['outside.html', 'public']);
  expect(readFileSync(outside, 'utf8')).toBe('outside');
});

test('believes no manifest that names files outside of the site', () => {
  write({ 'index.html': 'a' });
  const outside = join(dirname(folder), 'outside.html');
  writeFileSync(outside, 'a');
  const hash = read(manifestName).slice(0, 64);
  writeFileSync(join(folder, manifestName), `${hash}  ../outside.html\n${hash}  ${outside}\n${hash}  post-mortems/../../outside.html\n${hash}  index.html\n`);
  expect(write({ 'index.html': 'a' })).toMatchObject({ removed: 0 });
  expect(existsSync(outside)).toBe(true);
});

test('goes on after a run that died half-way', () => {
  function* dying(): Generator<{ path: string; content: string }, undefined> {
    yield { path: 'index.html', content: 'a' };
    yield { path: 'old.html', content: 'old' };
    throw new Error('out of memory');
  }
  expect(() => writeSite(folder, dying())).toThrow('out of memory');
  expect(write({ 'index.html': 'b' })).toMatchObject({ changed: 1, removed: 1 });
  expect(there()).toEqual(['index.html']);
});

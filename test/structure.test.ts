import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { project } from './support/bundle.ts';

/**
 * Imports point one way (design 2): what a folder of `src/` may import beside its own files. `x/y.ts` is that one file. A file at the top
 * (errors.ts, log.ts) is a folder of its own.
 */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'errors.ts': [],
  'globals.d.ts': [],
  'log.ts': [],
  'woodpecker.ts': [],
  postmortem: ['errors.ts'],
  guard: ['errors.ts'],
  http: ['errors.ts', 'log.ts'],
  settings: ['errors.ts', 'log.ts', 'guard/paths.ts', 'postmortem/spelling.ts'],
  host: ['errors.ts', 'log.ts', 'postmortem'],
  vault: ['errors.ts', 'log.ts', 'postmortem', 'http'],
  report: ['errors.ts', 'log.ts', 'postmortem', 'http'],
  site: ['errors.ts', 'log.ts', 'postmortem'],
  agent: ['errors.ts', 'log.ts', 'postmortem', 'host/host.ts', 'host/quote.ts'],
  health: ['errors.ts', 'log.ts', 'postmortem', 'report'],
  kit: ['errors.ts', 'log.ts', 'postmortem', 'woodpecker.ts'],
  run: ['errors.ts', 'log.ts', 'woodpecker.ts', 'postmortem', 'guard', 'settings', 'host', 'vault', 'agent', 'report'],
  actions: [
    ...['errors.ts', 'log.ts', 'woodpecker.ts', 'postmortem', 'guard', 'settings', 'host', 'vault', 'agent', 'report'],
    ...['run', 'site', 'health', 'kit'],
  ],
  'main.ts': ['errors.ts', 'log.ts', 'woodpecker.ts', 'settings', 'actions', 'kit/links.ts'],
};

/** The texts of `src/` that the bundle takes from elsewhere: the kit. */
const KIT = 'examples/';

const files = readdirSync(join(project, 'src'), { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts')).sort();
const sources = new Map(files.map((path) => [path, readFileSync(join(project, 'src', path), 'utf8')]));

/** Modules a file names, as written. */
function modulesOf(path: string, kinds: 'all' | 'loaded at once' = 'all'): string[] {
  const text = sources.get(path) ?? '';
  const pattern =
    kinds === 'all' ? /(?:\bfrom|\bimport\(|^import)\s*'([^']+)'/gm : /^(?:import|export) (?!type )(?:[^;']*from )?'([^']+)'/gm;
  return [...text.matchAll(pattern)].map(([, name = '']) => name);
}

/** The project's own files among them, as paths below `src/`; outside of it with `../`. */
function ownModulesOf(path: string, kinds: 'all' | 'loaded at once' = 'all'): string[] {
  const own = modulesOf(path, kinds).filter((module) => module.startsWith('.'));
  return own.map((module) => posix.normalize(posix.join(posix.dirname(path), module)));
}

function folderOf(path: string): string {
  return path.split('/')[0] ?? '';
}

describe('imports point one way', () => {
  test('every folder of src is known here', () => {
    expect([...new Set(files.map(folderOf))].filter((folder) => !(folder in ALLOWED))).toEqual([]);
  });

  test.each(Object.entries(ALLOWED))('%s imports only %j', (folder, allowed) => {
    const isAllowed = (target: string): boolean =>
      folderOf(target) === folder || allowed.includes(folderOf(target)) || allowed.includes(target) || target.startsWith(`../${KIT}`);
    const wrong = files
      .filter((path) => folderOf(path) === folder)
      .flatMap((path) => ownModulesOf(path).map((target) => ({ path, target })))
      .filter(({ target }) => !isAllowed(target));
    expect(wrong.map(({ path, target }) => `${path} imports ${target}`)).toEqual([]);
  });

  test('no file imports itself by a detour', () => {
    const above: string[] = [];
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (path: string): void => {
      if (above.includes(path)) cycles.push([...above.slice(above.indexOf(path)), path].join(' -> '));
      if (done.has(path) || above.includes(path)) return;
      above.push(path);
      for (const target of ownModulesOf(path, 'loaded at once')) visit(target);
      above.pop();
      done.add(path);
    };
    for (const path of files) visit(path);
    expect(cycles).toEqual([]);
  });
});

describe('decisions are pure', () => {
  test('guard and postmortem touch no disk, process or network, but for finding and reading the documents', () => {
    const outside = /^node:(?:fs|child_process|net|http|https|os|process)\b/;
    const pure = files.filter((path) => ['guard', 'postmortem'].includes(folderOf(path)) && !['postmortem/scan.ts', 'postmortem/find.ts'].includes(path));
    const reaches = (path: string): boolean => modulesOf(path).some((module) => outside.test(module));
    const asks = (path: string): boolean => /\bprocess\.|\bDate\.now|\bfetch\(/.test(sources.get(path) ?? '');
    expect(pure.filter((path) => reaches(path) || asks(path))).toEqual([]);
  });
});

describe('heavy packages are loaded when they are needed', () => {
  test('the entry, and what every action shares, loads none of them at once', () => {
    const heavy = /^(?:node-ssh|ssh2|node-vault|undici|zod|d3-|mdast-|micromark|hast-)/;
    const reached = new Set<string>();
    const visit = (path: string): void => {
      if (reached.has(path)) return;
      reached.add(path);
      for (const target of ownModulesOf(path, 'loaded at once')) visit(target);
    };
    visit('main.ts');
    const loaded = [...reached].flatMap((path) => modulesOf(path, 'loaded at once').map((module) => ({ path, module })));
    expect(loaded.filter(({ module }) => heavy.test(module))).toEqual([]);
  });
});

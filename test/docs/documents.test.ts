import { existsSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { project } from '../support/bundle.ts';
import { anchorsOf, codeBlocks, inlineCode, linksOf } from '../support/documents.ts';

const read = (path: string) => readFileSync(`${project}${path}`, 'utf8');
const DOCUMENTS = ['README.md', 'docs.md', 'SECURITY.md', 'CHANGELOG.md'];

/** Where docs.md, which is read elsewhere, links files of this repository to. */
const HERE = 'https://git.example.com/infra/postmortem-plugin/src/branch/main/';

/** What in backticks is a file of this repository: in a folder of ours, or one that lies at its root. */
const OURS = /^(?:(?:src|test|examples|bench|\.ci)\/[\w./*-]+|package(?:-lock)?\.json|plugin\.Dockerfile|build\.mjs|\.npmrc|(?:README|SECURITY|CHANGELOG|docs)\.md)$/;

describe.each(DOCUMENTS)('%s', (document) => {
  const text = read(document);

  it('links to places there are', () => {
    for (const url of linksOf(text)) {
      const target = url.startsWith(HERE) ? url.slice(HERE.length) : url;
      if (/^https?:/.test(target)) continue;
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? document : posix.join(posix.dirname(document), path);
      expect(existsSync(`${project}${file}`), url).toBe(true);
      if (anchor !== undefined) expect(anchorsOf(read(file)), url).toContain(anchor);
    }
  });

  it('names files there are', () => {
    const named = inlineCode(text).filter((code) => OURS.test(code));
    expect(named.filter((path) => !existsSync(`${project}${path.replace(/\/?\*.*$/, '')}`))).toEqual([]);
  });

  it('is plain: no emoji, no tabs, no trailing spaces', () => {
    expect(text).not.toMatch(/\p{Extended_Pictographic}|\t| $/mu);
    expect(text.endsWith('\n')).toBe(true);
  });
});

describe('docs.md, in the form of the plugin index', () => {
  const text = read('docs.md');

  it('has from its first byte on a header with what the index shows', () => {
    const header = parse(/^---\n([\s\S]*?\n)---\n/.exec(text)?.[1] ?? '') as Record<string, unknown>;
    const { name, description, author, tags, containerImage, containerImageUrl, url, icon, ...rest } = header;
    for (const value of [name, description, author, containerImage]) expect(value).toEqual(expect.stringMatching(/\S/));
    for (const address of [containerImageUrl, url, icon]) expect(address).toMatch(/^https:\/\//);
    // The index fetches the picture itself, not the page that shows it.
    expect(existsSync(`${project}${String(icon).replace(/^.*\/raw\/branch\/main\//, '')}`), String(icon)).toBe(true);
    expect(tags).toEqual(expect.arrayContaining([expect.any(String)]));
    expect(rest).toEqual({});
  });

  it('has absolute links only', () => {
    expect(linksOf(text).filter((url) => !/^https:\/\//.test(url))).toEqual([]);
  });
});

describe('SECURITY.md', () => {
  const text = read('SECURITY.md');

  it('names for every threat what stops it and which test shows it', () => {
    const threats = (/^## Threats\n([\s\S]*?)^## /m.exec(text)?.[1] ?? '').split(/^### /m).slice(1);
    expect(threats.length).toBeGreaterThan(5);
    for (const threat of threats) {
      const title = threat.split('\n')[0] ?? '';
      const files = inlineCode(threat).filter((code) => existsSync(`${project}${code}`));
      expect(files.some((path) => path.startsWith('src/') || path === 'plugin.Dockerfile'), title).toBe(true);
      // What Woodpecker does with a pull request is not ours to test.
      if (title !== 'Malicious pull request') expect(files.some((path) => path.startsWith('test/') && path.endsWith('.test.ts')), title).toBe(true);
    }
  });
});

describe('README.md', () => {
  const text = read('README.md');

  it('has the commands of package.json', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const commands = [...codeBlocks(text).map((block) => block.text), ...inlineCode(text)].flatMap((code) => [...code.matchAll(/\bnpm (?:run )?([a-z:-]+)/g)].map(([, name]) => name ?? ''));
    expect(commands).toEqual(expect.arrayContaining(['demo', 'test', 'build']));
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(commands));
  });

  it('has the actions of docs.md, in the same words', () => {
    const rows = (document: string) => (/^## Actions\n([\s\S]*?)^## /m.exec(document)?.[1] ?? '').split('\n').filter((line) => /^\| `/.test(line));
    expect(rows(text)).toEqual(rows(read('docs.md')));
  });
});

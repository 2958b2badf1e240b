import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { project } from '../support/bundle.ts';

const read = (path: string): string => readFileSync(`${project}${path}`, 'utf8');

/** `- `file` > title` of every threat of SECURITY.md; a title may be cut off behind any word. */
function namedTests(): { readonly threat: string; readonly named: readonly (readonly [file: string, title: string])[] }[] {
  const threats = (/^## Threats\n([\s\S]*?)^## /m.exec(read('SECURITY.md'))?.[1] ?? '').split(/^### /m).slice(1);
  return threats.map((text) => ({
    threat: text.split('\n')[0] ?? '',
    named: [...text.matchAll(/^- `(test\/[^`]+\.test\.ts)` > (.+)$/gm)].map(([, file = '', title = '']) => [file, title] as const),
  }));
}

/** Whether a suite or a test of a file is called so, or begins so: as it stands in the source, in quotes of any kind. */
function holds(file: string, title: string): boolean {
  if (!existsSync(`${project}${file}`)) return false;
  const source = read(file).replaceAll(/\\(['"`])/g, '$1');
  return new RegExp(`['"\`]${title.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?!\\w)`).test(source);
}

const everyThreat = namedTests();

describe('SECURITY.md', () => {
  it('names for every threat a test that shows what stops it', () => {
    expect(everyThreat.length).toBeGreaterThan(7);
    expect(everyThreat.filter(({ named }) => named.length === 0).map(({ threat }) => threat)).toEqual([]);
  });

  it.each(everyThreat.map(({ threat, named }) => [threat, named] as const))('%s: each of those tests is there, under that name', (_, named) => {
    expect(named.filter(([file, title]) => !holds(file, title)).map(([file, title]) => `${file} > ${title}`)).toEqual([]);
  });

  it('would miss a test that is gone or has another name', () => {
    expect(holds('test/docs/security.test.ts', 'names for every threat a test')).toBe(true);
    expect(holds('test/docs/security.test.ts', `names for every ${'thread'}`)).toBe(false);
    expect(holds('test/docs/no-such.test.ts', 'names for every threat')).toBe(false);
  });

  it('speaks of every suite that plays an attack', () => {
    const suites = [...readdirSync(`${project}test/integration`).filter((name) => /hostile|secrets|pull-request/.test(name)).map((name) => `test/integration/${name}`), ...readdirSync(`${project}test/fuzz`).filter((name) => name.endsWith('.test.ts')).map((name) => `test/fuzz/${name}`)];
    const named = new Set(everyThreat.flatMap((threat) => threat.named.map(([file]) => file)));
    // The editor has no enemy but its own mistakes.
    expect(suites.filter((file) => !named.has(file) && file !== 'test/fuzz/editor.test.ts')).toEqual([]);
  });
});

describe('the search for secrets', () => {
  it('is passed by no suite: only the harness starts the bundle, or a suite that is given none', () => {
    // What they are given holds no secret: a terminal without settings, the image, a folder of documents, the kit.
    const harmless = ['command-line', 'image', 'init', 'kit', 'run-corpus', 'site'].map((name) => `${name}.test.ts`);
    const starts = (name: string): boolean => /\[\s*bundle\b|"\$\{bundle\}"/.test(read(`test/integration/${name}`));
    const passed = readdirSync(`${project}test/integration`).filter((name) => name.endsWith('.test.ts') && starts(name) && !harmless.includes(name));
    expect(passed).toEqual([]);
    for (const harness of ['scenario', 'plugin-process']) expect(read(`test/support/${harness}.ts`)).toMatch(/addSettings\(env\)[^]*(?:expectNoneIn|expectClean)\(/);
  });
});

import { describe, expect, test } from 'vitest';
import { documentOf, proseOf, siteOf, siteOptions } from '../support/site.ts';
import type { SiteOptions } from '../../src/site/options.ts';

const folder = 'docs/post-mortems';
const noForge: Partial<SiteOptions> = { forge: { file: () => null, commit: () => null } };

/** The body of a document that stands beside two others. */
function prose(markdown: string, options: Partial<SiteOptions> = {}): string {
  const site = siteOf(
    {
      [`${folder}/2026-05-01-this.md`]: `# This\n\n${markdown}\n`,
      [`${folder}/2026-04-01-other outage.md`]: documentOf({ title: 'Other', date: '2026-04-01' }),
      'archive/2026-03-01-old.md': documentOf({ title: 'Old', date: '2026-03-01' }),
    },
    options,
  );
  return proseOf(site.get('post-mortems/2026-05-01-this.html') ?? '');
}

const target = (markdown: string, options?: Partial<SiteOptions>): string | null => /href="([^"]*)"/.exec(prose(markdown, options))?.[1] ?? null;

describe('a link in a document', () => {
  test.each([
    ['to a neighbour', '[x](./2026-04-01-other%20outage.md)', '2026-04-01-other-outage.html'],
    ['with a place in it', '[x](2026-04-01-other%20outage.md#summary)', '2026-04-01-other-outage.html#summary'],
    ['to another folder', '[x](../../archive/2026-03-01-old.md)', '2026-03-01-old.html'],
    ['from the root of the repository', '[x](/archive/2026-03-01-old.md)', '2026-03-01-old.html'],
    ['that forgot where it stands', '[x](archive/2026-03-01-old.md)', '2026-03-01-old.html'],
    ['to the page on the forge', `[x](https://forge.test/acme/infra/blob/main/archive/2026-03-01-old.md#summary)`, '2026-03-01-old.html#summary'],
    ['to the same name elsewhere', `[x](https://other.test/archive/2026-03-01-old.md)`, 'https://other.test/archive/2026-03-01-old.md'],
    ['to itself', '[x](2026-05-01-this.md#part)', '#part'],
    ['within the page', '[x](#part)', '#part'],
    ['to a file of the repository', '[x](../../stacks/dns/main.tf#L3)', 'https://forge.test/acme/infra/blob/main/stacks/dns/main.tf#L3'],
    ['to the web', '[x](https://example.test/a?b=c#d)', 'https://example.test/a?b=c#d'],
    ['to the web without a scheme', '[x](//example.test/a)', 'https://example.test/a'],
    ['by itself', 'See https://example.test/a for more', 'https://example.test/a'],
  ])('%s', (_, markdown, href) => {
    expect(target(markdown)).toBe(href);
  });

  test.each([
    ['out of the repository', '[words](../../../etc/passwd)', {}],
    ['to a file when the forge is not known', '[words](../../stacks/dns/main.tf)', noForge],
    ['that no browser should follow', '[words](javascript:alert)', {}],
  ])('%s becomes its words', (_, markdown, options) => {
    expect(prose(markdown, options)).toBe('<p><span>words</span></p>');
  });
});

describe('names and ids in the text', () => {
  test('of other post-mortems become links, with and without folder, ending and code marks', () => {
    const link = '<a href="2026-03-01-old.html" title="Old">';
    expect(prose('See `archive/2026-03-01-old.md`.')).toContain(`${link}<code>archive/2026-03-01-old.md</code></a>`);
    expect(prose('See archive/2026-03-01-old.md.')).toContain(`${link}archive/2026-03-01-old.md</a>.`);
    expect(prose('as in 2026-03-01-old, again')).toContain(`${link}2026-03-01-old</a>,`);
  });

  test('of commits become links where a commit is meant', () => {
    const links = (markdown: string, options?: Partial<SiteOptions>): string[] => [...prose(markdown, options).matchAll(/href="[^"]*\/commit\/([^"]*)"/g)].map(([, id]) => id ?? '');
    expect(links('Fixed in commit `a05d63ee`, `6371e75e` and `c113be4d`, not `beefcafe`')).toEqual(['a05d63ee', '6371e75e', 'c113be4d']);
    expect(links('| Date | Commit |\n|---|---|\n| 2026-05-02 | `a05d63ee` |\n| 2026-05-03 | 6371e75e |\n')).toEqual(['a05d63ee', '6371e75e']);
    expect(links('The container `a05d63ee1234` died')).toEqual([]);
    expect(links('commit `a05d63ee`', noForge)).toEqual([]);
  });
});

describe('pictures', () => {
  const png = Buffer.from('89504e470d0a1a0a', 'hex');
  const site = (markdown: string, picture: (path: string) => Uint8Array | null) =>
    siteOf({ [`${folder}/2026-05-01-this.md`]: `# This\n\n${markdown}\n` }, {}, { picture });

  test('of the repository are copied, each once', () => {
    const built = site('![Graph](images/cpu.png) ![Again](./images/cpu.png)', (path) => (path === `${folder}/images/cpu.png` ? png : null));
    const [path] = [...built.keys()].filter((name) => name.startsWith('pictures/'));
    expect([...built.keys()].filter((name) => name.startsWith('pictures/'))).toHaveLength(1);
    expect(proseOf(built.get('post-mortems/2026-05-01-this.html') ?? '')).toContain(`<img src="../${path}" alt="Graph" loading="lazy">`);
  });

  test.each(['https://example.test/a.png', '//example.test/a.png', 'data:image/png;base64,xx', 'drawing.svg', '../../../../etc/passwd.png', 'missing.png'])('%s is named, not shown', (src) => {
    const asked: string[] = [];
    const built = site(`![Graph](${src})`, (path) => {
      asked.push(path);
      return null;
    });
    expect(proseOf(built.get('post-mortems/2026-05-01-this.html') ?? '')).toBe('<p><span class="picture">Picture: Graph</span></p>');
    expect(asked.every((path) => !path.startsWith('..') && path.endsWith('missing.png'))).toBe(true);
  });
});

describe('documents that name each other', () => {
  const related = (text: string): { older: string; newer: string } => {
    const site = siteOf({ 'd/2026-04-01-disk.md': documentOf({ title: 'Disk', date: '2026-04-01' }), 'd/2026-05-01-disk-again.md': `${documentOf({ title: 'Disk again', rows: [] })}\n${text}\n` }, siteOptions);
    return { older: site.get('post-mortems/2026-04-01-disk.html') ?? '', newer: site.get('post-mortems/2026-05-01-disk-again.html') ?? '' };
  };

  test('are shown as related, both ways', () => {
    const { older, newer } = related('See also `2026-04-01-disk.md`.');
    expect(newer).toContain('<span>Mentions</span> <a href="2026-04-01-disk.html">Disk</a>');
    expect(older).toContain('<span>Mentioned by</span> <a href="2026-05-01-disk-again.html">Disk again</a>');
    expect(newer).not.toContain('Recurrence of');
  });

  test.each([
    ['in the same line', 'This is a recurrence of `2026-04-01-disk.md`.'],
    ['in the line above', 'The same root cause as before:\n\n- `2026-04-01-disk.md`'],
    ['in the heading, by its date', '## This is the second time\n\n| Date | Cause |\n|---|---|\n| 2026-04-01 | Disk |'],
  ])('are a recurrence where the text says so %s', (_, text) => {
    const { older, newer } = related(text.replace('\n\n- ', '\n- '));
    expect(newer).toContain('Recurrence of <a href="2026-04-01-disk.html">Disk</a>');
    expect(older).toContain('Recurred in <a href="2026-05-01-disk-again.html">Disk again</a>');
  });

  test('are none where it says the contrary, and a date alone is no name elsewhere', () => {
    expect(related('Not a recurrence of `2026-04-01-disk.md`: a different root cause.').newer).not.toContain('Recurrence of');
    expect(related('It worked on 2026-04-01, says the second time sheet.').newer).not.toContain('2026-04-01-disk.html">Disk</a>\n');
  });
});

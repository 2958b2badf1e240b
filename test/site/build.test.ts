import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { IndexJson } from '../../src/site/index-json.ts';
import type { Problem } from '../../src/postmortem/model.ts';
import { shortTitle } from '../../src/site/entry.ts';
import { slugsOf } from '../../src/site/slugs.ts';
import { project } from '../support/bundle.ts';
import { codeBlocks } from '../support/documents.ts';
import { documentOf, siteOf, type Site } from '../support/site.ts';

const folder = 'docs/post-mortems';
const documents = {
  [`${folder}/2026-05-01-vault.md`]: documentOf({ title: 'Vault sealed', rows: ['P0 | Add an alert | Alert | TODO', 'P1 | Fix it | Config | Done'] }),
  [`${folder}/2026-06-01-dns.md`]: documentOf({ title: 'DNS down', date: '2026-06-01', severity: 'SEV1', services: 'DNS', rows: ['P1 | Check | Monitor | TODO'] }),
};
const unread: Problem = { file: `${folder}/2026-04-01-latin.md`, line: 3, column: 1, level: 'error', rule: 'not-utf8', message: 'the file is not valid UTF-8 from here on', remedy: 'Save it as UTF-8.' };

const index = (site: Site): string => site.get('index.html') ?? '';
const cards = (site: Site): string[] => index(site).split('<li data-y=').slice(1);
const items = (site: Site): string[] => index(site).split('<tr data-e=').slice(1).map((row) => row.split('</tr>', 1)[0] ?? '');
const json = (site: Site): IndexJson => JSON.parse(site.get('index.json') ?? '') as IndexJson;

/** The names of all fields at all depths, with their places: of lists the fields of any member. */
function fieldsOf(value: unknown, place = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const fields = Array.isArray(value) ? value.flatMap((member) => fieldsOf(member, `${place}[]`)) : Object.entries(value).flatMap(([name, inner]) => [`${place}.${name}`, ...fieldsOf(inner, `${place}.${name}`)]);
  return [...new Set(fields)].sort();
}

describe('the index', () => {
  const site = siteOf(documents);

  test('has one card for every file, the newest first', () => {
    expect(cards(site).map((card) => /<h3><a href="([^"]*)">([^<]*)/.exec(card)?.slice(1))).toEqual([
      ['post-mortems/2026-06-01-dns.html', 'DNS down'],
      ['post-mortems/2026-05-01-vault.html', 'Vault sealed'],
    ]);
    expect(cards(site)[1]).toMatch(/SEV2.*2 h.*Vault.*DNS.*1\/2.*done/s);
  });

  test('lists the open items first, the most urgent on top, with age, owner and the row they stand in', () => {
    expect(index(site).indexOf('id="open-items"')).toBeLessThan(index(site).indexOf('id="post-mortems"'));
    const [first, second] = items(site);
    expect(first).toMatch(/P0.*post-mortems\/2026-05-01-vault\.html#todo-[0-9a-f]{12}".*Add an alert.*no owner.*45 d.*overdue/s);
    expect(second).toMatch(/P1.*Check.*14 d/s);
    expect(second).not.toContain('overdue');
    const anchor = /#(todo-[0-9a-f]{12})/.exec(first ?? '')?.[1];
    expect(site.get('post-mortems/2026-05-01-vault.html')).toContain(`id="${anchor}"`);
  });

  test('counts what is neither open nor done as unclear, on top and on its card', () => {
    const odd = siteOf({ 'd/x-1.md': documentOf({ rows: ['P1 | Think | Docs | perhaps', 'P1 | Fix it | Config | Done'] }) });
    expect(index(odd)).toMatch(/<strong>0 action items open<\/strong>; 1 done, 1 unclear\./);
    expect(cards(odd)[0]).toMatch(/<b>1\/2<\/b> done.*<span>1 unclear<\/span>/);
    expect(index(site)).not.toContain('unclear');
  });

  test('tells the day on which an item becomes overdue', () => {
    const on = (today: string): boolean => index(siteOf(documents, { today })).includes('>overdue<');
    expect([on('2026-05-15'), on('2026-05-16')]).toEqual([false, true]);
  });

  test('marks a priority that is assumed', () => {
    const assumed = siteOf({ 'd/x-1.md': '# X\n\n## Action items\n\n- [ ] Add an alert\n' });
    expect(items(assumed)[0]).toContain('P2*');
    expect(index(assumed)).toContain('* The document states no priority');
    expect(index(site)).not.toContain('states no priority');
  });

  test('lists what is not understood, with what is missing', () => {
    const odd = siteOf({ 'd/empty.md': '', 'd/notes.md': 'Some notes without any form, but of a certain length.\n', ...documents }, {}, { unread: [unread] });
    expect(cards(odd)).toHaveLength(5);
    expect(cards(odd).find((card) => card.includes('>notes<'))).toContain('Not stated: date, severity, duration and affected services.');
    expect(cards(odd).find((card) => card.includes('latin'))).toContain('Not readable: the file is not valid UTF-8 from here on.');
    expect(odd.get('post-mortems/2026-04-01-latin.html')).toContain('This file could not be read.');
  });

  test('names files that are no post-mortems', () => {
    expect(index(siteOf(documents, {}, { leftOut: [`${folder}/template.md`] }))).toContain(`<code>${folder}/template.md</code>`);
  });

  test('moves items to a page of their own when there are hundreds, and still lists each', () => {
    const rows = Array.from({ length: 500 }, (_, row) => `P2 | Do number ${row} | Config | TODO`);
    const many = siteOf({ 'd/x-1.md': documentOf({ rows }) });
    expect(items(many)).toHaveLength(300);
    expect(index(many)).toContain('<a href="open.html">All 500 open items</a>');
    expect(many.get('open.html')?.split('<tr data-e=')).toHaveLength(501);
    expect(site.has('open.html')).toBe(false);
  });

  test('stays below a megabyte for a thousand documents with many items each', () => {
    const rows = Array.from({ length: 5 }, (_, row) => `P2 | Do the thing with the long description that people write, number ${row} | Config | TODO`);
    const more = '\nThe second paragraph is of no importance here.\n';
    const thousand = Object.fromEntries(
      Array.from({ length: 1000 }, (_, number) => [
        `d/2026-01-01-an-ordinary-name-of-a-post-mortem-${number}.md`,
        documentOf({ title: `An outage with a title as long as titles are, number ${number}`, services: 'Vault, DNS, Grafana, Immich, Nextcloud, Traefik', rows: number % 10 === 0 ? rows : [], more }),
      ]),
    );
    expect(Buffer.byteLength(index(siteOf(thousand)))).toBeLessThan(1_000_000);
  });
});

describe('charts', () => {
  const site = siteOf(documents);
  const figures = index(site).split('<figure').slice(1);

  test('are four, each with a drawing, a sentence and its numbers as a table', () => {
    expect(figures).toHaveLength(4);
    for (const figure of figures) {
      expect(figure).toMatch(/<figcaption>[^<]+<\/figcaption>/);
      expect(figure).toMatch(/<svg viewBox="[^"]*" role="img" aria-label="[^"]+">/);
      expect(figure).toMatch(/<details>.*<table>.*<\/table><\/details>/s);
      expect(figure).not.toMatch(/NaN|undefined|Infinity/);
    }
  });

  test('say median where they mean it, and that durations are missing', () => {
    const mixed = siteOf({ ...documents, 'd/long-1.md': documentOf({ duration: '10h' }), 'd/none-1.md': documentOf({ duration: 'N/A' }) });
    expect(index(mixed)).toContain('The median of 3 known durations is 2\u00a0h; 1 document gives none.');
  });

  test('can be drawn of nothing, of one document, and of years', () => {
    for (const some of [{ 'd/x-1.md': '' }, { 'd/x-1.md': documentOf({ date: '1999-12-31', duration: '1 min' }), 'd/y-1.md': documentOf({ date: '2026-01-01', duration: '9 months' }) }]) {
      expect(index(siteOf(some))).not.toMatch(/NaN|undefined|Infinity/);
    }
  });

  test('count what is in the documents', () => {
    const [incidents, , ages, closure] = figures;
    expect(incidents).toMatch(/<th scope="row">2026-05<\/th><td>0<\/td><td>1<\/td>.*<th scope="row">2026-06<\/th><td>1<\/td><td>0<\/td>/s);
    expect(ages).toMatch(/<th scope="row">0–14<\/th><td>0<\/td><td>1<\/td>.*<th scope="row">31–90<\/th><td>1<\/td><td>0<\/td>/s);
    expect(closure).toContain('1 of 3 action items are closed (33\u00a0%): drawn at the date of the post-mortem, since no follow-up gives their own.');
  });

  test('show an item closed from the day its follow-up gives on, and one without such a day from that of its post-mortem', () => {
    const followUp = '\n## Follow-up Implementation\n\n| Date | Action | Priority | Type | Commit | Implemented By |\n|---|---|---|---|---|---|\n| 2026-06-20 | Add an alert | P0 | Alert | a05d63e | x |\n';
    const rows = ['P0 | Add an alert | Alert | Done', 'P1 | Fix it | Config | Done', 'P2 | Think | Docs | TODO'];
    const closure = index(siteOf({ ...documents, [`${folder}/2026-05-01-vault.md`]: documentOf({ rows, more: followUp }) })).split('<figure').at(-1);
    expect(closure).toContain('2 of 4 action items are closed (50\u00a0%): drawn at the date of their follow-up where one is known (1), else at that of the post-mortem.');
    expect(closure).toMatch(/<th scope="row">2026-05<\/th><td>3<\/td><td>1<\/td>.*<th scope="row">2026-06<\/th><td>4<\/td><td>2<\/td>/s);
  });
});

describe('index.json', () => {
  const built = json(siteOf({ ...documents }, {}, { unread: [unread] }));

  test('has the shape that docs.md shows', () => {
    const [shown = ''] = codeBlocks(readFileSync(`${project}docs.md`, 'utf8')).flatMap(({ language, text }) => (language === 'json' ? [text] : []));
    expect(fieldsOf(JSON.parse(shown))).toEqual(fieldsOf(built));
  });

  test('lists every document with a stable id, and every open item', () => {
    expect(built.version).toBe(1);
    expect(built.postMortems.map(({ id }) => id)).toEqual([`${folder}/2026-06-01-dns.md`, `${folder}/2026-05-01-vault.md`, `${folder}/2026-04-01-latin.md`]);
    expect(built.openItems[0]).toMatchObject({ postMortem: `${folder}/2026-05-01-vault.md`, action: 'Add an alert', priority: 'P0', overdueFrom: '2026-05-16', line: 18 });
    expect(built.openItems[0]?.source).toBe(`https://forge.test/acme/infra/blob/main/${folder}/2026-05-01-vault.md#L18`);
  });
});

describe('feed.xml', () => {
  const feed = (url: string | null): string => siteOf(documents, { url }).get('feed.xml') ?? '';

  test('has an entry for every post-mortem, with ids that stay when the site moves', () => {
    const ids = (text: string): string[] => [...text.matchAll(/<id>(urn:uuid:[0-9a-f-]{36})<\/id>/g)].map(([, id]) => id ?? '');
    expect(new Set(ids(feed(null))).size).toBe(3);
    expect(ids(feed('https://example.test/pm'))).toEqual(ids(feed(null)));
  });

  test('has full addresses where the site has one', () => {
    expect(feed('https://example.test/pm')).toContain('href="https://example.test/pm/post-mortems/2026-05-01-vault.html"');
    expect(feed(null)).toContain('href="post-mortems/2026-05-01-vault.html"');
  });

  test('dates an entry by the last thing that was done about it', () => {
    const more = '\n## Follow-up Implementation\n\n| Date | Action | Priority | Type | Commit | Implemented By |\n|---|---|---|---|---|---|\n| 2026-06-09 | Fix it | P1 | Config | a05d63e | x |\n';
    const text = siteOf({ 'd/x-1.md': documentOf({ more }) }).get('feed.xml') ?? '';
    expect(text).toContain('<published>2026-05-01T00:00:00Z</published>\n<updated>2026-06-09T00:00:00Z</updated>');
  });
});

describe('the same documents give the same bytes', () => {
  test('whatever order they come in', () => {
    const reversed = Object.fromEntries(Object.entries(documents).toReversed());
    expect([...siteOf(reversed)].sort()).toEqual([...siteOf(documents)].sort());
  });

  test('and another day changes only the lists of open items and the charts', () => {
    const [today, tomorrow] = [siteOf(documents, { today: '2026-06-15' }), siteOf(documents, { today: '2026-06-16' })];
    expect([...today].filter(([path, content]) => tomorrow.get(path) !== content).map(([path]) => path)).toEqual(['index.html']);
  });

  test('no page asks a third party for anything', () => {
    for (const [path, content] of siteOf(documents, { url: 'https://example.test' })) {
      if (path.endsWith('.html')) {
        expect([...content.matchAll(/(?:src|srcset|data|poster)="([^"]*)"|<link rel="(?:stylesheet|icon|preload)" href="([^"]*)"/g)].map(([, a, b]) => a ?? b).filter((address) => /^(?:https?:)?\/\//.test(address ?? ''))).toEqual([]);
        expect(content).toContain("default-src &#39;none&#39;");
      }
      expect(content).not.toMatch(/@import|url\(/);
    }
  });

  test('search engines are told what the owner wants', () => {
    const hidden = siteOf(documents, { robots: 'noindex' });
    expect(hidden.get('robots.txt')).toContain('Disallow: /');
    expect(index(hidden)).toContain('<meta name="robots" content="noindex, follow">');
  });
});

describe('names', () => {
  test.each([
    ['Post-Mortem: NFS CSI Cascade Failure', 'NFS CSI Cascade Failure'],
    ['Postmortem – DNS down', 'DNS down'],
    ['2026-06-10 — tuya-bridge down 7.5h', 'tuya-bridge down 7.5h'],
    ['Post-mortem: boot storm (2026-06-10)', 'boot storm'],
    ['Post-mortem', 'Post-mortem'],
    ['Postmortem culture, and how it failed us', 'Postmortem culture, and how it failed us'],
  ])('of pages: %s', (title, short) => {
    expect(shortTitle(title)).toBe(short);
  });

  test('of files are kept, told apart, and safe', () => {
    const slugs = (...files: string[]): string[] => [...slugsOf(files).values()];
    expect(slugs('a/2026-05-01-dns.md', 'b/2026-05-01-dns.md')).toEqual(['a-2026-05-01-dns', 'b-2026-05-01-dns']);
    expect(slugs('a/2026-05-01-dns.md')).toEqual(['2026-05-01-dns']);
    expect(slugs('a/障害 報告.md', 'a/../x.md', 'a/index.md', 'a/-.md')).toEqual(['障害-報告', 'x', 'a-index', 'a']);
    expect(new Set(slugs('a/X y.md', 'a/x-y.md', 'a/x_y.md').map((slug) => slug.toLowerCase())).size).toBe(3);
    expect(slugs(`a/${'é'.repeat(300)}.md`)[0]?.length).toBeLessThanOrEqual(80);
  });
});

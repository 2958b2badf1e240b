import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { browserMissing, launchBrowser, serveFolder, type FolderServer } from '../support/browser.ts';
import { bundle } from '../support/bundle.ts';
import { documentOf } from '../support/site.ts';
import { corpus, corpusIsHere } from '../postmortem/score.ts';

const folder = 'docs/post-mortems';
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const hostile = `# Hostile <script>window.pwned = 1</script> "><img src=x onerror="window.pwned = 1">

**Severity:** SEV1 "><script>window.pwned = 1</script>
**Affected services:** <b onmouseover="window.pwned=1">x</b>, " autofocus onfocus="window.pwned=1

## Summary

<script>window.pwned = 1</script><iframe src="https://third.test/"></iframe> The summary <img src=x onerror=window.pwned=1> of it, [link](javascript:window.pwned=1).

<svg onload="window.pwned=1"></svg>
<form action="https://third.test/"><button autofocus onfocus="window.pwned=1">x</button></form>
<style>body { display: none }</style><link rel="stylesheet" href="https://third.test/a.css"><base href="https://third.test/">
<meta http-equiv="refresh" content="0;url=https://third.test/">

![tracking](https://third.test/pixel.png) [data](data:text/html,<script>window.pwned=1</script>) <javascript:window.pwned=1>

## Prevention Plan

| Priority | Action | Type | Details | Status |
|---|---|---|---|---|
| P0 | <img src=x onerror="window.pwned=1"> [x](javascript:window.pwned=1) \`</script><script>window.pwned=1</script>\` | Alert | "><script>window.pwned=1</script> | TODO |

## Numbers

| a | b | c | d | e | f | g | h |
|---|---|---|---|---|---|---|---|
${'| 11111111 | 22222222 | 33333333 | 44444444 | 55555555 | 66666666 | 77777777 | 88888888 |\n'.repeat(300)}
${'unbreakable'.repeat(200)}
`;

const many = Array.from({ length: 20 }, (_, row) => `P2 | Do number ${row} | Config | TODO`);
const documents: Readonly<Record<string, string>> = {
  '2025-11-20-disk.md': documentOf({ title: 'Disk full', date: '2025-11-20', severity: 'SEV3', services: 'Immich', rows: ['P1 | Watch the disk | Alert | Done', 'P2 | Clean up | Config | TODO'] }),
  '2026-02-10-vault.md': documentOf({ title: 'Vault sealed', date: '2026-02-10', severity: 'SEV1', duration: '3h', services: 'Vault, Grafana', rows: ['P0 | Alert on a sealed Vault | Alert | TODO'] }),
  '2026-03-01-dns.md': documentOf({ title: 'DNS down', date: '2026-03-01', duration: '9h', services: 'DNS', rows: many, more: '\nSee `2026-02-10-vault.md`.\n\n```sh\necho a line of code that is quite a bit longer than any phone is wide, so that it has to scroll\n```\n\n- [ ] One\n- [x] Two\n' }),
  '2026-04-01-cafe.md': documentOf({ title: 'Café résumé lost', date: '2026-04-01', severity: 'SEV2', services: 'Printer', rows: [] }),
  '2026-05-01-hostile.md': hostile,
};

/** Builds a site from a folder with post-mortems, as a pipeline's step would. */
function build(root: string): string {
  execFileSync(process.execPath, [bundle], { cwd: root, env: { PATH: process.env['PATH'], PLUGIN_ACTION: 'site', CI_REPO: 'acme/infra', CI_REPO_URL: 'https://forge.test/acme/infra', CI_FORGE_TYPE: 'forgejo', CI_COMMIT_BRANCH: 'main' } });
  return join(root, 'public');
}

let browser: Browser;
let server: FolderServer;
let root = '';

async function open(path: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  onTestFinished(async () => await context.close());
  const page = await context.newPage();
  await page.goto(`${server.address}${path}`);
  return page;
}

const cards = async (page: Page): Promise<string[]> => await page.locator('#cards > li:visible h3').allTextContents();
const items = async (page: Page): Promise<number> => await page.locator('#items > tr:visible').count();
const query = (page: Page): string => new URL(page.url()).search;
const wideness = async (page: Page): Promise<number> => await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** Every rule of axe-core, best practices included. Run from outside of the page, so that its policy stays on. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const found = await page.evaluate<Violation[]>('axe.run().then(({ violations }) => violations)');
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
}

describe.skipIf(browserMissing !== null)(`the site in Chromium${browserMissing === null ? '' : ` (skipped: ${browserMissing})`}`, () => {
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'site-test-'));
    mkdirSync(join(root, folder), { recursive: true });
    for (const [name, text] of Object.entries(documents)) writeFileSync(join(root, folder, name), text);
    server = await serveFolder(build(root));
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    rmSync(root, { recursive: true, force: true });
  });

  describe('search and filters', () => {
    test('a search narrows both lists, tells how many are left, and is in the address', async () => {
      const page = await open('/');
      await page.getByRole('searchbox').fill('vault');
      expect(await cards(page)).toEqual(['Vault sealed']);
      expect(await page.getByRole('status').textContent()).toBe('1 of 5 post-mortems, 1 of 24 open items.');
      expect(query(page)).toBe('?q=vault');
    });

    test('accents and case do not matter, and all words have to be there', async () => {
      const page = await open('/');
      await page.getByRole('searchbox').fill('RESUME cafe');
      expect(await cards(page)).toEqual(['Café résumé lost']);
      await page.getByRole('searchbox').fill('cafe vault');
      expect(await cards(page)).toEqual([]);
      expect(await page.getByRole('status').textContent()).toContain('0 of 5');
    });

    test('severity, year, service and open items can be combined', async () => {
      const page = await open('/');
      await page.getByRole('combobox', { name: 'Year' }).selectOption('2026');
      expect(await cards(page)).toHaveLength(4);
      await page.getByLabel('With open items').check();
      expect(await cards(page)).toHaveLength(3);
      await page.getByRole('combobox', { name: 'Service' }).selectOption('Vault');
      expect(await cards(page)).toEqual(['Vault sealed']);
      expect(await items(page)).toBe(1);
      await page.getByRole('combobox', { name: 'Severity' }).selectOption('SEV2');
      expect(await cards(page)).toEqual([]);
      expect(query(page)).toBe('?severity=SEV2&year=2026&service=Vault&open=1');
    });

    test('an address brings its state back, also by the back button, and nonsense in it is left alone', async () => {
      const page = await open('/?severity=SEV1&q=sealed&sort=oldest');
      expect(await cards(page)).toEqual(['Vault sealed']);
      expect(await page.getByRole('combobox', { name: 'Severity' }).inputValue()).toBe('SEV1');
      await page.goto(`${server.address}/?year=2025`);
      expect(await cards(page)).toEqual(['Disk full']);
      await page.goBack();
      expect(await cards(page)).toEqual(['Vault sealed']);
      await page.goto(`${server.address}/?severity=SEV99&sort=<script>`);
      expect(await cards(page)).toHaveLength(5);
    });

    test('sorting puts the oldest, the worst, the longest or the most open first', async () => {
      const page = await open('/');
      const first = async (order: string): Promise<string | undefined> => {
        await page.getByRole('combobox', { name: 'Sort' }).selectOption(order);
        return (await cards(page))[0];
      };
      expect((await cards(page))[0]).toContain('Hostile');
      expect(await first('Oldest first')).toBe('Disk full');
      expect(await first('Longest first')).toBe('DNS down');
      expect(await first('Most open items')).toBe('DNS down');
      expect(await first('Worst first')).toContain('Hostile');
      expect(query(page)).toBe('?sort=severity');
    });

    test('the first open items are shown, and all of them on request', async () => {
      const page = await open('/');
      expect(await items(page)).toBe(12);
      await page.getByRole('button', { name: 'Show all 24' }).click();
      expect(await items(page)).toBe(24);
    });
  });

  describe('the keyboard', () => {
    test('/ goes to the search, Escape empties it, and Tab reaches every filter and then the first item', async () => {
      const page = await open('/');
      await page.keyboard.press('/');
      await page.keyboard.type('dns/');
      expect(await page.getByRole('searchbox').inputValue()).toBe('dns/');
      await page.keyboard.press('Escape');
      expect(await cards(page)).toHaveLength(5);
      expect(query(page)).toBe('');
      const names: string[] = [];
      for (let press = 0; press < 6; press++) {
        await page.keyboard.press('Tab');
        names.push(await page.evaluate<string>("document.activeElement.name || document.activeElement.closest('tr') && 'item'"));
      }
      expect(names).toEqual(['severity', 'year', 'service', 'sort', 'open', 'item']);
    });

    test('a choice is made, and everything is cleared again, without a mouse', async () => {
      const page = await open('/');
      await page.getByRole('combobox', { name: 'Year' }).focus();
      await page.keyboard.type('2025');
      await page.keyboard.press('Enter');
      expect(await cards(page)).toEqual(['Disk full']);
      await page.getByRole('button', { name: 'Clear' }).focus();
      await page.keyboard.press('Enter');
      await expect.poll(async () => (await cards(page)).length).toBe(5);
      expect(query(page)).toBe('');
      expect(await page.getByRole('searchbox').evaluate((box) => box === box.ownerDocument.activeElement)).toBe(true);
    });

    test('the first Tab offers to skip to the content', async () => {
      const page = await open('/post-mortems/2026-03-01-dns.html');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      expect(await page.evaluate('document.activeElement.id')).toBe('main');
    });
  });

  describe('without JavaScript', () => {
    test('every post-mortem and every open item is listed, and no filter pretends to work', async () => {
      const page = await open('/', { javaScriptEnabled: false });
      expect(await cards(page)).toHaveLength(5);
      expect(await items(page)).toBe(24);
      expect(await page.locator('#filters').isVisible()).toBe(false);
    });
  });

  describe('looks', () => {
    test('follow the colour scheme', async () => {
      const background = async (colorScheme: 'light' | 'dark'): Promise<number> => {
        const page = await open('/', { colorScheme });
        const [red = 0] = (await page.evaluate<string>('getComputedStyle(document.documentElement).backgroundColor')).match(/\d+/g)?.map(Number) ?? [];
        return red;
      };
      expect(await background('light')).toBeGreaterThan(200);
      expect(await background('dark')).toBeLessThan(60);
    });

    test.each(['/', '/post-mortems/2026-03-01-dns.html', '/post-mortems/2026-02-10-vault.html', '/post-mortems/2026-05-01-hostile.html'])('%s fits a phone of 320 px', async (path) => {
      const page = await open(path, { viewport: { width: 320, height: 640 } });
      expect(await wideness(page)).toBe(0);
    });

    test('tables that are wider scroll by themselves', async () => {
      const page = await open('/post-mortems/2026-05-01-hostile.html', { viewport: { width: 320, height: 640 } });
      expect(await page.locator('.scroller').last().evaluate((frame) => frame.scrollWidth > frame.clientWidth)).toBe(true);
    });

    test('nothing moves for those who do not want it', async () => {
      const behaviour = async (reducedMotion: 'reduce' | 'no-preference'): Promise<unknown> =>
        await (await open('/', { reducedMotion })).evaluate('getComputedStyle(document.documentElement).scrollBehavior');
      expect(await behaviour('reduce')).toBe('auto');
      expect(await behaviour('no-preference')).toBe('smooth');
    });

    test('paper shows the content only', async () => {
      const page = await open('/');
      await page.emulateMedia({ media: 'print' });
      expect(await page.locator('#filters').isVisible()).toBe(false);
      expect(await cards(page)).toHaveLength(5);
    });

    test('paper has no button to ask for the rest, so it shows all that is found', async () => {
      const page = await open('/');
      expect(await items(page)).toBe(12);
      await page.emulateMedia({ media: 'print' });
      expect(await items(page)).toBe(24);
      await page.goto(`${server.address}/?q=dns`);
      expect(await items(page)).toBe(21);
    });

    test('paper is white, so it has the colours of the light scheme', async () => {
      const page = await open('/', { colorScheme: 'dark' });
      const colour = async (): Promise<string> => await page.locator('.lead .overdue').evaluate((words) => (words.ownerDocument.defaultView ?? globalThis).getComputedStyle(words).color);
      const dark = await colour();
      await page.emulateMedia({ media: 'print' });
      const printed = await colour();
      await page.emulateMedia({ media: 'screen', colorScheme: 'light' });
      expect(printed).toBe(await colour());
      expect(printed).not.toBe(dark);
    });

    test('no choice of a filter is cut off on a phone', async () => {
      const page = await open('/', { viewport: { width: 320, height: 640 } });
      const cut = `[...document.querySelectorAll('#filters select')].filter((select) => {
        const name = document.createElement('span');
        name.style.cssText = 'position: absolute; white-space: nowrap; font: ' + getComputedStyle(select).font;
        name.textContent = select.selectedOptions[0].text;
        document.body.append(name);
        const { paddingLeft, paddingRight } = getComputedStyle(select);
        // The arrow takes about the height of the letters.
        return name.offsetWidth + parseFloat(getComputedStyle(select).fontSize) > select.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight);
      }).map(({ name }) => name)`;
      expect(await page.evaluate(cut)).toEqual([]);
    });
  });

  describe('axe-core finds nothing', () => {
    const pages = ['/', '/?q=vault', '/post-mortems/2026-03-01-dns.html', '/post-mortems/2026-02-10-vault.html', '/post-mortems/2026-05-01-hostile.html'];
    test.each(pages.flatMap((path) => (['light', 'dark'] as const).map((scheme) => [path, scheme] as const)))('on %s, %s', async (path, colorScheme) => {
      expect(await violations(await open(path, { colorScheme }))).toEqual([]);
    });

    test('on a phone', async () => {
      expect(await violations(await open('/', { viewport: { width: 320, height: 640 } }))).toEqual([]);
    });
  });

  describe('a hostile document', () => {
    test.each(['/', '/?q=hostile', '/post-mortems/2026-05-01-hostile.html'])('does nothing on %s', async (path) => {
      const context = await browser.newContext();
      onTestFinished(async () => await context.close());
      const page = await context.newPage();
      const seen: string[] = [];
      page.on('request', (request) => request.url().startsWith(server.address) || seen.push(`request ${request.url()}`));
      page.on('dialog', (dialog) => void dialog.dismiss().then(() => seen.push('dialog')));
      page.on('console', (message) => seen.push(`console ${message.text()}`));
      page.on('pageerror', (error) => seen.push(`error ${error.message}`));
      await page.goto(`${server.address}${path}`, { waitUntil: 'networkidle' });
      for (const link of await page.locator('main a[href]:visible').all()) await link.hover({ force: true, timeout: 5000 });
      expect(await page.evaluate('window.pwned')).toBeUndefined();
      expect(seen).toEqual([]);
      expect(page.url()).toContain(path);
    });

    test('neither frames, scripts, forms nor handlers of it are on its page', async () => {
      const page = await open('/post-mortems/2026-05-01-hostile.html');
      expect(await page.locator('script, iframe, form, style, svg, input, base, object, embed').count()).toBe(0);
      expect(await page.evaluate("[...document.querySelectorAll('*')].flatMap((e) => [...e.attributes]).filter(({ name, value }) => /^on/.test(name) || /^(?:javascript|data|vbscript):/i.test(value.trim())).length")).toBe(0);
    });
  });

  describe('links', () => {
    test('of every page lead somewhere in the site', async () => {
      const page = await open('/');
      const names = ['/', ...Object.keys(documents).map((name) => `/post-mortems/${name.replace(/\.md$/, '.html')}`)];
      for (const name of names) {
        await page.goto(`${server.address}${name}`);
        const targets = await page.evaluate<string[]>("[...document.querySelectorAll('a[href], link[href], script[src]')].map((e) => e.href || e.src)");
        for (const target of new Set(targets.filter((address) => address.startsWith(server.address)))) {
          const { pathname, hash } = new URL(target);
          const file = join(root, 'public', pathname.endsWith('/') ? `${pathname}index.html` : decodeURIComponent(pathname));
          expect(existsSync(file), target).toBe(true);
          if (hash !== '') expect(readFileSync(file, 'utf8'), target).toContain(` id="${decodeURIComponent(hash.slice(1))}"`);
        }
      }
    });
  });

  test('the feed is well-formed, whatever titles there are', async () => {
    const page = await open('/');
    const feed = readFileSync(join(root, 'public/feed.xml'), 'utf8');
    const entries = await page.evaluate<number>(`(() => {
      const parsed = new DOMParser().parseFromString(${JSON.stringify(feed)}, 'application/xml');
      return parsed.querySelector('parsererror') ? -1 : parsed.querySelectorAll('entry').length;
    })()`);
    expect(entries).toBe(5);
  });

  test('the feed has what RFC 4287 demands of a feed and of each entry, every id once', async () => {
    const page = await open('/');
    const feed = readFileSync(join(root, 'public/feed.xml'), 'utf8');
    const wrong = await page.evaluate<string[]>(`(() => {
      const { documentElement: feed } = new DOMParser().parseFromString(${JSON.stringify(feed)}, 'application/xml');
      const entries = [...feed.querySelectorAll('entry')];
      const ids = [...feed.querySelectorAll('id')].map((id) => id.textContent);
      const child = (of, name) => [...of.children].filter(({ localName, namespaceURI }) => localName === name && namespaceURI === 'http://www.w3.org/2005/Atom');
      const time = /^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(?:Z|[+-]\\d{2}:\\d{2})$/;
      return [
        ...(feed.localName === 'feed' && child(feed, 'author').length === 1 ? [] : ['no feed with an author']),
        ...(new Set(ids).size === entries.length + 1 ? [] : ['an id twice']),
        ...[feed, ...entries].flatMap((of, index) => [
          ...['id', 'title', 'updated'].filter((name) => child(of, name).length !== 1 || child(of, name)[0].textContent.trim() === '').map((name) => index + ': ' + name),
          ...child(of, 'updated').concat(child(of, 'published')).filter(({ textContent }) => !time.test(textContent)).map(({ textContent }) => index + ': ' + textContent),
          ...(child(of, 'link').filter((link) => link.getAttribute('rel') === 'alternate' && link.getAttribute('href')).length === 1 ? [] : [index + ': no link']),
          ...child(of, 'id').filter(({ textContent }) => !/^[a-z]+:/.test(textContent)).map(() => index + ': an id that is no address'),
        ]),
      ];
    })()`);
    expect(wrong).toEqual([]);
  });

  test('of a long list the first hundred cards are shown, and all of them on request; items beyond 300 have a page of their own', async () => {
    const copy = join(root, 'long');
    mkdirSync(join(copy, folder), { recursive: true });
    const rows = many.slice(0, 3);
    for (let number = 0; number < 120; number++) writeFileSync(join(copy, folder, `2026-01-01-number-${number}.md`), documentOf({ title: `Number ${number}`, date: '2026-01-01', rows }));
    const long = await serveFolder(build(copy));
    onTestFinished(async () => await long.close());
    const page = await open('/');
    await page.goto(long.address);
    expect(await cards(page)).toHaveLength(100);
    await page.getByRole('button', { name: 'Show all 120' }).click();
    expect(await cards(page)).toHaveLength(120);
    await page.getByRole('searchbox').fill('number 11');
    expect(await page.getByRole('status').textContent()).toBe('11 of 120 post-mortems, 33 of the first 300 open items.');
    await page.getByRole('link', { name: 'All 360 open items' }).click();
    expect(await items(page)).toBe(360);
    expect(await violations(page)).toEqual([]);
  });

  describe.skipIf(!corpusIsHere)('from real post-mortems (skipped where ../shared/corpus is absent)', () => {
    let real: FolderServer;
    let files: string[] = [];
    const docs = fileURLToPath(new URL('infra/docs/', corpus));
    const three = ['2026-05-25-immich-anca-elements-io-storm', '2026-04-22-vault-raft-leader-deadlock', '2026-07-14-anubis-x-real-ip-cookie-flap'];

    beforeAll(async () => {
      const copy = join(root, 'real');
      mkdirSync(join(copy, folder), { recursive: true });
      files = readdirSync(docs);
      for (const name of files) copyFileSync(join(docs, name), join(copy, folder, name));
      real = await serveFolder(build(copy));
    });
    afterAll(async () => await real?.close());

    async function openReal(path: string, options: BrowserContextOptions): Promise<Page> {
      const page = await open('/', options);
      await page.goto(`${real.address}${path}`);
      return page;
    }

    test('there are as many cards as files', async () => {
      expect(await cards(await openReal('/', {}))).toHaveLength(files.length);
    });

    test.each(['/', ...three.map((name) => `/post-mortems/${name}.html`)])('axe-core finds nothing on %s, and it fits a phone', async (path) => {
      for (const colorScheme of ['light', 'dark'] as const) {
        expect(await violations(await openReal(path, { colorScheme }))).toEqual([]);
      }
      expect(await wideness(await openReal(path, { viewport: { width: 320, height: 640 } }))).toBe(0);
    });

    test('every page fits a phone', async () => {
      const page = await openReal('/', { viewport: { width: 320, height: 640 } });
      for (const name of files) {
        await page.goto(`${real.address}/post-mortems/${name.replace(/\.md$/, '.html')}`);
        expect(await wideness(page), name).toBe(0);
      }
    });
  });
});

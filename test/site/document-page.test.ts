import { describe, expect, test } from 'vitest';
import { documentOf, pageOf, proseOf, siteOf } from '../support/site.ts';

const folder = 'docs/post-mortems';
const prose = (markdown: string): string => proseOf(pageOf(`# Outage\n\n${markdown}`));

describe('raw HTML never reaches a page', () => {
  test.each([
    ['a script', '<script>alert(1)</script>'],
    ['a script within a line', 'Text <script>alert(1)</script> text'],
    ['an event handler', '<img src=x onerror=alert(1)>'],
    ['a style sheet', '<style>body{display:none}</style>'],
    ['a frame', '<iframe src="https://example.test"></iframe>'],
    ['a form', '<form action="https://example.test"><input name=a></form>'],
    ['a vector image', '<svg onload=alert(1)><a xlink:href="javascript:alert(1)">x</a></svg>'],
    ['a tag cut in half', '<img src=x onerror=alert(1)//'],
    ['a link', '[a](javascript:alert(1)) [b](JaVaScRiPt:alert(1)) [c](data:text/html,x) [d](vbscript:x) ![e](javascript:alert(1))'],
    ['an autolink', '<javascript:alert(1)>'],
    ['a definition', '[a][b]\n\n[b]: javascript:alert(1)'],
    ['code that ends its element', '```html\n</code></pre><script>alert(1)</script>\n```'],
    ['the language of a code block', '```"><script>alert(1)</script>\ncode\n```'],
    ['a heading', '## <img src=x onerror=alert(1)> "onmouseover=alert(1) x="'],
    ['a cell', '| a | b |\n|---|---|\n| <img src=x onerror=alert(1)> | <script>alert(1)</script> |'],
  ])('%s', (_, markdown) => {
    const page = pageOf(`# Outage\n\n${markdown}\n`);
    const tags = [...page.matchAll(/<([a-z]+)([^>]*)>/gi)].filter(([, name]) => name !== 'meta' && name !== 'link');
    expect(tags.map(([, name]) => name?.toLowerCase())).not.toEqual(expect.arrayContaining([expect.stringMatching(/^(?:script|style|iframe|form|svg|input|object|embed|base)$/)]));
    expect(tags.map(([, , attributes]) => attributes).join(' ')).not.toMatch(/(?:\son\w+=|javascript:|vbscript:|data:text|srcdoc)/i);
  });

  test('the title, the description and every attribute made of them are escaped', () => {
    const page = pageOf('# "><script>alert(1)</script> & <b>\n\n## Summary\n\n"><script>alert(2)</script> was `<script>` written by somebody in here.\n');
    expect(page).not.toMatch(/<script/i);
    expect(page).toContain('content="');
  });

  test('what it says in words stays, and so do line breaks and placeholders', () => {
    expect(prose('One<br>two <kbd>three</kbd> <!-- hidden --> <pod-id>')).toBe('<p>One<br>\ntwo three  &#x3C;pod-id></p>');
    expect(prose('<details>\n<summary>Logs</summary>\n\nMore\n\n</details>')).toBe('<p>Logs</p>\n<p>More</p>');
  });
});

describe('a document', () => {
  test('shows its title once, in the head of the page', () => {
    const page = pageOf('# Post-Mortem: DNS outage (2026-05-01)\n\nText\n\n## One\n');
    expect(page.match(/<h1/g)).toHaveLength(1);
    expect(page).toContain('<h1>DNS outage</h1>');
  });

  test('has headings without gaps, with the ids the forges give them', () => {
    const levels = [...prose('## One\n\n#### Deep\n\n## One\n\n##### Deeper `x_y`!\n').matchAll(/<(h\d) id="([^"]*)"/g)].map(([, level, id]) => `${level} ${id}`);
    expect(levels).toEqual(['h2 one', 'h3 deep', 'h2 one-1', 'h3 deeper-x_y']);
  });

  test('never gives an element an id that the page uses itself', () => {
    const ids = [...pageOf('# X\n\n## Main\n\n## Contents\n\n## Related title\n').matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('keeps fields on lines of their own', () => {
    expect(prose('**Severity:** SEV2\n**Status**: done\nand more')).toBe('<p><strong>Severity:</strong> SEV2<br>\n<strong>Status</strong>: done\nand more</p>');
  });

  test('takes approximations for what they are', () => {
    expect(prose('~5h, then ~2h~')).not.toContain('<del>');
    expect(prose('~~no~~')).toContain('<del>no</del>');
  });

  test('leaves front matter out', () => {
    expect(proseOf(pageOf('---\ntitle: Secret title\n---\n\n# Outage\n\nText\n'))).toBe('<p>Text</p>');
  });

  test('keeps Mermaid as readable code', () => {
    expect(prose('```mermaid\nflowchart LR\n  A --> B\n```')).toBe('<pre tabindex="0" data-language="mermaid"><code class="language-mermaid">flowchart LR\n  A --> B\n</code></pre>');
  });

  test('puts tables into frames that scroll, also by keyboard, and drops headers that say nothing', () => {
    const table = prose('| | |\n|---|---|\n| a | b |\n');
    expect(table).toMatch(/^<div class="scroller" tabindex="0" role="group" aria-label="Table 1"><table>/);
    expect(table).not.toContain('<th');
    expect(prose('| a | |\n|---|--:|\n| 1 | 2 |\n')).toContain('<th scope="col">a</th>\n<td align="right"></td>');
  });

  test('keeps a date or a time on one line, and lets sentences break', () => {
    const table = prose('| When | What |\n|---|---|\n| 2026-04-14 | The disk was full again |\n');
    expect(table).toContain('<td class="moment">2026-04-14</td>\n<td>The disk was full again</td>');
  });

  test('links to its source, and to the older and the newer one', () => {
    const site = siteOf({ [`${folder}/a-1.md`]: documentOf({ date: '2026-01-01' }), [`${folder}/b-2.md`]: documentOf({ date: '2026-02-01' }), [`${folder}/c-3.md`]: documentOf({ date: '2026-03-01' }) });
    const page = site.get('post-mortems/b-2.html') ?? '';
    expect(page).toContain(`<dt>Source</dt><dd><a href="https://forge.test/acme/infra/blob/main/${folder}/b-2.md">`);
    expect(page).toContain('rel="prev" href="a-1.html"');
    expect(page).toContain('rel="next" href="c-3.html"');
  });

  test('says what could not be read for certain', () => {
    const page = pageOf('# X\n\n## Prevention Plan\n\n| Action | Status |\n|---|---|\n| Add an alert | TODO | and more |\n');
    expect(page).toContain('in this document could not be read for certain');
    expect(page).toMatch(/Line 7: /);
  });
});

describe('action items on the page', () => {
  const rows = ['P1 | Add an alert | Alert | TODO', 'P1 | Fix the disk | Config | Done (PR #12, and something long)', 'P2 | Think | Docs | perhaps'];
  const page = pageOf(documentOf({ rows }));

  test('have a label with a word for their status', () => {
    expect(page).toContain('<span class="status open">TODO</span>');
    expect(page).toContain('<span class="status done">done</span> Done (PR #12, and something long)');
    expect(page).toContain('<span class="status unclear">unclear</span> perhaps');
  });

  test('have it in the cell of the status, also where the type says the same', () => {
    const twice = pageOf(documentOf({ rows: ['P1 | Split the disk | Architecture | Architecture'] }));
    expect(twice).toContain('>Architecture</td>\n<td><span class="status unclear">unclear</span> Architecture</td>');
  });

  test('have a place to link to that does not move with other rows', () => {
    const anchors = (text: string): (string | undefined)[] => [...text.matchAll(/<tr id="([^"]*)">\n<td>P1/g)].map(([, id]) => id);
    const moved = pageOf(documentOf({ rows: ['P0 | New | Alert | TODO', ...rows.toReversed()] }));
    expect(anchors(page)).toHaveLength(2);
    expect(anchors(moved)).toEqual(anchors(page).toReversed());
  });

  test('of lists have words in place of boxes', () => {
    const list = prose('## Action items\n\n- [ ] Add an alert\n- [x] Fix the disk\n');
    expect(list).not.toContain('<input');
    expect(list).toMatch(/<li class="task-list-item" id="todo-[0-9a-f]{12}"><span class="status open">open<\/span> Add an alert<\/li>/);
    expect(list).toContain('<span class="status done">done</span> Fix the disk');
  });
});

describe('documents that would take a parser minutes are shown as they are written', () => {
  test.each([
    ['runs of link openers', '[a]('.repeat(20_000)],
    ['runs of emphasis', '*a_'.repeat(20_000)],
    ['quotes in quotes', `${'>'.repeat(5000)} a`],
    ['lists in lists', `${'- '.repeat(5000)}a`],
    ['a table of thousands of rows', `| a | b |\n|---|---|\n${'| x | y |\n'.repeat(50_000)}`],
    ['a megabyte of text', 'word '.repeat(200_000)],
    ['emphasis in emphasis, over many paragraphs', `${'*_'.repeat(400)}a${'_*'.repeat(400)}\n\n`.repeat(100)],
  ])('%s', (_, markdown) => {
    const page = pageOf(`# Outage\n\n${markdown}\n\n<script>alert(1)</script>\n`);
    expect(page).toContain('This document is shown as it is written');
    expect(page).not.toContain('<script');
  });

  test('a long but ordinary one is rendered', () => {
    const section = '## Section\n\nA paragraph with **bold**, `code` and [a link](https://example.test) in it.\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n';
    expect(pageOf(`# Outage\n\n${section.repeat(200)}`)).not.toContain('as it is written');
  });
});

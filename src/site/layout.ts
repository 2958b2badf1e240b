/** The frame of every page. */
import { html, type Content, type Html } from './html.ts';
import type { SiteOptions } from './options.ts';

export interface Page {
  /** `null` for the index itself. */
  readonly title: string | null;
  readonly description: string;
  /** Path from the site's root, for the page's own address. */
  readonly path: string;
  readonly type: 'website' | 'article';
  /** Path to the site's root, empty or ending in a slash. */
  readonly root: string;
  readonly navigation: Content;
  readonly main: Content;
  readonly footer: Content;
  /** Whether the page has a list to filter: only then it loads a script. */
  readonly script: 'filter' | 'none';
}

/** Everything comes from the site itself; nothing inline runs, and nothing is sent anywhere. */
const policy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'";

/** A whole document. */
export function pageOf(page: Page, options: SiteOptions): string {
  const title = page.title === null ? options.title : `${page.title} · ${options.title}`;
  const { root } = page;
  return html`<!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="${page.script === 'filter' ? `${policy}; script-src 'self'` : policy}">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${title}</title>
    <meta name="description" content="${page.description}">
    <meta name="robots" content="${options.robots}, follow">
    <meta name="referrer" content="no-referrer">
    <meta name="color-scheme" content="light dark">
    <meta name="generator" content="postmortem-plugin">
    ${preview(page, options)}
    <link rel="stylesheet" href="${root}assets/site.css">
    <link rel="icon" href="${root}assets/icon.svg" type="image/svg+xml">
    <link rel="alternate" type="application/atom+xml" title="${options.title}" href="${root}feed.xml">
    ${page.script === 'filter' ? html`<script src="${root}assets/site.js" defer></script>` : null}
    </head>
    <body>
    <a class="skip" href="#main">Skip to the content</a>
    <header class="site">
    ${page.title === null ? null : html`<a class="home" href="${root}index.html">${options.title}</a>`}
    <nav aria-label="Site">${page.navigation}</nav>
    </header>
    <main id="main" tabindex="-1">
    ${page.main}
    </main>
    <footer class="site">${page.footer}</footer>
    </body>
    </html>
    `.text;
}

function preview(page: Page, options: SiteOptions): Html {
  const address = options.url === null ? null : `${options.url}/${page.path === 'index.html' ? '' : page.path}`;
  return html`<meta property="og:type" content="${page.type}">
    <meta property="og:site_name" content="${options.title}">
    <meta property="og:title" content="${page.title ?? options.title}">
    <meta property="og:description" content="${page.description}">
    <meta name="twitter:card" content="summary">
    ${address === null ? null : html`<meta property="og:url" content="${address}"><link rel="canonical" href="${address}">`}`;
}

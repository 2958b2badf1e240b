/** The Atom feed (RFC 4287): the newest post-mortems. */
import { createHash } from 'node:crypto';
import { html, raw } from './html.ts';
import { pageName } from './document-links.ts';
import type { Entry } from './entry.ts';
import type { SiteOptions } from './options.ts';

/** Readers ask often; older ones are on the site. */
const newest = 50;
/** For documents without a date: Atom demands one, and an invented one would bring them to the top. */
const noDate = '1970-01-01';

/** @param entries newest first */
export function feedOf(entries: readonly Entry[], options: SiteOptions): string {
  const base = options.url === null ? '' : `${options.url}/`;
  const shown = entries.slice(0, newest);
  const updated = shown.map(updatedOn).sort().at(-1) ?? noDate;
  return html`${raw('<?xml version="1.0" encoding="utf-8"?>')}
    <feed xmlns="http://www.w3.org/2005/Atom">
    <id>${idOf(options, '')}</id>
    <title>${printable(options.title)}</title>
    <updated>${updated}T00:00:00Z</updated>
    <author><name>${printable(options.repository ?? options.title)}</name></author>
    <generator>postmortem-plugin</generator>
    ${options.url === null ? null : html`<link rel="self" type="application/atom+xml" href="${base}feed.xml"/>`}
    <link rel="alternate" type="text/html" href="${base}index.html"/>
    ${shown.map(
      (entry) => html`<entry>
        <id>${idOf(options, entry.file)}</id>
        <title>${printable(entry.title)}</title>
        <published>${entry.date ?? noDate}T00:00:00Z</published>
        <updated>${updatedOn(entry)}T00:00:00Z</updated>
        <link rel="alternate" type="text/html" href="${base}post-mortems/${pageName(entry)}"/>
        <summary>${printable(entry.metadata.summary ?? entry.title)}</summary>
        ${entry.metadata.severity === null ? null : html`<category term="${printable(entry.metadata.severity.label)}"/>`}
        </entry>
        `,
    )}</feed>
    `.text;
}

/** The last day anything was done about it: a post-mortem whose items are implemented comes up again. */
function updatedOn({ date, postMortem }: Entry): string {
  const days = postMortem.followUp.flatMap((row) => /\d{4}-\d{2}-\d{2}/.exec(row.date)?.[0] ?? []).filter((day) => !Number.isNaN(Date.parse(day)));
  return [date ?? noDate, ...days].sort().at(-1) ?? noDate;
}

/** A UUID made of the repository's name and the file's path: it stays when the site moves. */
function idOf({ repository }: SiteOptions, file: string): string {
  const hex = createHash('sha256').update(`${repository ?? ''}\n${file}`).digest('hex');
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Without the control characters that XML knows no way to write. */
function printable(text: string): string {
  return text.replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '');
}

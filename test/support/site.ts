import { parsePostMortem } from '../../src/postmortem/parse.ts';
import { buildSite, type SiteSource } from '../../src/site/build.ts';
import type { SiteOptions } from '../../src/site/options.ts';

export const siteOptions: SiteOptions = {
  title: 'Post-mortems',
  url: null,
  robots: 'index',
  repository: 'acme/infra',
  forge: {
    file: (path, line) => `https://forge.test/acme/infra/blob/main/${path}${line === undefined ? '' : `#L${line}`}`,
    commit: (id) => `https://forge.test/acme/infra/commit/${id}`,
  },
  overdueDays: { P0: 14, P1: 30, P2: 90 },
  today: '2026-06-15',
};

export type Site = ReadonlyMap<string, string>;

/** A site from documents by path, as text by path. */
export function siteOf(documents: Readonly<Record<string, string>>, options: Partial<SiteOptions> = {}, source: Partial<SiteSource> = {}): Site {
  const parsed = Object.entries(documents).map(([file, text]) => ({ postMortem: parsePostMortem(text, file), text }));
  const files = buildSite({ documents: parsed, unread: [], leftOut: [], picture: () => null, ...source }, { ...siteOptions, ...options });
  return new Map([...files].map(({ path, content }) => [path, Buffer.from(content).toString('utf8')]));
}

/** The page of the only document of a site. */
export function pageOf(text: string, file = 'docs/post-mortems/2026-05-01-outage.md'): string {
  const name = (file.split('/').at(-1) ?? file).replace(/\.md$/, '');
  return siteOf({ [file]: text }).get(`post-mortems/${name}.html`) ?? '';
}

/** What lies between the tags of the body of a document. */
export function proseOf(page: string): string {
  return /<div class="prose">\n([\s\S]*?)\n<\/div>\n<\/article>/.exec(page)?.[1]?.trim() ?? '';
}

/** A post-mortem with a header and one table of items. */
export function documentOf({ date = '2026-05-01', title = 'Outage', severity = 'SEV2', duration = '2h', services = 'Vault, DNS', rows = ['P1 | Add an alert | Alert | TODO'], more = '' } = {}): string {
  const table = rows.length === 0 ? '' : `\n## Prevention Plan\n\n| Priority | Action | Type | Status |\n|---|---|---|---|\n${rows.map((row) => `| ${row} |\n`).join('')}`;
  return `# Post-Mortem: ${title}\n\n| Field | Value |\n|---|---|\n| Date | ${date} |\n| Severity | ${severity} |\n| Duration | ${duration} |\n| Affected Services | ${services} |\n\n## Summary\n\nThe ${title.toLowerCase()} came from a full disk on the main host.\n${table}${more}`;
}

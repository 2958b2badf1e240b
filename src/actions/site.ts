import { lstatSync, readFileSync, realpathSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { UserError } from '../errors.ts';
import type { Log } from '../log.ts';
import { fileSizeCap, scan } from '../postmortem/scan.ts';
import { findFiles } from '../postmortem/find.ts';
import { problemLines } from '../report/console.ts';
import type { Settings } from '../settings/schema.ts';
import type { SiteSource } from '../site/build.ts';
import type { SiteOptions } from '../site/options.ts';
import type { Pipeline } from '../woodpecker.ts';

export interface SiteInput {
  readonly settings: Settings;
  readonly pipeline: Pipeline;
  /** The repository's checkout. */
  readonly root: string;
  readonly log: Log;
  /** `YYYY-MM-DD`: ages are counted up to here. */
  readonly today: string;
}

/**
 * Builds the published index into `site_dir`.
 * @returns the exit code: 1 when there is no document to show; one that cannot be read is shown as such and fails nothing
 * @throws UserError when a setting is not usable, or when a file is in the way that an earlier run did not write
 */
export async function site({ settings, pipeline, root, log, today }: SiteInput): Promise<number> {
  const options = optionsOf(settings, pipeline, today);
  const { source, problems } = readSource(settings, root);
  for (const line of problems) log.info(line);
  if (source.documents.length === 0 && source.unread.length === 0) {
    log.error('no post-mortem was found, so there is no site to build');
    return 1;
  }
  const { buildSite } = await import('../site/build.ts');
  const { writeSite } = await import('../site/write.ts');
  const folder = resolve(root, settings.site_dir);
  if (settings.dry_run) {
    const paths = [...buildSite(source, options)].map(({ path }) => path);
    log.info(`Would write ${paths.length} files to ${settings.site_dir}`);
    log.debug(paths.join('\n'));
    return 0;
  }
  const { changed, unchanged, removed, kept, summary } = writeSite(folder, buildSite(source, options));
  for (const path of kept) log.warn(`${settings.site_dir}/${path} is no longer part of the site, but was changed since it was written: left where it is`);
  log.info(`${summary.postMortems} post-mortems, ${summary.openItems} open items (${summary.overdue} overdue)`);
  log.info(`Site in ${settings.site_dir}: ${changed} files written, ${unchanged} unchanged, ${removed} removed`);
  return 0;
}

function optionsOf(settings: Settings, pipeline: Pipeline, today: string): SiteOptions {
  const branch = settings.branch ?? pipeline.branch ?? 'main';
  return {
    title: settings.site_title ?? (pipeline.repository === null ? 'Post-mortems' : `Post-mortems of ${pipeline.repository}`),
    url: settings.site_url === null ? null : publicAddress(settings.site_url),
    robots: settings.site_robots,
    repository: pipeline.repository,
    forge: { file: (path, line) => pipeline.fileUrl(branch, path, line), commit: pipeline.commitUrl },
    overdueDays: settings.overdue_days,
    today,
  };
}

function publicAddress(address: string): string {
  if (!/^https?:\/\//.test(address) || !URL.canParse(address)) {
    throw new UserError(`site_url: "${address}" is no web address`, 'Write the address the site is published at, for instance https://example.org/post-mortems.');
  }
  return new URL(address).href.replace(/\/+$/, '');
}

function readSource(settings: Settings, root: string): { readonly source: SiteSource; readonly problems: readonly string[] } {
  const scanned = scan({ root, patterns: settings.post_mortems });
  const found = findFiles(root, settings.post_mortems).files;
  const unread = scanned.problems.filter(({ file }) => found.includes(file));
  const known = new Set([...scanned.postMortems, ...unread].map(({ file }) => file));
  const source: SiteSource = {
    documents: scanned.postMortems.map((postMortem) => ({ postMortem, text: readFileSync(join(root, postMortem.file), 'utf8') })),
    unread,
    leftOut: found.filter((file) => !known.has(file)),
    picture: (path) => readPicture(root, path),
  };
  return { source, problems: problemLines(scanned.problems) };
}

/** A regular file inside the repository, not over a symbolic link; `null` for anything else. */
function readPicture(root: string, path: string): Uint8Array | null {
  const base = realpathSync(root);
  const full = join(base, path);
  if (!full.startsWith(base + sep) || full.split(sep).includes('.git')) return null;
  try {
    const stats = lstatSync(full);
    return stats.isFile() && realpathSync(full) === full && stats.size <= fileSizeCap ? readFileSync(full) : null;
  } catch {
    // Not there, not readable, or no name a file can have: the document is to blame, and its page says so.
    return null;
  }
}

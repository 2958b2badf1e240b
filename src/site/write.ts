/** Writes the site into a folder, and removes from it what an earlier run wrote and this one does not. Nothing else is touched. */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, lstatSync, mkdirSync, readFileSync, realpathSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, posix, sep } from 'node:path';
import { UserError } from '../errors.ts';
import type { SiteFile } from './build.ts';

/** Lists what was written, as `sha256sum` does: one `<hash>  <path>` a line. */
export const manifestName = '.post-mortem-site.sha256';

export interface Written {
  readonly changed: number;
  readonly unchanged: number;
  readonly removed: number;
  /** Files of an earlier run that somebody has changed since: they are left where they are. */
  readonly kept: readonly string[];
}

/**
 * @param folder made when missing
 * @param files as `buildSite` gives them
 * @throws UserError when a file is in the way that no earlier run wrote, or a symbolic link
 */
export function writeSite<Summary>(folder: string, files: Iterator<SiteFile, Summary>): Written & { readonly summary: Summary } {
  mkdirSync(folder, { recursive: true });
  const target = new Target(realpathSync(folder));
  for (;;) {
    const next = files.next();
    if (next.done === true) {
      return { ...target.finish(), summary: next.value };
    }
    target.write(next.value.path, Buffer.from(next.value.content));
  }
}

class Target {
  private readonly folder: string;
  private readonly manifest: string;
  /** Hashes of what earlier runs wrote, by path. */
  private readonly earlier: ReadonlyMap<string, string>;
  private readonly written = new Map<string, string>();
  private changed = 0;

  constructor(folder: string) {
    this.folder = folder;
    this.manifest = join(folder, manifestName);
    const { problem } = whatIsAt(this.manifest);
    if (problem !== null) {
      throw inTheWay(this.manifest, problem);
    }
    this.earlier = readManifest(this.manifest);
  }

  write(path: string, content: Buffer): void {
    const full = join(this.folder, path);
    const hash = hashOf(content);
    this.written.set(path, hash);
    mkdirSync(dirname(full), { recursive: true });
    const there = whatIsAt(full);
    if (there.hash === hash) {
      return;
    }
    if (there.problem !== null || (there.hash !== null && !this.earlier.has(path))) {
      throw inTheWay(full, there.problem ?? 'was not written by this action');
    }
    // Noted first: a run that dies in between still knows its own files the next time.
    appendFileSync(this.manifest, `${hash}  ${path}\n`);
    writeFileSync(full, content);
    this.changed++;
  }

  finish(): Written {
    const stale = [...this.earlier].filter(([path]) => !this.written.has(path) && existsSync(join(this.folder, path)));
    const own = stale.filter(([path, hash]) => whatIsAt(join(this.folder, path)).hash === hash);
    for (const [path] of own) {
      rmSync(join(this.folder, path));
      this.removeEmpty(posix.dirname(path));
    }
    const kept = stale.filter((entry) => !own.includes(entry));
    const lines = [...this.written, ...kept].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([path, hash]) => `${hash}  ${path}\n`);
    writeFileSync(this.manifest, lines.join(''));
    return { changed: this.changed, unchanged: this.written.size - this.changed, removed: own.length, kept: kept.map(([path]) => path) };
  }

  private removeEmpty(path: string): void {
    if (path === '.') {
      return;
    }
    try {
      rmdirSync(join(this.folder, path));
    } catch {
      // Somebody else's files are in it.
    }
  }
}

/** The hash of a file, or what stands there instead; both `null` for nothing. A link could lead out of the folder, so none is followed. */
function whatIsAt(full: string): { readonly hash: string | null; readonly problem: string | null } {
  const stats = lstatSync(full, { throwIfNoEntry: false });
  if (stats === undefined) {
    return { hash: null, problem: realpathSync(dirname(full)) === dirname(full) ? null : 'leads over a symbolic link' };
  }
  if (realpathSync(full) !== full) {
    return { hash: null, problem: 'leads over a symbolic link' };
  }
  return stats.isFile() ? { hash: hashOf(readFileSync(full)), problem: null } : { hash: null, problem: 'is no file' };
}

function inTheWay(path: string, what: string): UserError {
  return new UserError(`${path.split(sep).join('/')} ${what}, and the site needs its place`, 'Move it away, or give the site a folder of its own: site_dir.');
}

/** Only paths a site can have: a manifest is a file anybody can edit. */
function readManifest(path: string): ReadonlyMap<string, string> {
  if (!existsSync(path)) {
    return new Map();
  }
  const lines = readFileSync(path, 'utf8').matchAll(/^([0-9a-f]{64}) {2}((?:post-mortems\/|assets\/|pictures\/)?[^\\/\0\n]+)$/gm);
  return new Map([...lines].filter(([, , file]) => !/(?:^|\/)\.{1,2}$/.test(file ?? '')).map(([, hash = '', file = '']) => [file, hash]));
}

function hashOf(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

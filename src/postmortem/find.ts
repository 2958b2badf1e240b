/** Finds the files that glob patterns match below a repository's root. Never leaves the root and follows no symbolic link. */
import { join, posix } from 'node:path';
import { lstatSync, readdirSync, realpathSync, type Dirent } from 'node:fs';
import picomatch from 'picomatch';
import { messageOf } from '../errors.ts';
import type { Problem } from './model.ts';

export interface Found {
  /** Paths relative to the root with `/` separators, sorted, each once. */
  readonly files: readonly string[];
  /** Those among them that a pattern names literally in its last part (a pattern that ends in `/README.md`). */
  readonly named: ReadonlySet<string>;
  readonly problems: readonly Problem[];
}

/**
 * @param root the repository's root; it has to exist
 * @param patterns globs, plain paths and folders (all `.md` files below); `!x` takes away what the others match
 */
export function findFiles(root: string, patterns: readonly string[]): Found {
  const finder = new Finder(realpathSync(root));
  for (const pattern of patterns.filter((written) => !written.startsWith('!'))) {
    finder.find(pattern);
  }
  const excluded = patterns.filter((written) => written.startsWith('!')).map((written) => clean(written.slice(1)));
  const isExcluded = excluded.length === 0 ? (): boolean => false : picomatch(excluded);
  const files = [...finder.files].filter((file) => !isExcluded(file)).sort();
  return { files, named: finder.named, problems: finder.problems };
}

/** A problem with a path rather than with a line in it. */
export function pathProblem(file: string, level: Problem['level'], rule: string, message: string, remedy: string): Problem {
  return { file, line: 1, column: 1, level, rule, message, remedy };
}

/** A name with a newline would write trailers into commit messages; one with a direction override shows as another. */
const misleading = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

class Finder {
  readonly files = new Set<string>();
  readonly named = new Set<string>();
  readonly problems: Problem[] = [];
  private readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  find(written: string): void {
    const pattern = clean(written);
    if (posix.isAbsolute(pattern) || /^[a-z]:\//i.test(pattern) || pattern.split('/').includes('..')) {
      const remedy = 'Write post_mortems relative to the repository\'s root, without "..".';
      this.report(written, 'outside-repository', 'the pattern leaves the repository', remedy);
      return;
    }
    const { base, glob } = picomatch.scan(pattern);
    const kind = this.kindOf(base);
    if (kind === 'missing') {
      const checkout = 'Check the setting post_mortems, and that the checkout holds the folder.';
      const message = glob === '' ? 'there is no such file' : `there is no such folder, so ${written} matches nothing`;
      this.report(base, 'no-file-matched', message, checkout);
    } else if (kind === 'link') {
      const message = 'the path leads over a symbolic link, which is not followed';
      this.report(base, 'symbolic-link', message, 'Name the real path in post_mortems.');
    } else if (kind === 'file') {
      this.add(base, true);
    } else {
      const depth = glob === '' || glob.includes('**') ? Number.POSITIVE_INFINITY : glob.split('/').length;
      const isMatch = picomatch(glob === '' ? posix.join(pattern, '**/*.md') : pattern);
      const last = pattern.split('/').at(-1) ?? '';
      const matched = this.walk(base, depth, isMatch, (file) => posix.basename(file) === last);
      if (matched === 0) {
        this.report(base === '' ? '.' : base, 'no-file-matched', `no file matches ${written}`, 'Check the setting post_mortems.');
      }
    }
  }

  /** Adds what matches below a folder and tells how much that was. */
  private walk(folder: string, depth: number, isMatch: (file: string) => boolean, isNamed: (file: string) => boolean): number {
    let entries: Dirent[];
    try {
      entries = readdirSync(join(this.root, folder), { withFileTypes: true });
    } catch (error) {
      this.report(folder, 'unreadable', `the folder cannot be read: ${messageOf(error)}`, 'Check its permissions.');
      return 0;
    }
    let matched = 0;
    for (const entry of entries) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      // No glob matches a newline; such a file is reported, not overlooked.
      const matches = isMatch(path.replaceAll(/\p{Cc}/gu, '_'));
      if (entry.isFile() && matches) {
        this.add(path, isNamed(path));
        matched++;
      } else if (entry.isDirectory() && depth > 1 && entry.name !== '.git' && entry.name !== 'node_modules') {
        matched += this.walk(path, depth - 1, isMatch, isNamed);
      }
      if (matches && !entry.isFile()) {
        const other = entry.isSymbolicLink() ? 'a symbolic link, which is not followed' : 'no regular file';
        const what = entry.isDirectory() ? 'a folder' : other;
        this.report(path, 'not-a-file', `it is ${what}`, 'Rename it, or exclude it in post_mortems with "!".');
      }
    }
    return matched;
  }

  private kindOf(path: string): 'file' | 'folder' | 'link' | 'missing' {
    const full = join(this.root, path);
    try {
      const stats = lstatSync(full);
      if (realpathSync(full) !== full) {
        return 'link';
      }
      return stats.isDirectory() ? 'folder' : 'file';
    } catch {
      return 'missing';
    }
  }

  private add(file: string, isNamed: boolean): void {
    if (misleading.test(file)) {
      this.report(file, 'odd-name', 'the name holds control characters or ones that change how it is shown; the file is not read', 'Rename it.');
      return;
    }
    this.files.add(file);
    if (isNamed) {
      this.named.add(file);
    }
  }

  private report(path: string, rule: string, message: string, remedy: string): void {
    this.problems.push(pathProblem(path, 'error', rule, message, remedy));
  }
}

function clean(pattern: string): string {
  return pattern.replaceAll('\\', '/').replace(/^(?:\.\/)+/, '').replace(/\/+$/, '');
}

import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { git } from './stage.ts';

/** An empty temp folder for one test. */
export function emptyFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'postmortem-kit-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes files below a folder, by path. */
export function put(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text, { mode: text.startsWith('#!') ? 0o755 : 0o644 });
  }
}

/** A repository of one test: freshly initialised, with a remote and files, nothing committed. */
export function repository(
  options: { readonly remote?: string; readonly branch?: string; readonly files?: Readonly<Record<string, string>> } = {},
): string {
  const folder = emptyFolder();
  git(folder, 'init', '--quiet', `--initial-branch=${options.branch ?? 'main'}`);
  if (options.remote !== undefined) git(folder, 'remote', 'add', 'origin', options.remote);
  put(folder, options.files ?? {});
  return folder;
}

/** Puts files into a repository: never outside it, never half of one. */
import { lstatSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { messageOf, UserError } from '../errors.ts';

/** @returns the file's text, `null` when there is none @throws UserError when it cannot be read or is no regular file */
export function readInstalled(root: string, path: string): string | null {
  try {
    const file = join(root, path);
    if (!lstatSync(file).isFile()) throw new UserError(`${path} is no regular file`, 'Move it away, then run init again.');
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof UserError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return null;
    if (code === 'ENOTDIR')
      throw new UserError(`${dirname(path)} is no folder`, 'Move the file of that name away, then run init again.');
    throw new UserError(`${path} cannot be read: ${messageOf(error)}`, 'Check its permissions.', { cause: error });
  }
}

/**
 * Writes a file and the folders above it.
 * @throws UserError when the folder cannot be written, or leads out of the repository over a symbolic link
 */
export function writeInstalled(root: string, path: string, text: string): void {
  const file = join(root, path);
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    insideOnly(root, dirname(file), path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(temporary, text, { flag: 'wx' });
    renameSync(temporary, file);
  } catch (error) {
    discard(temporary);
    if (error instanceof UserError) throw error;
    throw new UserError(`${path} cannot be written: ${messageOf(error)}`, remedyFor(error, root), { cause: error });
  }
}

function discard(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // Where it could not be written it cannot be removed either; the first error is the one to tell.
  }
}

function insideOnly(root: string, folder: string, path: string): void {
  const home = realpathSync(root);
  const real = realpathSync(nearestExisting(folder));
  if (real === home || (!relative(home, real).startsWith('..') && real.startsWith(home + sep))) return;
  throw new UserError(
    `${path} would be written outside the repository: a folder above it is a symbolic link to ${real}`,
    'Replace the link by a folder, then run init again.',
  );
}

function nearestExisting(folder: string): string {
  try {
    lstatSync(folder);
    return folder;
  } catch {
    return nearestExisting(dirname(folder));
  }
}

function remedyFor(error: unknown, root: string): string {
  const { code } = error as NodeJS.ErrnoException;
  const user = process.getuid?.() ?? 0;
  if (code === 'EROFS') return `${root} is mounted read-only: mount it without :ro.`;
  if (code === 'EACCES' || code === 'EPERM') {
    const container = 'In a container run it as yourself: docker run --user "$(id -u):$(id -g)" ...';
    return `The user this runs as (uid ${user}) may not write to ${root}. ${container}`;
  }
  return 'Check the disk and the permissions, then run init again: what is written already stays.';
}

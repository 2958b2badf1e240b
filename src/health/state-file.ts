/** The file that keeps the last verdict. Several checks may run at once: each reads, decides and writes while it holds a lock. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../errors.ts';
import { memorySchema } from './memory.ts';
import type { Memory } from './memory.ts';

/** What was read: the state, or why there is none. */
export type Remembered =
  | { readonly kind: 'known'; readonly memory: Memory }
  | { readonly kind: 'none' }
  /** Not readable; it was moved to `keptAs`, so that nothing is lost. */
  | { readonly kind: 'corrupt'; readonly reason: string; readonly keptAs: string };

const LOCK_TRIES = 100;
const LOCK_WAIT_MS = 50;
/** Holding the lock takes milliseconds; one that is older was left by a process that was killed. */
const STALE_LOCK_MS = 10_000;

/**
 * Replaces the state by what `decide` makes of the one there was. The new state is on disk before this returns: what is told
 * after it is told by one process only.
 * @throws whatever the file system says when the file cannot be read or written; the old state is then still there
 */
export async function updateState<T>(
  path: string,
  decide: (before: Remembered) => { readonly memory: Memory; readonly result: T },
): Promise<T> {
  const isNew = !existsSync(dirname(path));
  mkdirSync(dirname(path), { recursive: true });
  // A folder of our own hides itself from git; one that was there is left as it is.
  if (isNew) writeFileSync(join(dirname(path), '.gitignore'), '*\n');
  const release = await lock(`${path}.lock`);
  try {
    const { memory, result } = decide(read(path));
    write(path, `${JSON.stringify(memory, null, 2)}\n`);
    return result;
  } finally {
    release();
  }
}

function read(path: string): Remembered {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { kind: 'none' };
    throw error;
  }
  let reason: string;
  try {
    const parsed = memorySchema.safeParse(JSON.parse(text));
    if (parsed.success) return { kind: 'known', memory: parsed.data };
    const [issue] = parsed.error.issues;
    reason = `${issue?.path.join('.') || 'it'}: ${issue?.message ?? 'is not understood'}`;
  } catch (error) {
    reason = messageOf(error);
  }
  const keptAs = `${path}.broken`;
  renameSync(path, keptAs);
  return { kind: 'corrupt', reason: reason.slice(0, 200), keptAs: basename(keptAs) };
}

function write(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  const file = openSync(temporary, 'w', 0o644);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}

async function lock(path: string): Promise<() => void> {
  for (let tries = 0; ; tries++) {
    try {
      closeSync(openSync(path, 'wx'));
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || tries >= LOCK_TRIES) throw error;
    }
    if (isStale(path)) rmSync(path, { force: true });
    else await sleep(LOCK_WAIT_MS);
  }
}

function isStale(path: string): boolean {
  try {
    return Date.now() - statSync(path).mtimeMs > STALE_LOCK_MS;
  } catch {
    return false;
  }
}

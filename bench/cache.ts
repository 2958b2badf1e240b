import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/**
 * A folder for NODE_COMPILE_CACHE that holds the bundle's code as the image's does. Node before 22.1 knows no such cache and takes no notice.
 * @param dir a folder of the bench; the cache is made below it
 */
export function warmedCache(dir: string, bundle: string): string {
  const folder = join(dir, 'compile-cache');
  const env = { ...process.env, NODE_COMPILE_CACHE: folder };
  const documents = ['examples/docs/post-mortems/2026-03-02-dns-outage.md'];
  // Code gets into the cache when it was run in a process before; what only a run loads is written by the first run of a bench.
  for (const words of [['--version'], ['--help'], ['list', ...documents], ['--dry-run']]) execFileSync(process.execPath, [bundle, ...words], { env, stdio: 'ignore' });
  return folder;
}

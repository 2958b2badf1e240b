import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: (() => void) | null = null;

/**
 * Gives memory back after something large. V8 knows little of the size of buffers and waits too long with several plans in a row,
 * while a pod with a memory limit is killed in the middle of an apply.
 */
export function releaseMemory(): void {
  if (collect === null) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
}

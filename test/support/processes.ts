import { readFileSync, readdirSync } from 'node:fs';

/** Ids of the processes of this machine whose command line holds a text; zombies have none. */
export function processesWith(text: string): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && commandLineOf(entry).includes(text))
    .map(Number);
}

/** Its words, joined by spaces; empty when it has ended. */
export function commandLineOf(pid: string | number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

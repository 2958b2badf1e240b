import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median } from './median.ts';
import type { BenchRow, Comparison } from './ssh.ts';

const ROUNDS = 15;

/** Starts of the built bundle, each round beside an empty script: wall time, and memory above it. Run from the repository's root. */
export function benchStart(): BenchRow[] {
  const dir = mkdtempSync(join(tmpdir(), 'postmortem-bench-start-'));
  try {
    const empty = join(dir, 'empty.cjs');
    writeFileSync(empty, '');
    const bundle = 'dist/postmortem-plugin.cjs';
    const document = 'examples/docs/post-mortems/2026-03-02-dns-outage.md';
    return [
      compare('--version / an empty script (time)', [bundle, '--version'], [empty], 1.35),
      compare('list of one file / an empty script (time)', [bundle, 'list', document], [empty], 2.7),
    ];
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function compare(what: string, ours: readonly string[], theirs: readonly string[], target: number): Comparison {
  const rounds = Array.from({ length: ROUNDS + 1 }, () => ({ ours: timed(ours), theirs: timed(theirs) })).slice(1);
  const [a, b] = [median(rounds.map((round) => round.ours)), median(rounds.map((round) => round.theirs))];
  return { what, ours: a, theirs: b, unit: 'ms', ratio: median(rounds.map((round) => round.ours / round.theirs)), target };
}

function timed(words: readonly string[]): number {
  const start = performance.now();
  const ended = spawnSync(process.execPath, words, { stdio: 'ignore' });
  if (ended.status !== 0) throw new Error(`${words.join(' ')} ended with ${ended.status ?? ended.signal}`);
  return performance.now() - start;
}

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { warmedCache } from './cache.ts';
import { median } from './median.ts';
import type { BenchRow, Comparison } from './ssh.ts';

const ROUNDS = 15;

/**
 * The most memory a process ever had, told by itself at its end: only its own, where `resourceUsage` counts what its parent had at the fork.
 * Reading it takes as much in the empty script as in ours.
 */
const TELL_PEAK = `process.on('exit', () => process.stderr.write(/VmHWM:.*kB/.exec(require('node:fs').readFileSync('/proc/self/status', 'latin1'))[0]));`;

/**
 * Starts of the built bundle as the image starts it, with a compile cache that is filled: each round beside an empty script, wall time and
 * peak of resident memory. Run from the repository's root.
 */
export function benchStart(): BenchRow[] {
  const dir = mkdtempSync(join(tmpdir(), 'postmortem-bench-start-'));
  try {
    const [empty, tell] = [join(dir, 'empty.cjs'), join(dir, 'tell.cjs')];
    writeFileSync(empty, '');
    writeFileSync(tell, TELL_PEAK);
    const bundle = process.env['POSTMORTEM_BUNDLE'] ?? 'dist/postmortem-plugin.cjs';
    const starts = new Starts(empty, warmedCache(dir, bundle));
    const version = [bundle, '--version'];
    const list = [bundle, 'list', 'examples/docs/post-mortems/2026-03-02-dns-outage.md'];
    const memory = process.platform === 'linux' ? [['--version', version, 8], ['list of one file', list, 25]] as const : [];
    return [
      starts.time('--version / an empty script (time)', version, 1.35),
      starts.time('list of one file / an empty script (time)', list, 2.7),
      ...memory.map(([what, words, mebibytes]) => starts.memory(`${what}, memory over an empty script / ${mebibytes} MiB`, words, tell, mebibytes)),
    ];
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

class Starts {
  private readonly empty: string;
  private readonly env: NodeJS.ProcessEnv;

  constructor(empty: string, cache: string) {
    this.empty = empty;
    this.env = { ...process.env, NODE_COMPILE_CACHE: cache };
  }

  /** Time as a multiple of the empty script's; the first round only warms up. */
  time(what: string, words: readonly string[], target: number): Comparison {
    const rounds = Array.from({ length: ROUNDS + 1 }, () => ({ ours: this.timed(words), theirs: this.timed([this.empty]) })).slice(1);
    const [ours, theirs] = [median(rounds.map((round) => round.ours)), median(rounds.map((round) => round.theirs))];
    return { what, ours, theirs, unit: 'ms', ratio: median(rounds.map((round) => round.ours / round.theirs)), target };
  }

  /** Peak of memory above the empty script's, as a part of what is allowed. */
  memory(what: string, words: readonly string[], tell: string, mebibytes: number): Comparison {
    const over = median(Array.from({ length: ROUNDS }, () => this.peak(words, tell) - this.peak([this.empty], tell)));
    return { what, ours: over, theirs: mebibytes, unit: 'MiB', ratio: over / mebibytes, target: 1 };
  }

  private timed(words: readonly string[]): number {
    const start = performance.now();
    this.run(words);
    return performance.now() - start;
  }

  private peak(words: readonly string[], tell: string): number {
    const [, kibibytes] = /VmHWM:\s+(\d+) kB$/.exec(this.run(['--require', tell, ...words])) ?? [];
    return Number(kibibytes) / 1024;
  }

  private run(words: readonly string[]): string {
    const ended = spawnSync(process.execPath, words, { env: this.env, stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
    if (ended.status !== 0) throw new Error(`${words.join(' ')} ended with ${ended.status ?? ended.signal}`);
    return ended.stderr;
  }
}

/**
 * Measures the reading of post-mortems: `node dist/bench-parse.mjs` or, from other benches, `benchParse()`.
 * Runs are paired (every contender once per round, in turn) and medians are compared, since the machine drifts. Documents are
 * those of ../shared/corpus, generated ones where it is absent, copied with titles of their own.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { join, resolve } from 'node:path';
import { tmpdir } from 'node:os';
import { parsePostMortem } from '../src/postmortem/parse.ts';
import { parseWhole } from '../src/postmortem/whole.ts';
import { scan } from '../src/postmortem/scan.ts';
import { generatedDocuments, hostileDocuments } from './documents.ts';

/** One figure with its target. */
export interface Figure {
  readonly what: string;
  /** Median of ours over median of theirs; for growth time(8n) over time(4n). */
  readonly ratio: number;
  readonly target: number | null;
}

/**
 * The seed's loop over a folder: its two expressions, and JSON per file (made, not printed). Prints the milliseconds it took by its
 * own clock, so that starting Python does not count.
 */
const seedLoop = String.raw`
import json, os, re, sys, time
start = time.perf_counter()
out = []
for name in sorted(os.listdir(sys.argv[1])):
    path = os.path.join(sys.argv[1], name)
    with open(path, encoding='utf-8') as f:
        content = f.read()
    todos = [{'priority': p, 'action': a, 'type': t, 'details': d} for p, a, t, d in
             re.findall(r'\|\s*(P[0-3])\s*\|\s*(.+?)\s*\|\s*(\w+)\s*\|\s*(.+?)\s*\|\s*TODO\s*\|', content)]
    if not todos:
        todos = [{'priority': 'P2', 'action': a, 'type': 'Config', 'details': d} for a, d in
                 re.findall(r'\|\s*(.+?)\s*\|\s*TODO\s*\|\s*(.+?)\s*\|', content)]
    out.append(json.dumps({'file': path, 'todos': todos}))
print((time.perf_counter() - start) * 1000)
`;

/** Runs everything and prints as it goes. Takes some minutes. */
export function benchParse(): Figure[] {
  const documents = corpusDocuments() ?? generatedDocuments();
  const folder = mkdtempSync(join(tmpdir(), 'bench-parse-'));
  try {
    const figures = benchTenThousand(documents, join(folder, '10000'));
    return [...figures, ...benchThousand(documents, join(folder, '1000')), ...benchHostile()];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Finding and reading the open rows of 10,000 files, against reading their bytes. */
function benchTenThousand(documents: readonly string[], folder: string): Figure[] {
  blowUp(documents, 10_000, folder);
  const [bytes = 0, open = 0, all = 0] = medians(7, [
    () => void readdirSync(folder).map((name) => readFileSync(join(folder, name)).length),
    () => void scan({ root: folder, patterns: ['*.md'], want: 'open' }),
    () => void scan({ root: folder, patterns: ['*.md'] }),
  ]);
  return [
    figure('10,000 documents, open rows / bytes only', open, bytes, 12),
    figure('10,000 documents, every item / bytes only', all, bytes, null),
  ];
}

/** 1,000 documents against a whole-document Markdown parser, with identical results, and against the seed's loop. */
function benchThousand(documents: readonly string[], folder: string): Figure[] {
  const copies = blowUp(documents, 1000, folder);
  const differing = copies.filter((text) => !isDeepStrictEqual(parsePostMortem(text, 'x.md'), parseWhole(text, 'x.md'))).length;
  console.log(`identical results by mdast: ${copies.length - differing} of ${copies.length}`);
  const [all = 0, whole = 0] = medians(5, [
    () => copies.forEach((text) => parsePostMortem(text, 'x.md')),
    () => copies.forEach((text) => parseWhole(text, 'x.md')),
  ]);
  return [figure('1,000 documents, every item / whole-document mdast', all, whole, 0.07), ...benchSeed(folder)];
}

function benchSeed(folder: string): Figure[] {
  if (!hasPython()) {
    console.log('skipped: the seed\'s loop (no python3)');
    return [];
  }
  const seed: number[] = [];
  const [open = 0, all = 0] = medians(7, [
    () => listAsJson(folder, 'open'),
    () => listAsJson(folder, 'all'),
    () => void seed.push(Number(execFileSync('python3', ['-c', seedLoop, folder], { encoding: 'utf8' }))),
  ]);
  const loop = median(seed);
  return [
    figure('1,000 documents, open rows as JSON / the seed\'s loop in Python', open, loop, 0.65),
    figure('1,000 documents, every item as JSON / the seed\'s loop in Python', all, loop, null),
  ];
}

function listAsJson(root: string, want: 'open' | 'all'): void {
  JSON.stringify(scan({ root, patterns: ['*.md'], want }).postMortems.map(({ file, todos }) => ({ file, todos })));
}

function hasPython(): boolean {
  try {
    execFileSync('python3', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** How time grows when a hostile document doubles: the best of some runs, since a single pause would look like growth. */
function benchHostile(): Figure[] {
  const figures = hostileDocuments.map(({ name, make, size }) => {
    const [four, eight] = [make(4 * size), make(8 * size)];
    const times = timed(15, [() => void parsePostMortem(four, 'x.md'), () => void parsePostMortem(eight, 'x.md')]);
    const [half = 0, full = 0] = times.map((runs) => Math.min(...runs));
    return figure(`hostile, ${name}: time(8n) / time(4n)`, full, half, 2.5);
  });
  console.log(`resident memory after all of it: ${Math.round(process.memoryUsage().rss / 1024 / 1024)} MiB`);
  return figures;
}

function corpusDocuments(): string[] | null {
  const corpus = resolve('../shared/corpus');
  if (!existsSync(corpus)) {
    console.log('no ../shared/corpus: generated documents are used');
    return null;
  }
  const folders = [join(corpus, 'infra/docs'), join(corpus, 'public/docs')];
  return folders.flatMap((folder) => readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8')));
}

/** Writes `count` files, each a document with a title of its own, and gives their texts. */
function blowUp(documents: readonly string[], count: number, folder: string): string[] {
  mkdirSync(folder, { recursive: true });
  return Array.from({ length: count }, (_, index) => {
    const document = documents[index % documents.length] ?? '';
    const text = document.replace(/^# .*$/m, (title) => `${title} (${index})`);
    writeFileSync(join(folder, `2026-01-01-${String(index).padStart(5, '0')}.md`), text);
    return text;
  });
}

function medians(rounds: number, contenders: readonly (() => void)[]): number[] {
  return timed(rounds, contenders).map(median);
}

/** The milliseconds of every contender, each once per round in turn; a first round warms up. */
function timed(rounds: number, contenders: readonly (() => void)[]): number[][] {
  const times = contenders.map((): number[] => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [index, contender] of contenders.entries()) {
      const start = performance.now();
      contender();
      if (round > 0) {
        times[index]?.push(performance.now() - start);
      }
    }
  }
  return times;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function figure(what: string, ours: number, theirs: number, target: number | null): Figure {
  const ratio = ours / theirs;
  const verdict = target === null ? '' : ratio <= target ? `  (target ${target}: reached)` : `  (target ${target}: MISSED)`;
  console.log(`${what}: ${ratio.toFixed(3)}${verdict}  [${ours.toFixed(1)} ms / ${theirs.toFixed(1)} ms]`);
  return { what, ratio, target };
}

if (process.argv[1]?.endsWith('bench-parse.mjs')) {
  // The image runs Node 24, whose UTF-8 decoder is several times as fast as that of Node 20.
  console.log(`Node ${process.version}; medians of paired runs`);
  benchParse();
}

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redactor } from '../src/log.ts';
import { decide } from '../src/postmortem/classify.ts';
import { handOverPrefix } from '../src/postmortem/follow-up.ts';
import type { DecidedTodo, PostMortem } from '../src/postmortem/model.ts';
import { parsePostMortem } from '../src/postmortem/parse.ts';
import { decideAll } from '../src/run/decide.ts';
import { RunShard } from '../src/run/shard.ts';
import { readSettings } from '../src/settings/settings.ts';
import { generatedDocuments } from './documents.ts';
import { median } from './median.ts';

/**
 * Scale-out played through for 100,000 post-mortems: reader, decisions, shards and their gate are the real ones; in the agent's place the
 * stack it would change is drawn. Prints how evenly the work falls, what is handed over, and what reading and deciding take.
 */

const POST_MORTEMS = 100_000;
/** Read from a disk; the rest is extrapolated: time grows with the number of files. */
const ON_DISK = 10_000;
const STACKS = Array.from({ length: 300 }, (_, i) => `stacks/service-${String.fromCharCode(97 + (i % 26))}${i}`);
/** Every third TODO names its stack (in the corpus fewer do), and every tenth of those is changed elsewhere all the same. */
const NAMED = 1 / 3;
const MISLEADING = 1 / 10;

/** The same numbers each time. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Draws a stack: of the k-th there are 1/k as many TODOs as of the first (Zipf), as of a monitoring stack beside many small ones. */
function stackDrawer(random: () => number): () => string {
  const sums: number[] = [];
  for (const [i] of STACKS.entries()) sums.push((sums[i - 1] ?? 0) + 1 / (i + 1));
  const whole = sums.at(-1) ?? 1;
  return () => {
    const drawn = random() * whole;
    return STACKS[sums.findIndex((sum) => sum >= drawn)] ?? '';
  };
}

interface Work {
  readonly item: DecidedTodo;
  /** What the agent will change. */
  readonly stack: string;
}

/** A table of two rows; on average 0.6 of them are open and of a safe type, as in the corpus. */
function tables(random: () => number): { text: string; stacks: string[] }[] {
  const draw = stackDrawer(random);
  return Array.from({ length: POST_MORTEMS }, (_, index) => {
    const stacks = [draw(), draw()];
    const rows = stacks.map((stack, row) => {
      const shown = random() < MISLEADING ? draw() : stack;
      const details = random() < NAMED ? `in ${shown.slice('stacks/'.length)}` : 'as agreed';
      return `| P${index % 4} | Add alert ${row} on errors of incident ${index} | Alert | ${details} | ${random() < 0.3 ? 'TODO' : 'Done'} |`;
    });
    return { text: `# Post-mortem: incident ${index}\n\n## Prevention Plan\n\n| Priority | Action | Type | Details | Status |\n|---|---|---|---|---|\n${rows.join('\n')}\n`, stacks };
  });
}

function population(): Work[] {
  return tables(randomNumbers(7)).flatMap(({ text, stacks }, index) => {
    const postMortem = parsePostMortem(text, `docs/post-mortems/${index}.md`);
    const decided = postMortem.todos.map((todo, row) => ({ item: { todo, postMortem, decision: decide(todo, postMortem, { safeTypes: ['Alert'], retry: 'never' }) }, stack: stacks[row] ?? '' }));
    return decided.filter(({ item }) => item.decision.kind === 'implement');
  });
}

/** The post-mortem as a hand-over leaves it. */
function handedOver({ todo, postMortem, decision }: DecidedTodo, stack: string): DecidedTodo {
  const row = { line: 1, date: '—', action: todo.action, commit: '—', implementedBy: `${handOverPrefix}${stack}`, textHash: todo.textHash };
  const written: PostMortem = { ...postMortem, followUp: [row] };
  return { todo, postMortem: written, decision };
}

/** Pipelines of `count` shards until every TODO is done. @throws Error when one is lost or a stack is changed by two shards */
function play(count: number, work: readonly Work[]): string {
  const shards = Array.from({ length: count }, (_, i) => new RunShard({ index: i + 1, count }, STACKS));
  const owners = new Map<string, RunShard>();
  const calls = shards.map(() => 0);
  const pipelines: number[] = [];
  let done = 0;
  for (let open = work; open.length > 0 && pipelines.length < 10; ) {
    const next: Work[] = [];
    const inPipeline = shards.map(() => 0);
    for (const { item, stack } of open) {
      const index = shards.findIndex((shard) => shard.takes(item));
      const shard = shards[index];
      if (shard === undefined) throw new Error('a TODO is nobody\'s');
      calls[index] = (calls[index] ?? 0) + 1;
      inPipeline[index] = (inPipeline[index] ?? 0) + 1;
      const verdict = shard.judge([stack], item);
      if (verdict.kind === 'refused') throw new Error(verdict.reason);
      if (verdict.kind === 'hand-over') {
        next.push({ item: handedOver(item, stack), stack });
        continue;
      }
      if ((owners.get(stack) ?? shard) !== shard) throw new Error(`${stack} is changed by two shards`);
      owners.set(stack, shard);
      done += 1;
    }
    pipelines.push(Math.max(...inPipeline));
    open = next;
  }
  if (done !== work.length) throw new Error(`${work.length - done} TODOs are lost`);
  const total = calls.reduce((sum, n) => sum + n, 0);
  const [largest, mean] = [Math.max(...calls), total / count];
  const longest = pipelines.reduce((sum, n) => sum + n, 0);
  return (
    `    ${count} shards: ${Math.min(...calls)} to ${largest} agent calls each (largest ${(largest / mean).toFixed(2)}x the mean), ` +
    `${(total / work.length).toFixed(2)} calls a TODO, done in ${pipelines.length === 1 ? 'one pipeline' : `${pipelines.length} pipelines`}, ${(work.length / longest).toFixed(1)}x as fast as one run`
  );
}

/** Microseconds to find the shard of a TODO. */
function findingTime(work: readonly Work[]): number {
  const shard = new RunShard({ index: 2, count: 5 }, STACKS);
  const rounds = Array.from({ length: 5 }, () => {
    const startedAt = performance.now();
    for (const { item } of work) shard.takes(item);
    return performance.now() - startedAt;
  });
  return (median(rounds) / work.length) * 1000;
}

/** Reading and deciding as a run does, from the disk. */
function readingTimes(): string {
  const root = mkdtempSync(join(tmpdir(), 'postmortem-bench-shards-'));
  try {
    mkdirSync(join(root, 'docs/post-mortems'), { recursive: true });
    const prose = generatedDocuments();
    for (const [index, { text }] of tables(randomNumbers(7)).slice(0, ON_DISK).entries()) {
      // As long as the documents of the corpus: the prose of one, and its own table.
      const document = (prose[index % prose.length] ?? '').split('## Prevention Plan')[0] ?? '';
      writeFileSync(join(root, `docs/post-mortems/${index}.md`), `${document}${text.slice(text.indexOf('## Prevention Plan'))}`);
    }
    for (const stack of STACKS) {
      mkdirSync(join(root, stack), { recursive: true });
      writeFileSync(join(root, stack, 'main.tf'), '');
    }
    const settings = (shard: string) => readSettings({ PLUGIN_ACTION: 'list', PLUGIN_SHARD: shard }, new Redactor());
    const timed = (shard: string) => {
      const startedAt = performance.now();
      const { scanned } = decideAll(settings(shard), root);
      if (scanned.postMortems.length !== ON_DISK) throw new Error('not all were read');
      return performance.now() - startedAt;
    };
    timed('');
    const rounds = Array.from({ length: 5 }, () => ({ whole: timed(''), shard: timed('2/5') }));
    const [whole, shard] = [median(rounds.map((round) => round.whole)), median(rounds.map((round) => round.shard))];
    const times = POST_MORTEMS / ON_DISK;
    return `reading and deciding ${ON_DISK} post-mortems: ${whole.toFixed(0)} ms, as a shard ${shard.toFixed(0)} ms; for ${POST_MORTEMS} about ${((shard * times) / 1000).toFixed(0)} s in each shard (${times}x)`;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** The lines to print. Run from anywhere. */
export function benchShards(): string[] {
  const work = population();
  const resident = Math.round(process.memoryUsage().rss / 1024 / 1024);
  const named = work.map(({ item, stack }): Work => ({ item: { ...item, todo: { ...item.todo, details: `in ${stack}` } }, stack }));
  const largest = Math.max(...STACKS.map((stack) => work.filter((one) => one.stack === stack).length));
  return [
    `scale-out, ${POST_MORTEMS} post-mortems with ${work.length} open TODOs of safe types in ${STACKS.length} stacks, ${largest} of them in the largest (${resident} MiB with all of them in memory)`,
    '  a third of the TODOs names its stack:',
    ...[5, 20].map((count) => play(count, work)),
    '  every TODO names its stack:',
    ...[5, 20].map((count) => play(count, named)),
    `  nothing lost, no stack changed by two shards; finding the shard of a TODO takes ${findingTime(work).toFixed(1)} us`,
    `  ${readingTimes()}`,
  ];
}

import { benchPipeline } from './pipeline.ts';
import { benchShards } from './shards.ts';
import { benchSite } from './site.ts';
import { benchSsh } from './ssh.ts';
import type { BenchRow } from './ssh.ts';
import { benchStart } from './start.ts';

/** `npm run bench`: each figure against its counterpart in the same run, as a ratio of medians. `npm run bench:parse` has the documents. */

function print(row: BenchRow): void {
  if ('skipped' in row) return console.log(`${row.what}\n    skipped: ${row.skipped}`);
  const { what, ours, theirs, unit, ratio, target } = row;
  const verdict = ratio <= target ? 'reached' : 'NOT reached';
  console.log(`${what}\n    ${ours.toFixed(1)} / ${theirs.toFixed(1)} ${unit} = ${ratio.toFixed(3)}   to reach: ${target} (${verdict})`);
}

console.log(`Node ${process.version}; medians of paired runs\n`);
for (const row of benchStart()) print(row);
for (const row of await benchSsh()) print(row);
for (const row of await benchPipeline()) print(row);
for (const row of await benchSite()) print(row);
for (const line of benchShards()) console.log(line);

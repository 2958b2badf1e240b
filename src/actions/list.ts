import type { Log } from '../log.ts';
import { decisionTable, problemLines } from '../report/console.ts';
import { decideAll } from '../run/decide.ts';
import type { Settings } from '../settings/schema.ts';

/**
 * Prints the decision on every open TODO: a table, or with `format: json` the seed's shape per file.
 * @param write takes text for standard output; JSON goes there alone, so that it can be piped
 * @returns the exit code: 1 when no document could be read
 */
export async function list(settings: Settings, root: string, log: Log, write: (text: string) => void): Promise<number> {
  const { scanned, open, problems, shard, elsewhere } = decideAll(settings, root);
  const failed = scanned.postMortems.length === 0 && scanned.problems.some(({ level }) => level === 'error');
  if (settings.format === 'json') {
    const { listJson } = await import('../report/json.ts');
    const files = listJson(scanned.postMortems, open, log.redactor, shard.name);
    write(`${JSON.stringify(files, null, 2)}\n`);
    for (const line of problemLines(problems)) process.stderr.write(`${log.redactor.redact(line)}\n`);
    return failed ? 1 : 0;
  }
  for (const line of problemLines(problems.filter(({ level }) => level !== 'info'))) log.info(line);
  if (shard.name !== null) log.info(`Shard ${shard.name}: ${open.length} of ${open.length + elsewhere} open TODOs`);
  log.info(open.length === 0 ? `No open TODOs in ${scanned.postMortems.length} post-mortems.` : decisionTable(open));
  return failed ? 1 : 0;
}

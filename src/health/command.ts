/** A check of the user's own, the setting health_command. */
import { spawn } from 'node:child_process';
import { Cancelled } from '../errors.ts';
import type { Checked, Finding } from './verdict.ts';

const LIMIT_MS = 600_000;
/** Of the output, the end: what is kept in memory and looked at. */
const KEPT_BYTES = 64 * 1024;
const MAX_FINDINGS = 15;

export interface CommandOptions {
  readonly command: string;
  /** The repository: the command runs there. */
  readonly root: string;
  readonly signal: AbortSignal;
  /** Takes the end of the output. */
  readonly show: (text: string) => void;
  /** In ms; default 10 minutes. */
  readonly limitMs?: number;
}

/**
 * Runs the command by `sh -c`: exit code 0 is healthy, 1 warnings, 2 failures; anything else means that the check itself did
 * not work.
 * What failed is taken from the lines that say so, else from the last ones.
 * @throws Cancelled
 */
export async function checkWithCommand(options: CommandOptions): Promise<Checked> {
  const { code, output, isLate } = await run(options);
  if (options.signal.aborted) throw new Cancelled();
  const remedy = 'It has to end with 0 (healthy), 1 (warnings) or 2 (failures).';
  if (isLate)
    return {
      kind: 'unknown',
      reason: `health_command did not end within ${Math.round((options.limitMs ?? LIMIT_MS) / 1000)} s`,
      remedy,
    };
  if (code === null || code > 2) {
    const said = lines(output).at(-1);
    const ended = code === null ? 'was killed' : `ended with ${code}`;
    return { kind: 'unknown', reason: `health_command ${ended}${said === undefined ? '' : `: ${said}`}`, remedy };
  }
  const verdict = code === 0 ? 'HEALTHY' : code === 1 ? 'WARNINGS' : 'UNHEALTHY';
  const findings = code === 0 ? [] : telling(output, code === 1 ? 'warning' : 'failure');
  return { kind: 'checked', verdict, results: [{ name: 'health_command', looked: null, findings }] };
}

function telling(output: string, level: Finding['level']): Finding[] {
  const all = lines(output);
  const bad = all.filter((line) =>
    /\b(?:fail(?:ed|ure|ing|s)?|err(?:or)?s?|crit(?:ical)?|unhealthy|not ready|down|warn(?:ing)?s?|crash\w*)\b|[✗✘❌]/i.test(
      line,
    ),
  );
  const chosen = (bad.length > 0 ? bad : all).slice(-MAX_FINDINGS);
  if (chosen.length === 0) chosen.push(`it ended with ${level === 'failure' ? 2 : 1} and said nothing`);
  return chosen.map((reason) => ({ level, object: 'Command', reason, since: null }));
}

function lines(output: string): string[] {
  return (
    output
      .split('\n')
      // eslint-disable-next-line no-control-regex
      .map((line) =>
        line
          .replaceAll(/\u001b\[[0-9;]*m/g, '')
          .trim()
          .slice(0, 300),
      )
      .filter((line) => line !== '')
  );
}

function run({
  command,
  root,
  signal,
  show,
  limitMs = LIMIT_MS,
}: CommandOptions): Promise<{ code: number | null; output: string; isLate: boolean }> {
  return new Promise((resolve, reject) => {
    // A group of its own: what the command started is stopped with it.
    const child = spawn('sh', ['-c', command], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    let output = '';
    let isLate = false;
    const stop = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // Everything of the group has ended by itself.
      }
    };
    const late = setTimeout(() => {
      isLate = true;
      stop();
    }, limitMs);
    signal.addEventListener('abort', stop);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output = (output + text).slice(-KEPT_BYTES);
      });
    }
    const settle = () => {
      clearTimeout(late);
      signal.removeEventListener('abort', stop);
    };
    child.once('error', (error) => {
      settle();
      reject(error);
    });
    child.once('close', (code) => {
      settle();
      show(output);
      resolve({ code, output, isLate });
    });
    if (signal.aborted) stop();
  });
}

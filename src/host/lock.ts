import { UserError } from '../errors.ts';
import { printable } from '../log.ts';
import type { Log } from '../log.ts';
import type { Host } from './host.ts';

export interface LockOptions {
  /** Who we are, for others: pipeline and start. One line. */
  readonly holder: string;
  /** How long to wait for another run; 0: not at all. */
  readonly waitSeconds: number;
}

/**
 * One run at a time per workspace; a shard waits for the others. The lock is held by a process on the host that lives as long as the
 * connection: when the plugin or the connection dies, the host's guard stops it and the lock is free.
 *
 * `apply.lock` is held by an apply itself, which outlives its connection: a new run waits for it.
 */
export interface Lock {
  release(): Promise<void>;
}

/** How long a new run waits for the apply of one that died. */
const APPLY_WAIT_SECONDS = 600;
/** A run that waits looks so often who it waits for. */
const ASK_AGAIN_SECONDS = 60;
const HELD = 75;
const LONGEST_RUN_MS = 24 * 3_600_000;

const HOLD = `
command -v flock > /dev/null || exit 127
exec 9>>"$1/run.lock" || exit 74
left=$3
until flock -n 9; do
  printf 'held %s\\n' "$(head -n 1 "$1/holder" 2>/dev/null)"
  [ "$left" -gt 0 ] || exit ${HELD}
  step=$(( left < ${ASK_AGAIN_SECONDS} ? left : ${ASK_AGAIN_SECONDS} ))
  flock -w "$step" 9 && break
  left=$((left - step))
done
env printf '%s\\n' "$2" > "$1/holder" || exit 74
exec 8>>"$1/apply.lock" || exit 74
if ! flock -n 8; then
  echo waiting
  flock -w ${APPLY_WAIT_SECONDS} 8 || { echo 'held an apply of an earlier run that is still running'; exit ${HELD}; }
fi
flock -u 8
exec 8>&-
echo locked
sleep 2000000
`;

/**
 * Takes the lock.
 * @param folder the run's folder on the host, which exists
 * @throws UserError naming who holds it, when it is not free in time
 */
export async function takeLock(host: Host, folder: string, options: LockOptions, log: Log, signal: AbortSignal): Promise<Lock> {
  const { holder, waitSeconds } = options;
  const stop = new AbortController();
  const abortWait = () => stop.abort();
  signal.addEventListener('abort', abortWait, { once: true });
  let locked: () => void = () => {};
  const held = new Promise<'locked'>((resolve) => {
    locked = () => resolve('locked');
  });
  let heldBy: string | null = null;
  const holding = host.exec(['sh', '-c', HOLD, 'sh', folder, holder, String(waitSeconds)], {
    timeoutMs: LONGEST_RUN_MS,
    signal: stop.signal,
    onLine: (line) => {
      if (line === 'waiting') log.info('An apply of an earlier run is still running on the host: waiting for its end (10 minutes at most)');
      if (line === 'locked') locked();
      if (!line.startsWith('held ')) return;
      const who = printable(line.slice('held '.length)).trim() || 'another run';
      if (who !== heldBy && waitSeconds > 0) log.info(`Waiting for the workspace on ${host.name}: ${who}`);
      heldBy = who;
    },
  });
  const first = await Promise.race([held, holding]);
  signal.removeEventListener('abort', abortWait);
  if (first === 'locked') {
    // A lost connection shows at the next command, with its own message.
    holding.catch(() => {});
    return {
      async release() {
        stop.abort();
        await holding.catch(() => {});
      },
    };
  }
  signal.throwIfAborted();
  if (first.code === HELD) {
    const remedy =
      waitSeconds === 0
        ? 'Wait for that run to end; this one starts again with the next push or a restart of the pipeline.'
        : `It was not free within ${waitSeconds} seconds. Give the shards more hosts or workspaces, or a smaller max_todos; the next run goes on with these TODOs.`;
    throw new UserError(`the workspace is in use on ${host.name}: ${heldBy ?? 'another run'}`, remedy);
  }
  if (first.code === 127 || /flock: (?:not found|command not found)/.test(first.stderr)) {
    throw new UserError(`there is no flock on ${host.name}`, 'Install util-linux there (apt-get install util-linux).');
  }
  throw new UserError(`cannot lock ${folder} on ${host.name}: ${first.stderr.trim() || first.ended}`, `Check that the user may write to ${folder} and that the disk is not full.`);
}

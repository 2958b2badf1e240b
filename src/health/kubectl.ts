/** Reads the cluster with kubectl: one `get -o json` per kind, without a shell, nothing that writes. */
import { execFile } from 'node:child_process';
import { Cancelled } from '../errors.ts';
import { checkObjects } from './checks.ts';
import type { ClusterObjects } from './objects.ts';
import { verdictOf, withoutIgnored } from './verdict.ts';
import type { Checked, CheckResult } from './verdict.ts';

export interface KubectlOptions {
  /** A context of the kubeconfig, `null` for the current one. */
  readonly context: string | null;
  /** Globs of what does not count. */
  readonly ignore: readonly string[];
  readonly signal: AbortSignal;
  /** In ms. */
  readonly now: number;
}

/** Kinds by kubectl's name, and the name of their check. */
const KINDS = [
  { kind: 'nodes', key: 'nodes', check: 'nodes' },
  { kind: 'pods', key: 'pods', check: 'pods' },
  { kind: 'deployments.apps', key: 'deployments', check: 'deployments' },
  { kind: 'statefulsets.apps', key: 'statefulSets', check: 'stateful sets' },
  { kind: 'daemonsets.apps', key: 'daemonSets', check: 'daemon sets' },
  { kind: 'persistentvolumeclaims', key: 'claims', check: 'volume claims' },
  { kind: 'jobs.batch', key: 'jobs', check: 'jobs' },
  { kind: 'events', key: 'events', check: 'warning events' },
] as const satisfies readonly { readonly kind: string; readonly key: keyof ClusterObjects; readonly check: string }[];

const REQUEST_SECONDS = 20;
const LIMIT_MS = 60_000;
/** Some 10 kB a pod: enough for ten thousand of them. */
const MAX_BYTES = 128 * 1024 * 1024;

type Answer =
  | { readonly kind: 'list'; readonly items: readonly unknown[] }
  | { readonly kind: 'failed'; readonly reason: string; readonly isMissing: boolean };

/**
 * Runs the default checks. A kind that cannot be read is a warning, so that a check that saw only a part never says HEALTHY;
 * when none can be read, nothing is known.
 * @throws Cancelled
 */
export async function checkWithKubectl(options: KubectlOptions): Promise<Checked> {
  const answers = await Promise.all(KINDS.map(({ kind }) => get(kind, options)));
  if (options.signal.aborted) throw new Cancelled();
  const failed = answers.filter((answer) => answer.kind === 'failed');
  if (failed.length === KINDS.length) return unknown(failed, options.context);
  const objects = Object.fromEntries(
    KINDS.flatMap(({ key }, i) => (answers[i]?.kind === 'list' ? [[key, answers[i].items]] : [])),
  ) as ClusterObjects;
  const unread = KINDS.flatMap(({ check }, i): CheckResult[] => {
    const answer = answers[i];
    if (answer?.kind !== 'failed') return [];
    return [
      {
        name: check,
        looked: null,
        findings: [{ level: 'warning', object: `Check/${check}`, reason: `could not be done: ${answer.reason}`, since: null }],
      },
    ];
  });
  const results = withoutIgnored([...checkObjects(objects, options.now), ...unread], options.ignore);
  return { kind: 'checked', results, verdict: verdictOf(results) };
}

function unknown(failed: readonly (Answer & { kind: 'failed' })[], context: string | null): Checked {
  const reason = failed[0]?.reason ?? '';
  if (failed.some(({ isMissing }) => isMissing)) {
    return {
      kind: 'unknown',
      reason: 'kubectl is not installed here',
      remedy: 'Install kubectl where this runs (it is not in the image), or set health_command to a check of your own.',
    };
  }
  const which = context === null ? 'the current context' : `context ${context}`;
  const remedy = /forbidden|unauthorized|logged in/i.test(reason)
    ? 'The account needs get and list on nodes, pods, events, volume claims and the workloads.'
    : `Check the network, the kubeconfig and ${which}: kubectl config current-context.`;
  return { kind: 'unknown', reason: `the cluster cannot be read: ${reason}`, remedy };
}

function get(kind: string, { context, signal }: KubectlOptions): Promise<Answer> {
  const words = [
    'get',
    kind,
    '--all-namespaces',
    '--output=json',
    `--request-timeout=${REQUEST_SECONDS}s`,
    ...(context === null ? [] : [`--context=${context}`]),
  ];
  return new Promise((resolve) => {
    execFile(
      'kubectl',
      words,
      { encoding: 'utf8', maxBuffer: MAX_BYTES, timeout: LIMIT_MS, killSignal: 'SIGKILL', signal },
      (error, stdout, stderr) => {
        if (error) resolve({ kind: 'failed', reason: reasonOf(error, stderr), isMissing: error.code === 'ENOENT' });
        else resolve(listOf(stdout));
      },
    );
  });
}

function listOf(text: string): Answer {
  try {
    const { items } = JSON.parse(text) as { items?: unknown };
    if (Array.isArray(items)) return { kind: 'list', items };
  } catch {
    // Told below, like JSON of another shape.
  }
  return { kind: 'failed', reason: 'kubectl printed no list of objects', isMissing: false };
}

/** The last thing kubectl said: before it, it repeats errors of its cache. */
function reasonOf(
  error: { readonly message: string; readonly code?: unknown; readonly killed?: boolean },
  stderr: string,
): string {
  if (error.killed === true) return `kubectl gave no answer within ${LIMIT_MS / 1000} s`;
  const said = stderr.trim().split('\n').at(-1)?.trim() ?? '';
  return (said || error.message).slice(0, 300);
}

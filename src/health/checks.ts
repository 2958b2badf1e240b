/** The checks of a Kubernetes cluster, on objects as `kubectl` prints them. Pure. */
import { age, finding, MINUTE } from './found.ts';
import type { ClusterObjects, Condition, DaemonSet, Event, Job, Node, VolumeClaim, Workload } from './objects.ts';
import { checkPods } from './pods.ts';
import type { CheckResult, Finding } from './verdict.ts';

/** A rollout or a claim may take so long before it is short of something. */
const SETTLING_MS = 2 * MINUTE;
const UNBOUND_MS = 5 * MINUTE;
const EVENTS_MS = 15 * MINUTE;

/** Runs every check whose objects are there. @param now in ms */
export function checkObjects(objects: ClusterObjects, now: number): CheckResult[] {
  const check = <T>(name: string, list: readonly T[] | undefined, run: (list: readonly T[]) => Finding[]): CheckResult[] =>
    list === undefined ? [] : [{ name, looked: list.length, findings: run(list) }];
  return [
    ...check('nodes', objects.nodes, checkNodes),
    ...check('pods', objects.pods, (pods) => checkPods(pods, now)),
    ...check('deployments', objects.deployments, (list) =>
      list.flatMap((one) => shortOfReplicas('Deployment', one, one.status?.availableReplicas, now) ?? []),
    ),
    ...check('stateful sets', objects.statefulSets, (list) =>
      list.flatMap((one) => shortOfReplicas('StatefulSet', one, one.status?.readyReplicas, now) ?? []),
    ),
    ...check('daemon sets', objects.daemonSets, (list) => list.flatMap((one) => shortOfPods(one) ?? [])),
    ...check('volume claims', objects.claims, (list) => list.flatMap((one) => unbound(one, now) ?? [])),
    ...check('jobs', objects.jobs, failedJobs),
    ...check('warning events', objects.events, (events) => recentWarnings(events, now)),
  ];
}

/** Conditions that are bad when true (https://kubernetes.io/docs/reference/node/node-status/#condition). */
const BAD_CONDITIONS = new Set(['MemoryPressure', 'DiskPressure', 'PIDPressure', 'NetworkUnavailable']);

function checkNodes(nodes: readonly Node[]): Finding[] {
  // No nodes at all is no cluster that works.
  if (nodes.length === 0) return [{ level: 'failure', object: 'Node', reason: 'the cluster has no nodes', since: null }];
  return nodes.flatMap(({ metadata = {}, spec, status }) => {
    const conditions = status?.conditions ?? [];
    const ready = conditions.find(({ type }) => type === 'Ready');
    const bad = conditions.filter(({ type, status }) => BAD_CONDITIONS.has(type ?? '') && status === 'True');
    const notReady =
      ready?.status === 'True'
        ? []
        : [
            finding(
              'failure',
              'Node',
              metadata,
              `is not ready: ${ready?.reason ?? 'it reports nothing'}`,
              ready?.lastTransitionTime,
            ),
          ];
    const pressure = bad.map((condition) =>
      finding('failure', 'Node', metadata, `has ${condition.type ?? ''}`, condition.lastTransitionTime),
    );
    const cordoned =
      spec?.unschedulable === true && notReady.length === 0
        ? [finding('warning', 'Node', metadata, 'takes no new pods (cordoned)', null)]
        : [];
    return [...notReady, ...pressure, ...cordoned];
  });
}

function conditionOf(conditions: readonly Condition[] | undefined, type: string, status: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type && condition.status === status);
}

function shortOfReplicas(
  kind: string,
  { metadata = {}, spec, status }: Workload,
  available: number | undefined,
  now: number,
): Finding | null {
  const wanted = spec?.replicas ?? 1;
  const there = available ?? 0;
  const stalled = conditionOf(status?.conditions, 'Progressing', 'False');
  if (there >= wanted)
    return stalled
      ? finding('warning', kind, metadata, `its rollout is stuck: ${stalled.reason ?? ''}`, stalled.lastTransitionTime)
      : null;
  const unavailable = conditionOf(status?.conditions, 'Available', 'False');
  const isSettling = Math.min(age(unavailable?.lastTransitionTime, now), age(metadata.creationTimestamp, now)) < SETTLING_MS;
  const level = there === 0 && !isSettling ? 'failure' : 'warning';
  return finding(level, kind, metadata, `${there} of ${wanted} replicas available`, unavailable?.lastTransitionTime);
}

function shortOfPods({ metadata = {}, status }: DaemonSet): Finding | null {
  const wanted = status?.desiredNumberScheduled ?? 0;
  const there = status?.numberAvailable ?? 0;
  if (there >= wanted) return null;
  return finding(there === 0 ? 'failure' : 'warning', 'DaemonSet', metadata, `available on ${there} of ${wanted} nodes`, null);
}

/** A claim without a consumer may wait for its first one for ever: a warning only. A lost one has lost its volume. */
function unbound({ metadata = {}, status }: VolumeClaim, now: number): Finding | null {
  if (status?.phase === 'Lost') return finding('failure', 'PersistentVolumeClaim', metadata, 'has lost its volume', null);
  if (status?.phase !== 'Pending' || age(metadata.creationTimestamp, now) < UNBOUND_MS) return null;
  return finding('warning', 'PersistentVolumeClaim', metadata, 'is not bound', metadata.creationTimestamp);
}

/** Of the jobs of one cron job only the newest counts: an earlier failure is made good by a later success. */
function failedJobs(jobs: readonly Job[]): Finding[] {
  const started = ({ status, metadata }: Job) => Date.parse(status?.startTime ?? metadata?.creationTimestamp ?? '') || 0;
  const newest = new Map<string, Job>();
  for (const job of jobs) {
    const owner = job.metadata?.ownerReferences?.find(({ kind }) => kind === 'CronJob');
    const key = `${job.metadata?.namespace ?? ''}/${owner ? `of ${owner.name ?? ''}` : (job.metadata?.name ?? '')}`;
    const other = newest.get(key);
    if (!other || started(job) > started(other)) newest.set(key, job);
  }
  return [...newest.values()].flatMap(({ metadata = {}, status }) => {
    const failed = conditionOf(status?.conditions, 'Failed', 'True');
    return failed
      ? [
          finding(
            'warning',
            'Job',
            metadata,
            `has failed: ${failed.reason ?? failed.message ?? 'no reason given'}`,
            failed.lastTransitionTime,
          ),
        ]
      : [];
  });
}

/** Recent warnings, one per object and reason, the most frequent first. */
function recentWarnings(events: readonly Event[], now: number): Finding[] {
  const lastOf = (event: Event) => event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? null;
  const groups = new Map<string, { event: Event; count: number }>();
  for (const event of events) {
    if (event.type !== 'Warning' || !(age(lastOf(event), now) < EVENTS_MS)) continue;
    const { kind, namespace, name } = event.involvedObject ?? {};
    const key = [kind, namespace, name, event.reason].join('\n');
    const group = groups.get(key) ?? { event, count: 0 };
    group.count += event.series?.count ?? event.count ?? 1;
    groups.set(key, group);
  }
  return [...groups.values()]
    .sort((a, b) => b.count - a.count)
    .map(({ event, count }) => {
      const { kind, namespace, name } = event.involvedObject ?? {};
      const about = { ...(namespace === undefined ? {} : { namespace }), name: name ?? '?' };
      const words = `${event.reason ?? 'Warning'} on ${kind ?? 'object'}, ${count} times: ${(event.message ?? '').slice(0, 200)}`;
      return finding('warning', 'Event', about, words, event.firstTimestamp ?? event.eventTime);
    });
}

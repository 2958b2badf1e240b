import { describe, expect, it } from 'vitest';
import { checkObjects } from '../../src/health/checks.ts';
import type { ClusterObjects } from '../../src/health/objects.ts';
import { verdictOf, withoutIgnored } from '../../src/health/verdict.ts';
import type { Finding } from '../../src/health/verdict.ts';
import { crashingPod, deployment, event, healthyCluster, job, minutesBefore, node, pod } from '../support/cluster.ts';
import type { KubernetesObject } from '../support/cluster.ts';

const now = new Date('2026-05-03T12:00:00Z');
const ago = (minutes: number) => minutesBefore(now, minutes);

/** The healthy cluster with some kinds replaced. */
function cluster(change: Readonly<Record<string, readonly KubernetesObject[]>> = {}): ClusterObjects {
  const all: Record<string, readonly KubernetesObject[]> = { ...healthyCluster(now), ...change };
  const [deployments, statefulSets, daemonSets, claims, jobs] = [
    'deployments.apps',
    'statefulsets.apps',
    'daemonsets.apps',
    'persistentvolumeclaims',
    'jobs.batch',
  ].map((kind) => all[kind]);
  return {
    nodes: all['nodes'],
    pods: all['pods'],
    deployments,
    statefulSets,
    daemonSets,
    claims,
    jobs,
    events: all['events'],
  } as ClusterObjects;
}

/** Findings as `level object: reason`. */
function found(change: Readonly<Record<string, readonly KubernetesObject[]>>): string[] {
  return checkObjects(cluster(change), now.getTime()).flatMap(({ findings }) =>
    findings.map(({ level, object, reason }: Finding) => `${level} ${object}: ${reason}`),
  );
}

describe('a healthy cluster', () => {
  it('gives no findings, and says how much was looked at', () => {
    const results = checkObjects(cluster(), now.getTime());
    expect(results.flatMap(({ findings }) => findings)).toEqual([]);
    expect(results.map(({ name, looked }) => `${looked} ${name}`)).toEqual([
      '2 nodes',
      '3 pods',
      '1 deployments',
      '1 stateful sets',
      '1 daemon sets',
      '1 volume claims',
      '1 jobs',
      '1 warning events',
    ]);
    expect(verdictOf(results)).toBe('HEALTHY');
  });

  it('may be an empty one but for its nodes', () => {
    expect(verdictOf(checkObjects({ nodes: cluster().nodes ?? [], pods: [] }, now.getTime()))).toBe('HEALTHY');
    expect(found({ nodes: [] })).toEqual(['failure Node: the cluster has no nodes']);
  });
});

describe('nodes', () => {
  it('fail when they are not ready or short of something', () => {
    expect(
      found({
        nodes: [
          node('a', ago(90), { Ready: 'Unknown' }),
          node('b', ago(90), { Ready: 'False' }),
          node('c', ago(90), { DiskPressure: 'True' }),
        ],
      }),
    ).toEqual([
      'failure Node/a: is not ready: NodeStatusUnknown',
      'failure Node/b: is not ready: KubeletNotReady',
      'failure Node/c: has DiskPressure',
    ]);
    expect(checkObjects(cluster({ nodes: [node('a', ago(90), { Ready: 'False' })] }), now.getTime())[0]?.findings[0]?.since).toBe(
      '2026-05-03T10:30:00.000Z',
    );
  });

  it('that are cordoned are worth a warning', () => {
    expect(found({ nodes: [node('a', ago(90), {}, { unschedulable: true })] })).toEqual([
      'warning Node/a: takes no new pods (cordoned)',
    ]);
  });
});

describe('pods', () => {
  it('fail when they crash again and again, and say how', () => {
    expect(found({ pods: [crashingPod(now, 'web', 'photos-1', 2)] })).toEqual([
      'failure Pod/web/photos-1: CrashLoopBackOff (container main, 7 restarts, last ended with Error 1)',
    ]);
  });

  it.each(['ImagePullBackOff', 'ErrImagePull', 'CreateContainerConfigError', 'InvalidImageName'])(
    'fail when a container cannot start: %s',
    (reason) => {
      const waiting = {
        container: { state: { waiting: { reason, message: 'm' } } },
        status: { phase: 'Pending' },
        ageMinutes: 1,
      };
      expect(found({ pods: [pod(now, 'web', 'p', waiting)] })).toEqual([`failure Pod/web/p: ${reason} (container main)`]);
    },
  );

  it('fail in an init container too', () => {
    const initContainerStatuses = [{ name: 'migrate', restartCount: 3, state: { waiting: { reason: 'CrashLoopBackOff' } } }];
    expect(
      found({ pods: [pod(now, 'web', 'p', { status: { phase: 'Pending', initContainerStatuses }, ageMinutes: 1 })] }),
    ).toEqual(['failure Pod/web/p: CrashLoopBackOff (container migrate, 3 restarts)']);
  });

  it('may be pending for a while, not for long', () => {
    const status = {
      phase: 'Pending',
      containerStatuses: undefined,
      conditions: [
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'Unschedulable',
          message: '0/2 nodes are available: 2 Insufficient memory.',
        },
      ],
    };
    expect(found({ pods: [pod(now, 'web', 'new', { status, ageMinutes: 2 })] })).toEqual([]);
    expect(found({ pods: [pod(now, 'web', 'stuck', { status, ageMinutes: 20 })] })).toEqual([
      'failure Pod/web/stuck: is pending: 0/2 nodes are available: 2 Insufficient memory.',
    ]);
  });

  it('that have just restarted are worth a warning: between two crashes a pod looks well', () => {
    const container = { restartCount: 7, lastState: { terminated: { exitCode: 137, reason: 'OOMKilled', finishedAt: ago(3) } } };
    expect(found({ pods: [pod(now, 'web', 'p', { container })] })).toEqual([
      'warning Pod/web/p: restarted (container main, OOMKilled 137)',
    ]);
    expect(
      found({
        pods: [pod(now, 'web', 'p', { container: { ...container, lastState: { terminated: { finishedAt: ago(300) } } } })],
      }),
    ).toEqual([]);
  });

  it('of jobs that have failed are the matter of the job, evicted ones are worth a warning', () => {
    const failed = { status: { phase: 'Failed', reason: 'Evicted', containerStatuses: [] } };
    expect(found({ pods: [pod(now, 'web', 'p', failed)] })).toEqual(['warning Pod/web/p: has failed: Evicted']);
    expect(
      found({ pods: [pod(now, 'web', 'p', { ...failed, extra: { ownerReferences: [{ kind: 'Job', name: 'j' }] } })] }),
    ).toEqual([]);
  });

  it('that are going may go, not for ever', () => {
    expect(found({ pods: [pod(now, 'web', 'p', { extra: { deletionTimestamp: ago(1) } })] })).toEqual([]);
    expect(found({ pods: [pod(now, 'web', 'p', { extra: { deletionTimestamp: ago(60) } })] })).toEqual([
      'warning Pod/web/p: is still terminating',
    ]);
  });
});

describe('workloads', () => {
  it('fail with no replica, and warn when some are missing', () => {
    expect(
      found({
        'deployments.apps': [
          deployment('web', 'a', 2, 0, ago(30)),
          deployment('web', 'b', 3, 2, ago(30)),
          deployment('web', 'c', 0, 0, ago(30)),
        ],
      }),
    ).toEqual(['failure Deployment/web/a: 0 of 2 replicas available', 'warning Deployment/web/b: 2 of 3 replicas available']);
  });

  it('may be short while they are rolled out', () => {
    expect(found({ 'deployments.apps': [deployment('web', 'a', 1, 0, ago(1))] })).toEqual([
      'warning Deployment/web/a: 0 of 1 replicas available',
    ]);
  });

  it('are stateful sets and daemon sets too', () => {
    const metadata = { name: 'x', namespace: 'n', creationTimestamp: ago(9999) };
    expect(
      found({
        'statefulsets.apps': [
          { metadata, spec: { replicas: 3 }, status: { readyReplicas: 2 } },
          { metadata, spec: {}, status: {} },
        ],
      }),
    ).toEqual(['warning StatefulSet/n/x: 2 of 3 replicas available', 'failure StatefulSet/n/x: 0 of 1 replicas available']);
    expect(
      found({
        'daemonsets.apps': [
          { metadata, status: { desiredNumberScheduled: 3, numberAvailable: 2 } },
          { metadata, status: { desiredNumberScheduled: 3 } },
          { metadata, status: { desiredNumberScheduled: 0 } },
        ],
      }),
    ).toEqual(['warning DaemonSet/n/x: available on 2 of 3 nodes', 'failure DaemonSet/n/x: available on 0 of 3 nodes']);
  });
});

describe('claims, jobs and events', () => {
  it('claims fail when their volume is lost, and warn when they stay unbound', () => {
    const claim = (phase: string, minutes: number) => ({
      metadata: { name: 'c', namespace: 'n', creationTimestamp: ago(minutes) },
      status: { phase },
    });
    expect(found({ persistentvolumeclaims: [claim('Lost', 99), claim('Pending', 99), claim('Pending', 1)] })).toEqual([
      'failure PersistentVolumeClaim/n/c: has lost its volume',
      'warning PersistentVolumeClaim/n/c: is not bound',
    ]);
  });

  it('a failed job is made good by the next one of its cron job', () => {
    const failed = job('backup', 'backup-100', 'Failed', ago(600));
    expect(found({ 'jobs.batch': [failed] })).toEqual(['warning Job/backup/backup-100: has failed: BackoffLimitExceeded']);
    const good = job('backup', 'backup-200', 'Complete', ago(60));
    expect(found({ 'jobs.batch': [good, failed] })).toEqual([]);
    expect(found({ 'jobs.batch': [failed, good] })).toEqual([]);
    expect(found({ 'jobs.batch': [job('backup', 'other-200', 'Complete', ago(60)), failed] })).toHaveLength(1);
  });

  it('recent warning events are counted together, old and normal ones are not', () => {
    const events = [
      event('Warning', 'FailedMount', 'Pod', 'web', 'p', 4, ago(2)),
      event('Warning', 'FailedMount', 'Pod', 'web', 'p', 3, ago(5)),
      event('Warning', 'Unhealthy', 'Pod', 'web', 'q', 1, ago(55)),
      event('Normal', 'Pulled', 'Pod', 'web', 'q', 1, ago(1)),
    ];
    expect(found({ events })).toEqual(['warning Event/web/p: FailedMount on Pod, 7 times: FailedMount of p']);
  });

  it('events of the newer form count by their series', () => {
    const {
      count: _,
      firstTimestamp: __,
      lastTimestamp: ___,
      ...rest
    } = event('Warning', 'FailedScheduling', 'Pod', 'web', 'p', 1, ago(200)) as Record<string, unknown>;
    expect(found({ events: [{ ...rest, eventTime: ago(200), series: { count: 9, lastObservedTime: ago(1) } }] })).toEqual([
      'warning Event/web/p: FailedScheduling on Pod, 9 times: FailedScheduling of p',
    ]);
  });
});

describe('what is known', () => {
  it('does not count, by globs over kind, namespace and name', () => {
    const results = checkObjects(
      cluster({
        pods: [crashingPod(now, 'batch', 'import-1', 2)],
        nodes: [node('spare', ago(90), { Ready: 'False' }), node('a', ago(90))],
      }),
      now.getTime(),
    );
    expect(verdictOf(results)).toBe('UNHEALTHY');
    expect(verdictOf(withoutIgnored(results, ['Pod/batch/import-*']))).toBe('UNHEALTHY');
    expect(verdictOf(withoutIgnored(results, ['pod/batch/*', 'Node/spare']))).toBe('HEALTHY');
  });
});

describe('objects that are not as they should be', () => {
  it('are read without an exception', () => {
    const odd = [{}, { metadata: {} }, { metadata: { name: 'x' }, status: {} }] as const;
    const kinds: ClusterObjects = {
      nodes: odd,
      pods: odd,
      deployments: odd,
      statefulSets: odd,
      daemonSets: odd,
      claims: odd,
      jobs: odd,
      events: [{}, { type: 'Warning' }, { type: 'Warning', lastTimestamp: 'yesterday' }],
    };
    expect(verdictOf(checkObjects(kinds, now.getTime()))).toBe('UNHEALTHY');
  });
});

/** Objects of a cluster as `kubectl get -o json` prints them, for the checks and the kubectl stand-in. Names and addresses are made up. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export type KubernetesObject = Readonly<Record<string, unknown>>;

/** A time so many minutes before another, as Kubernetes writes it: whole seconds. */
export function minutesBefore(now: Date, minutes: number): string {
  return `${new Date(now.getTime() - minutes * 60_000).toISOString().slice(0, 19)}Z`;
}

/** The objects of a small cluster at a time; everything in it is well. */
export function healthyCluster(now: Date): Record<string, KubernetesObject[]> {
  const old = minutesBefore(now, 60 * 24 * 30);
  return {
    nodes: [node('control-1', old), node('worker-1', old)],
    pods: [
      pod(now, 'dns', 'resolver-0'),
      pod(now, 'web', 'photos-7c9d8b6f5-x2x7k'),
      finishedPod(now, 'backup', 'backup-29012345-abcde'),
    ],
    'deployments.apps': [deployment('web', 'photos', 2, 2, old)],
    'statefulsets.apps': [
      {
        ...meta('StatefulSet', 'dns', 'resolver', old),
        spec: { replicas: 1 },
        status: { replicas: 1, readyReplicas: 1, availableReplicas: 1 },
      },
    ],
    'daemonsets.apps': [
      {
        ...meta('DaemonSet', 'kube-system', 'node-exporter', old),
        status: {
          currentNumberScheduled: 2,
          desiredNumberScheduled: 2,
          numberAvailable: 2,
          numberReady: 2,
          numberMisscheduled: 0,
        },
      },
    ],
    persistentvolumeclaims: [
      {
        ...meta('PersistentVolumeClaim', 'web', 'photos', old),
        status: { accessModes: ['ReadWriteMany'], capacity: { storage: '1Ti' }, phase: 'Bound' },
      },
    ],
    'jobs.batch': [job('backup', 'backup-29012345', 'Complete', minutesBefore(now, 300))],
    events: [event('Normal', 'Scheduled', 'Pod', 'web', 'photos-7c9d8b6f5-x2x7k', 1, minutesBefore(now, 3))],
  };
}

/** Puts objects where the kubectl stand-in looks, in the place of what was there. */
export function setCluster(
  folder: string,
  objects: Readonly<Record<string, readonly KubernetesObject[]>>,
  errors: Readonly<Record<string, string>> = {},
): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [kind, items] of Object.entries(objects)) {
    const list = { apiVersion: 'v1', items, kind: 'List', metadata: { resourceVersion: '' } };
    writeFileSync(join(folder, `${kind}.json`), JSON.stringify(list, null, 4));
  }
  for (const [kind, error] of Object.entries(errors)) writeFileSync(join(folder, `${kind}.error`), error);
}

/** What kubectl says when nobody listens, after the errors of its cache. */
export const NO_CLUSTER = `E1123 13:30:45.337321   11742 memcache.go:265] "Unhandled Error" err="couldn't get current server API group list: Get \\"http://localhost:8080/api?timeout=5s\\": dial tcp 127.0.0.1:8080: connect: connection refused"
The connection to the server localhost:8080 was refused - did you specify the right host or port?
`;

export const FORBIDDEN =
  'Error from server (Forbidden): nodes is forbidden: User "system:serviceaccount:ci:default" cannot list resource "nodes" in API group "" at the cluster scope\n';

function meta(
  kind: string,
  namespace: string | null,
  name: string,
  creationTimestamp: string,
  extra: object = {},
): KubernetesObject {
  const apiVersion = { Deployment: 'apps/v1', StatefulSet: 'apps/v1', DaemonSet: 'apps/v1', Job: 'batch/v1' }[kind] ?? 'v1';
  return {
    apiVersion,
    kind,
    metadata: {
      creationTimestamp,
      name,
      ...(namespace === null ? {} : { namespace }),
      resourceVersion: '123456',
      uid: '6f1c2b1e-0c3a-4f4e-9d57-8f0a1b2c3d4e',
      ...extra,
    },
  };
}

export function node(
  name: string,
  since: string,
  conditions: Readonly<Record<string, string>> = {},
  spec: object = {},
): KubernetesObject {
  const status = { MemoryPressure: 'False', DiskPressure: 'False', PIDPressure: 'False', Ready: 'True', ...conditions };
  return {
    ...meta('Node', null, name, since),
    spec: { podCIDR: '10.42.0.0/24', providerID: `k3s://${name}`, ...spec },
    status: {
      addresses: [{ address: '192.0.2.11', type: 'InternalIP' }],
      conditions: Object.entries(status).map(([type, value]) => ({
        type,
        status: value,
        lastHeartbeatTime: since,
        lastTransitionTime: since,
        reason:
          type === 'Ready'
            ? value === 'True'
              ? 'KubeletReady'
              : value === 'False'
                ? 'KubeletNotReady'
                : 'NodeStatusUnknown'
            : `KubeletHas${type}`,
        message: type === 'Ready' ? 'kubelet is posting ready status' : '',
      })),
    },
  };
}

/** A running pod; `status` and `container` replace parts of its state, `extra` goes into its metadata. */
export function pod(
  now: Date,
  namespace: string,
  name: string,
  change: { readonly status?: object; readonly container?: object; readonly extra?: object; readonly ageMinutes?: number } = {},
): KubernetesObject {
  const created = minutesBefore(now, change.ageMinutes ?? 60 * 24);
  return {
    ...meta('Pod', namespace, name, created, change.extra),
    spec: { containers: [{ name: 'main', image: 'registry.example.com/main:1' }], nodeName: 'worker-1' },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: created }],
      containerStatuses: [
        {
          name: 'main',
          ready: true,
          started: true,
          restartCount: 0,
          lastState: {},
          state: { running: { startedAt: created } },
          ...change.container,
        },
      ],
      ...change.status,
    },
  };
}

/** A pod that crashes again and again. */
export function crashingPod(now: Date, namespace: string, name: string, since: number): KubernetesObject {
  return pod(now, namespace, name, {
    container: {
      ready: false,
      started: false,
      restartCount: 7,
      lastState: {
        terminated: {
          exitCode: 1,
          reason: 'Error',
          startedAt: minutesBefore(now, since + 1),
          finishedAt: minutesBefore(now, since),
        },
      },
      state: {
        waiting: {
          reason: 'CrashLoopBackOff',
          message: `back-off 5m0s restarting failed container=main pod=${name}_${namespace}`,
        },
      },
    },
  });
}

function finishedPod(now: Date, namespace: string, name: string): KubernetesObject {
  const terminated = { exitCode: 0, reason: 'Completed', finishedAt: minutesBefore(now, 299) };
  return pod(now, namespace, name, { status: { phase: 'Succeeded' }, container: { ready: false, state: { terminated } } });
}

export function deployment(namespace: string, name: string, wanted: number, available: number, since: string): KubernetesObject {
  const isAvailable = available >= wanted;
  return {
    ...meta('Deployment', namespace, name, since),
    spec: { replicas: wanted, strategy: { type: 'RollingUpdate' } },
    status: {
      replicas: wanted,
      ...(available === 0 ? {} : { availableReplicas: available, readyReplicas: available }),
      conditions: [
        {
          type: 'Available',
          status: isAvailable ? 'True' : 'False',
          lastTransitionTime: since,
          reason: isAvailable ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
        },
        { type: 'Progressing', status: 'True', lastTransitionTime: since, reason: 'NewReplicaSetAvailable' },
      ],
    },
  };
}

/** A job of the cron job whose name it begins with. */
export function job(namespace: string, name: string, outcome: 'Complete' | 'Failed', at: string): KubernetesObject {
  const owner = { apiVersion: 'batch/v1', kind: 'CronJob', name: name.replace(/-\d+$/, ''), uid: '1', controller: true };
  const reason = outcome === 'Failed' ? 'BackoffLimitExceeded' : 'CompletionsReached';
  return {
    ...meta('Job', namespace, name, at, { ownerReferences: [owner] }),
    status: { startTime: at, conditions: [{ type: outcome, status: 'True', lastTransitionTime: at, reason }] },
  };
}

export function event(
  type: string,
  reason: string,
  kind: string,
  namespace: string,
  name: string,
  count: number,
  at: string,
): KubernetesObject {
  return {
    ...meta('Event', namespace, `${name}.17f0c1`, at),
    type,
    reason,
    message: `${reason} of ${name}`,
    count,
    eventTime: null,
    firstTimestamp: at,
    lastTimestamp: at,
    involvedObject: { apiVersion: 'v1', kind, name, namespace },
    source: { component: 'kubelet', host: 'worker-1' },
  };
}

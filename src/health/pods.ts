/** What is wrong with pods. Pure. */
import { age, finding, MINUTE } from './found.ts';
import type { ContainerStatus, Pod } from './objects.ts';
import type { Finding } from './verdict.ts';

/** Reasons a container waits for that do not pass by themselves (kubelet: pkg/kubelet/images/types.go, kuberuntime). */
const STUCK = new Set([
  'CrashLoopBackOff',
  'ImagePullBackOff',
  'ErrImagePull',
  'ErrImageNeverPull',
  'InvalidImageName',
  'ImageInspectError',
  'RegistryUnavailable',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
  'PostStartHookError',
]);
/** Scheduling and pulling take their time. */
const PENDING_MS = 5 * MINUTE;
/** A crash-looping pod runs for a while between two crashes: that is no recovery. */
const RESTARTED_MS = 15 * MINUTE;
const TERMINATING_MS = 15 * MINUTE;

/** @param now in ms */
export function checkPods(pods: readonly Pod[], now: number): Finding[] {
  return pods.flatMap((pod) => checkPod(pod, now) ?? []);
}

/** The worst thing about one pod. */
function checkPod(pod: Pod, now: number): Finding | null {
  const { metadata = {}, status = {} } = pod;
  const containers = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  if (metadata.deletionTimestamp !== undefined) {
    const since = age(metadata.deletionTimestamp, now) > TERMINATING_MS;
    return since ? finding('warning', 'Pod', metadata, 'is still terminating', metadata.deletionTimestamp) : null;
  }
  if (status.phase === 'Succeeded') return null;
  if (status.phase === 'Failed') {
    // A job's failed pods are the job's matter.
    if (metadata.ownerReferences?.some(({ kind }) => kind === 'Job')) return null;
    return finding(
      'warning',
      'Pod',
      metadata,
      `has failed${status.reason === undefined ? '' : `: ${status.reason}`}`,
      metadata.creationTimestamp,
    );
  }
  const stuck = containers.find(({ state }) => STUCK.has(state?.waiting?.reason ?? ''));
  if (stuck)
    return finding(
      'failure',
      'Pod',
      metadata,
      stuckReason(stuck),
      stuck.lastState?.terminated?.finishedAt ?? metadata.creationTimestamp,
    );
  if (status.phase === 'Unknown') return finding('failure', 'Pod', metadata, 'its node does not answer', null);
  if (status.phase === 'Pending' && age(metadata.creationTimestamp, now) > PENDING_MS) {
    return finding('failure', 'Pod', metadata, `is pending: ${pendingReason(pod)}`, metadata.creationTimestamp);
  }
  return restarted(pod, containers, now);
}

function stuckReason({ name, state, lastState, restartCount }: ContainerStatus): string {
  const waiting = state?.waiting;
  const last = lastState?.terminated;
  const ended = last === undefined ? '' : `, last ended with ${last.reason ?? 'exit code'} ${last.exitCode ?? ''}`.trimEnd();
  const restarts = restartCount ? `, ${restartCount} restarts` : '';
  return `${waiting?.reason ?? 'waits'} (container ${name ?? '?'}${restarts}${ended})`;
}

function pendingReason({ status }: Pod): string {
  const unscheduled = status?.conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  const waiting = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].find(
    ({ state }) => state?.waiting?.reason !== undefined,
  );
  return unscheduled?.message ?? unscheduled?.reason ?? waiting?.state?.waiting?.reason ?? 'no reason given';
}

function restarted({ metadata = {} }: Pod, containers: readonly ContainerStatus[], now: number): Finding | null {
  const recent = containers.find(
    ({ restartCount, lastState }) => (restartCount ?? 0) > 0 && age(lastState?.terminated?.finishedAt, now) < RESTARTED_MS,
  );
  if (!recent) return null;
  const last = recent.lastState?.terminated;
  return finding(
    'warning',
    'Pod',
    metadata,
    `restarted (container ${recent.name ?? '?'}, ${last?.reason ?? 'exit code'} ${last?.exitCode ?? ''})`,
    last?.finishedAt,
  );
}

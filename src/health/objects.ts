/** The part of Kubernetes' objects that the checks read, as `kubectl get -o json` prints them. Every field may be missing. */

export interface Metadata {
  readonly name?: string;
  readonly namespace?: string;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly ownerReferences?: readonly { readonly kind?: string; readonly name?: string; readonly uid?: string }[];
}

export interface Condition {
  readonly type?: string;
  readonly status?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

export interface ContainerStatus {
  readonly name?: string;
  readonly restartCount?: number;
  readonly state?: { readonly waiting?: { readonly reason?: string; readonly message?: string } };
  readonly lastState?: {
    readonly terminated?: { readonly reason?: string; readonly exitCode?: number; readonly finishedAt?: string };
  };
}

export interface Node {
  readonly metadata?: Metadata;
  readonly spec?: { readonly unschedulable?: boolean };
  readonly status?: { readonly conditions?: readonly Condition[] };
}

export interface Pod {
  readonly metadata?: Metadata;
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly conditions?: readonly Condition[];
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
  };
}

/** A deployment or a stateful set. */
export interface Workload {
  readonly metadata?: Metadata;
  readonly spec?: { readonly replicas?: number };
  readonly status?: {
    readonly readyReplicas?: number;
    readonly availableReplicas?: number;
    readonly conditions?: readonly Condition[];
  };
}

export interface DaemonSet {
  readonly metadata?: Metadata;
  readonly status?: { readonly desiredNumberScheduled?: number; readonly numberAvailable?: number };
}

export interface VolumeClaim {
  readonly metadata?: Metadata;
  readonly status?: { readonly phase?: string };
}

export interface Job {
  readonly metadata?: Metadata;
  readonly status?: { readonly conditions?: readonly Condition[]; readonly startTime?: string };
}

export interface Event {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly firstTimestamp?: string | null;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly series?: { readonly count?: number; readonly lastObservedTime?: string };
  readonly involvedObject?: { readonly kind?: string; readonly namespace?: string; readonly name?: string };
}

/** What the checks look at; a kind that could not be read is absent. */
export interface ClusterObjects {
  readonly nodes?: readonly Node[];
  readonly pods?: readonly Pod[];
  readonly deployments?: readonly Workload[];
  readonly statefulSets?: readonly Workload[];
  readonly daemonSets?: readonly DaemonSet[];
  readonly claims?: readonly VolumeClaim[];
  readonly jobs?: readonly Job[];
  readonly events?: readonly Event[];
}

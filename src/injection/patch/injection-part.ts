import type { InjectedNames, InjectionStatus } from '../../annotations/injection-status.ts';
import type { Findings } from '../../diagnostics/findings.ts';
import type { DecodedPod } from '../../kubernetes/decode-pod.ts';
import type { KubernetesVersion } from '../../kubernetes/kubernetes-version.ts';
import type { Container, ContainerPlace } from '../../kubernetes/pod.ts';
import type { Workload } from '../../kubernetes/workload.ts';
import type { PodAddition } from './patch-target.ts';

/** The parts of an injection. */
export type InjectedKind = 'env' | 'volume' | 'ambassador';

/**
 * Plans what a part adds to a pod. `requested` is what the annotations and the options request, prepared regardless of the pod. What
 * is wrong goes into the findings of the context; after an error, the result must not be used.
 */
export type PlanPart<Requested> = (requested: Requested, context: PlanContext) => PlannedPart;

/** What is known about a pod when it is created, besides the pod itself. */
export interface PodOrigin {
  /** Undefined if it is unknown. */
  readonly namespace: string | undefined;
  /** Whether the namespace is only assumed, so that its name says nothing about what is allowed; absent means no. */
  readonly isNamespaceAssumed?: boolean;
  /** The workload that contains the pod template; absent for a pod, whose owner references name its controller. */
  readonly workload?: Workload;
  /** The profile that the namespace requests for pods that name none; absent if there is none. */
  readonly namespaceProfile?: string;
}

/** The pod, and everything else that its injection depends on besides what it requests. */
export interface PlanContext {
  readonly pod: DecodedPod;
  readonly origin: PodOrigin;
  /** The containers that get variables and files. */
  readonly targets: readonly ContainerPlace[];
  /** What earlier invocations injected. */
  readonly status: InjectionStatus;
  /** The version of the API server; undefined if it is unknown. */
  readonly kubernetesVersion: KubernetesVersion | undefined;
  /** The name of the cluster; undefined if the settings have none. */
  readonly clusterName: string | undefined;
  readonly findings: Findings;
}

/** What the operator of a cluster allows ambassadors, and adds to their pods. Undefined allows everything. */
export interface AmbassadorPolicy {
  /** Names of namespaces; `*` at the end stands for any characters. */
  readonly namespaces: readonly string[] | undefined;
  /** Access presets. */
  readonly access: readonly string[] | undefined;
  /** Access presets that each ambassador must have. */
  readonly requiredAccess: readonly string[];
  /** The image of the settings, and prefixes of others, which end with `/`, `:`, or `@`. */
  readonly images: { readonly image: string; readonly prefixes: readonly string[] } | undefined;
  /** Names of Secrets for the registry of the image. */
  readonly pullSecrets: readonly string[];
}

/** What a part adds to a pod; nothing if the pod has all of it. */
export interface PlannedPart {
  /** In the order of the patch. A list that the pod lacks counts as empty. */
  readonly additions: readonly PodAddition[];
  /** What the status annotation records about these additions. */
  readonly names: InjectedNames;
  /** The resources that the added variables or files show. */
  readonly resources: readonly ShownResource[];
}

/** A resource of a container that a variable or a file shows. */
export interface ShownResource {
  /** The name of the variable, or the path of the file. */
  readonly name: string;
  /** The profile that requests it; undefined if the pod itself does. */
  readonly profile: string | undefined;
  readonly container: Container;
  /** `limits.cpu` */
  readonly resource: string;
}

export const emptyPart: PlannedPart = { additions: [], names: {}, resources: [] };

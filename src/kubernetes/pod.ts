/**
 * The fields of core/v1 that Downlink reads or writes. A pod remains raw JSON, so that fields that are not declared
 * here are preserved. A field can be `null` in handwritten YAML and in the output of Go's encoder.
 * Source: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/
 */

type Optional<T> = T | null | undefined;

/** A pod or a pod template. */
export interface Pod {
  readonly metadata?: Optional<ObjectMeta>;
  readonly spec?: Optional<PodSpec>;
}

export interface ObjectMeta {
  readonly name?: Optional<string>;
  readonly generateName?: Optional<string>;
  readonly namespace?: Optional<string>;
  readonly labels?: Optional<Readonly<Record<string, string>>>;
  readonly annotations?: Optional<Readonly<Record<string, unknown>>>;
  readonly ownerReferences?: Optional<readonly OwnerReference[]>;
}

export interface OwnerReference {
  readonly apiVersion?: Optional<string>;
  readonly kind?: Optional<string>;
  readonly name?: Optional<string>;
  /** Whether the owner creates and deletes the object. At most one owner does. */
  readonly controller?: Optional<boolean>;
}

export interface PodSpec {
  readonly containers?: Optional<readonly Container[]>;
  readonly initContainers?: Optional<readonly Container[]>;
  /** Only in a running pod: a pod cannot be created with them. */
  readonly ephemeralContainers?: Optional<readonly { readonly name: string }[]>;
  readonly volumes?: Optional<readonly Volume[]>;
  readonly imagePullSecrets?: Optional<readonly { readonly name?: Optional<string> }[]>;
  readonly restartPolicy?: Optional<string>;
  readonly hostNetwork?: Optional<boolean>;
  readonly shareProcessNamespace?: Optional<boolean>;
  readonly hostPID?: Optional<boolean>;
  readonly nodeSelector?: Optional<Readonly<Record<string, string>>>;
  readonly os?: Optional<{ readonly name?: Optional<string> }>;
  readonly affinity?: Optional<Affinity>;
  readonly securityContext?: Optional<SecurityContext & { readonly fsGroup?: Optional<number> }>;
  /** Pod-level resources (Kubernetes 1.32 and later). */
  readonly resources?: Optional<ResourceRequirements>;
}

export interface Container {
  readonly name: string;
  readonly image?: Optional<string>;
  readonly command?: Optional<readonly string[]>;
  readonly args?: Optional<readonly string[]>;
  /** `Always` makes an init container a native sidecar (Kubernetes 1.28 and later). */
  readonly restartPolicy?: Optional<string>;
  readonly env?: Optional<readonly EnvVar[]>;
  /** ConfigMaps and Secrets whose keys become variables. */
  readonly envFrom?: Optional<readonly object[]>;
  readonly ports?: Optional<readonly { readonly containerPort?: Optional<number> }[]>;
  readonly resources?: Optional<ResourceRequirements>;
  /** Whether an in-place resize restarts the container: `NotRequired` or `RestartContainer`. */
  readonly resizePolicy?: Optional<
    readonly { readonly resourceName?: Optional<string>; readonly restartPolicy?: Optional<string> }[]
  >;
  readonly securityContext?: Optional<SecurityContext>;
  readonly startupProbe?: Optional<object>;
  readonly terminationMessagePath?: Optional<string>;
  readonly volumeMounts?: Optional<readonly VolumeMount[]>;
  readonly volumeDevices?: Optional<readonly { readonly devicePath?: Optional<string> }[]>;
}

export interface SecurityContext {
  readonly runAsUser?: Optional<number>;
  readonly runAsGroup?: Optional<number>;
  readonly runAsNonRoot?: Optional<boolean>;
  readonly allowPrivilegeEscalation?: Optional<boolean>;
  readonly readOnlyRootFilesystem?: Optional<boolean>;
  readonly capabilities?: Optional<{ readonly drop?: Optional<readonly string[]> }>;
  readonly seccompProfile?: Optional<{ readonly type: string }>;
  readonly windowsOptions?: Optional<object>;
}

export interface Affinity {
  readonly nodeAffinity?: Optional<{
    readonly requiredDuringSchedulingIgnoredDuringExecution?: Optional<{
      readonly nodeSelectorTerms?: Optional<readonly NodeSelectorTerm[]>;
    }>;
  }>;
}

/** One of several alternatives. A node matches a term if it matches all of its expressions. */
export interface NodeSelectorTerm {
  readonly matchExpressions?: Optional<readonly NodeSelectorRequirement[]>;
  readonly matchFields?: Optional<readonly object[]>;
}

export interface NodeSelectorRequirement {
  readonly key?: Optional<string>;
  readonly operator?: Optional<string>;
  readonly values?: Optional<readonly string[]>;
}

/** Quantities by resource name, such as `{ limits: { cpu: '100m' } }`. In YAML, a quantity can be a number. */
export interface ResourceRequirements {
  readonly requests?: Optional<ResourceList>;
  readonly limits?: Optional<ResourceList>;
}
export type ResourceList = Readonly<Record<string, string | number>>;

export interface EnvVar {
  readonly name: string;
  readonly value?: Optional<string>;
  readonly valueFrom?: Optional<{
    readonly fieldRef?: Optional<FieldRef>;
    readonly resourceFieldRef?: Optional<ResourceFieldRef>;
  }>;
}

export interface FieldRef {
  readonly fieldPath: string;
}

export interface ResourceFieldRef {
  /** In a variable, the default is the variable's own container. A volume requires a name. */
  readonly containerName?: Optional<string>;
  readonly resource: string;
  readonly divisor?: Optional<string | number>;
}

export interface VolumeMount {
  readonly name: string;
  readonly mountPath: string;
  readonly readOnly?: Optional<boolean>;
  readonly subPath?: Optional<string>;
  readonly subPathExpr?: Optional<string>;
}

export interface Volume {
  readonly name: string;
  readonly downwardAPI?: Optional<{
    readonly defaultMode?: Optional<number>;
    readonly items?: Optional<readonly DownwardApiFile[]>;
  }>;
  readonly configMap?: Optional<object>;
  readonly image?: Optional<object>;
  readonly projected?: Optional<object>;
  readonly secret?: Optional<object>;
}

export interface DownwardApiFile {
  readonly path: string;
  readonly fieldRef?: Optional<FieldRef>;
  readonly resourceFieldRef?: Optional<ResourceFieldRef>;
}

/** A container with its place in the pod: the list and the index. */
export interface ContainerPlace {
  readonly list: 'initContainers' | 'containers';
  readonly index: number;
  readonly container: Container;
}

/** Returns the containers of a pod with their places, init containers first, as the kubelet starts them. */
export function containerPlaces(spec: PodSpec): readonly ContainerPlace[] {
  const inits = (spec.initContainers ?? []).map((container, index) => placeOf('initContainers', index, container));
  const regulars = (spec.containers ?? []).map((container, index) => placeOf('containers', index, container));
  return inits.length === 0 ? regulars : [...inits, ...regulars];
}

function placeOf(list: ContainerPlace['list'], index: number, container: Container): ContainerPlace {
  return { list, index, container };
}

/** Returns the containers of a pod without their places, in the same order: init containers first. */
export function containersOf({ initContainers, containers }: PodSpec): readonly Container[] {
  if (!initContainers || initContainers.length === 0) return containers ?? [];
  return [...initContainers, ...(containers ?? [])];
}

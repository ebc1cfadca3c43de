import type { DecodedPod } from '../kubernetes/decode-pod.ts';
import { isAtLeast, type KubernetesVersion } from '../kubernetes/kubernetes-version.ts';
import type { FieldRef, ResourceFieldRef, ResourceRequirements } from '../kubernetes/pod.ts';
import { parseQuantity } from '../kubernetes/quantity.ts';
import { explainField } from './explain-field.ts';

/** Where the value of a variable or file comes from. */
export interface ExplainedSource {
  /** In Kubernetes' words: `metadata.name`, `limits.memory of worker`. */
  readonly source: string;
  /** What a number counts: `millicores`, `KiB`; undefined for text. */
  readonly unit: string | undefined;
  /** What the manifest decides already; undefined where that is up to the cluster. */
  readonly value: string | number | undefined;
  /** Whether it follows changes while the pod runs. */
  readonly follows: boolean;
}

/** The pod that has the variable or file. */
export interface ExplainedPod {
  readonly pod: DecodedPod;
  /** Whether a controller makes pods of it, under names of their own. */
  readonly isTemplate: boolean;
  /** Undefined where it is not known. */
  readonly namespace: string | undefined;
  /** The API server's; undefined where it is not known, and then a recent one. */
  readonly kubernetesVersion: KubernetesVersion | undefined;
}

interface Reference {
  readonly value?: string | null | undefined;
  readonly fieldRef?: FieldRef | null | undefined;
  readonly resourceFieldRef?: ResourceFieldRef | null | undefined;
}

/**
 * Returns what a reference of the downward API means. `resources` are those of the container that a resource is of. Variables
 * are set once, when their container starts; files follow labels, annotations and, from 1.33 on, a resize in place.
 * Source: https://kubernetes.io/docs/concepts/workloads/pods/downward-api/
 */
export function explainSource(
  { value, fieldRef, resourceFieldRef }: Reference,
  kind: 'variable' | 'file',
  resources: ResourceRequirements | null | undefined,
  about: ExplainedPod,
): ExplainedSource {
  if (fieldRef) {
    const follows = kind === 'file' && /^metadata\.(?:labels|annotations)/.test(fieldRef.fieldPath);
    return { ...explainField(fieldRef.fieldPath, about), unit: undefined, follows };
  }
  if (!resourceFieldRef) return { source: value ?? '', unit: undefined, value: undefined, follows: false };
  const { resource, containerName, divisor } = resourceFieldRef;
  const name = resource.slice(resource.indexOf('.') + 1);
  const step = String(divisor ?? '1') === '0' ? '1' : String(divisor ?? '1');
  const { quantity, note } = quantityOf(resource, name, kind, resources, about);
  const ofContainer = containerName ? ` of ${containerName}` : '';
  return {
    source: `${resource}${ofContainer}${note === undefined ? '' : ` (not set: ${note})`}`,
    unit: name === 'cpu' ? (cpuUnits[step] ?? step) : (byteUnits[step] ?? step),
    value: quantity === undefined ? undefined : roundedUp(quantity / (parseQuantity(step) || 1)),
    follows: kind === 'file' && (name === 'cpu' || name === 'memory') && hasFrom(33, about),
  };
}

const cpuUnits: Readonly<Record<string, string>> = { '1m': 'millicores', '1': 'cores' };
const byteUnits: Readonly<Record<string, string>> = {
  '1': 'bytes',
  '1k': 'kB',
  ...Object.fromEntries(['M', 'G', 'T', 'P', 'E'].map((prefix) => [`1${prefix}`, `${prefix}B`])),
  ...Object.fromEntries(['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'].map((prefix) => [`1${prefix}`, `${prefix}B`])),
};

/** A resource in its base unit, and what stands in for one that the container does not have. */
interface Quantity {
  readonly quantity: number | undefined;
  readonly note?: string;
}

/**
 * A request that is not set is the limit, as the API server has it, else 0. A limit that is not set, or 0, is for a variable
 * the pod's own limit (1.34 and later), and else what the node can give its pods together; of huge pages it is 0.
 * Source: kubernetes/kubernetes pkg/kubelet/kubelet_resources.go, pkg/api/v1/resource/helpers.go
 */
function quantityOf(
  resource: string,
  name: string,
  kind: 'variable' | 'file',
  resources: ResourceRequirements | null | undefined,
  about: ExplainedPod,
): Quantity {
  const limit = read(resources?.limits?.[name]) || undefined;
  if (resource.startsWith('requests.')) {
    const quantity = read(resources?.requests?.[name]) ?? limit;
    return quantity === undefined ? { quantity, note: '0' } : { quantity };
  }
  if (limit !== undefined) return { quantity: limit };
  if (name.startsWith('hugepages-')) return { quantity: undefined, note: '0' };
  const ofPod = kind === 'variable' && hasFrom(34, about) ? read(about.pod.spec.resources?.limits?.[name]) : undefined;
  return ofPod ? { quantity: ofPod, note: "the pod's limit" } : { quantity: undefined, note: "the node's allocatable" };
}

function read(quantity: string | number | null | undefined): number | undefined {
  return quantity === undefined || quantity === null ? undefined : parseQuantity(quantity);
}

function hasFrom(minor: number, { kubernetesVersion }: ExplainedPod): boolean {
  return kubernetesVersion === undefined || isAtLeast(kubernetesVersion, 1, minor);
}

/** As Kubernetes rounds, but for the last bits, which floating point adds to a whole number: 16.1 cores are 16100m. */
function roundedUp(value: number): number {
  return Number.isInteger(value) ? value : Math.ceil(value * (1 - 4 * Number.EPSILON));
}

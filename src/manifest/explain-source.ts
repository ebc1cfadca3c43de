import type { EnvSource } from '../annotations/env-source.ts';
import { formatEnvSource } from '../annotations/env-source-syntax.ts';
import { referencesIn } from '../injection/env/variable-references.ts';
import type { DecodedPod } from '../kubernetes/decode-pod.ts';
import { isAtLeast, type KubernetesVersion } from '../kubernetes/kubernetes-version.ts';
import type { FieldRef, ResourceFieldRef, ResourceRequirements } from '../kubernetes/pod.ts';
import { parseQuantity } from '../kubernetes/quantity.ts';
import { explainField } from './explain-field.ts';

/** The source of a variable or file. */
export interface ExplainedSource {
  /** In Kubernetes' notation: `metadata.name`, `limits.memory of worker`; as in the annotation if Downlink computes the value. */
  readonly source: string;
  /** The profile that requests it; undefined if the pod's own annotations do. */
  readonly profile: string | undefined;
  /** The unit of a number: `millicores`, `KiB`; undefined for text. */
  readonly unit: string | undefined;
  /** Undefined if the manifest does not determine it. */
  readonly value: string | number | undefined;
  /** Whether the value follows changes while the pod runs. */
  readonly followsChanges: boolean;
}

/** The pod, or pod template, to explain. */
export interface ExplainedPod {
  readonly pod: DecodedPod;
  /** Whether it is a template, whose pods have other names. */
  readonly isTemplate: boolean;
  /** Undefined if it is unknown. */
  readonly namespace: string | undefined;
  /** Of the API server. Undefined if it is unknown; it then counts as recent. */
  readonly kubernetesVersion: KubernetesVersion | undefined;
}

interface Reference {
  readonly value?: string | null | undefined;
  readonly fieldRef?: FieldRef | null | undefined;
  readonly resourceFieldRef?: ResourceFieldRef | null | undefined;
}

/** Where a downward API reference is used. */
interface ReferenceUse {
  readonly kind: 'variable' | 'file';
  /** The resources of the container that a resource reference names. */
  readonly resources: ResourceRequirements | null | undefined;
  /** What requests it; undefined if nothing does anymore. */
  readonly request: { readonly source: EnvSource; readonly profile?: string } | undefined;
  readonly explained: ExplainedPod;
}

/**
 * Explains a downward API reference. Variables are set once, when their container starts. Files follow labels,
 * annotations and, on 1.33 and later, an in-place resize.
 * Source: https://kubernetes.io/docs/concepts/workloads/pods/downward-api/
 */
export function explainSource({ value, fieldRef, resourceFieldRef }: Reference, use: ReferenceUse): ExplainedSource {
  const { kind, explained, request } = use;
  const profile = request?.profile;
  if (fieldRef) {
    const followsChanges = kind === 'file' && /^metadata\.(?:labels|annotations)/.test(fieldRef.fieldPath);
    return { ...explainField(fieldRef.fieldPath, explained), unit: undefined, followsChanges, profile };
  }
  if (!resourceFieldRef)
    return { ...explainText(value ?? '', request?.source), unit: undefined, followsChanges: false, profile };
  const { resource, containerName, divisor } = resourceFieldRef;
  const name = resource.slice(resource.indexOf('.') + 1);
  const step = String(divisor ?? '1') === '0' ? '1' : String(divisor ?? '1');
  const { quantity, note } = quantityOf(resource, name, use);
  const ofContainer = containerName ? ` of ${containerName}` : '';
  return {
    source: `${resource}${ofContainer}${note === undefined ? '' : ` (not set: ${note})`}`,
    unit: name === 'cpu' ? (cpuUnits[step] ?? step) : (byteUnits[step] ?? step),
    value: quantity === undefined ? undefined : roundedUp(quantity / (parseQuantity(step) || 1)),
    followsChanges: kind === 'file' && (name === 'cpu' || name === 'memory') && isVersionAtLeast(33, explained),
    profile,
  };
}

/**
 * Explains the value that Downlink computed for a variable. References in it are shown as they are. The annotations of an existing
 * pod may have changed since: a field or resource is not computed, so it cannot be the source.
 */
function explainText(text: string, requested: EnvSource | undefined): Pick<ExplainedSource, 'source' | 'value'> {
  const isComputed = requested !== undefined && requested.kind !== 'field' && requested.kind !== 'resource';
  const source = isComputed ? formatEnvSource(requested) : 'known at admission';
  return { source, value: referencesIn(text).length > 0 ? text : text.replaceAll('$$', '$') };
}

const cpuUnits: Readonly<Record<string, string>> = { '1m': 'millicores', '1': 'cores' };
const byteUnits: Readonly<Record<string, string>> = {
  '1': 'bytes',
  '1k': 'kB',
  ...Object.fromEntries(['M', 'G', 'T', 'P', 'E'].map((prefix) => [`1${prefix}`, `${prefix}B`])),
  ...Object.fromEntries(['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'].map((prefix) => [`1${prefix}`, `${prefix}B`])),
};

/** A quantity in its base unit, and a note on what replaces it if the container does not set one. */
interface Quantity {
  readonly quantity: number | undefined;
  readonly note?: string;
}

/**
 * Returns a container's request or limit. A request that is not set defaults to the limit, as in the API server, else
 * to 0. A limit that is not set, or is 0, defaults to the pod-level limit for a variable (1.34 and later), else to the
 * node's allocatable; for huge pages it is 0.
 * Source: kubernetes/kubernetes pkg/kubelet/kubelet_resources.go, pkg/api/v1/resource/helpers.go
 */
function quantityOf(resource: string, name: string, { kind, resources, explained }: ReferenceUse): Quantity {
  const limit = parseOptional(resources?.limits?.[name]) || undefined;
  if (resource.startsWith('requests.')) {
    const quantity = parseOptional(resources?.requests?.[name]) ?? limit;
    return quantity === undefined ? { quantity, note: '0' } : { quantity };
  }
  if (limit !== undefined) return { quantity: limit };
  if (name.startsWith('hugepages-')) return { quantity: undefined, note: '0' };
  const ofPod =
    kind === 'variable' && isVersionAtLeast(34, explained)
      ? parseOptional(explained.pod.spec.resources?.limits?.[name])
      : undefined;
  return ofPod ? { quantity: ofPod, note: "the pod's limit" } : { quantity: undefined, note: "the node's allocatable" };
}

function parseOptional(quantity: string | number | null | undefined): number | undefined {
  return quantity === undefined || quantity === null ? undefined : parseQuantity(quantity);
}

function isVersionAtLeast(minor: number, { kubernetesVersion }: ExplainedPod): boolean {
  return kubernetesVersion === undefined || isAtLeast(kubernetesVersion, 1, minor);
}

/**
 * Rounds up as Kubernetes does, but ignores the rounding errors of floating point in the last bits: 16.1 cores are
 * 16100m.
 */
function roundedUp(value: number): number {
  return Number.isInteger(value) ? value : Math.ceil(value * (1 - 4 * Number.EPSILON));
}

import type { FieldRef, ResourceFieldRef, ResourceRequirements } from '../kubernetes/pod.ts';
import { parseQuantity } from '../kubernetes/quantity.ts';

/** Where the value of a variable or file comes from. */
export interface ExplainedSource {
  /** In Kubernetes' words: `metadata.name`, `limits.memory of worker`. */
  readonly source: string;
  /** What a number counts: `millicores`, `KiB`; undefined for text. */
  readonly unit: string | undefined;
  /** The number, where the manifest decides it already. */
  readonly value: number | undefined;
  /** Whether it follows changes while the pod runs. */
  readonly follows: boolean;
}

interface Reference {
  readonly value?: string | null | undefined;
  readonly fieldRef?: FieldRef | null | undefined;
  readonly resourceFieldRef?: ResourceFieldRef | null | undefined;
}

/**
 * What a reference of the downward API means. `resources` are those of the container that a resource is of. Only files
 * of labels and annotations follow changes: variables are set once, when their container starts.
 * Source: https://kubernetes.io/docs/concepts/workloads/pods/downward-api/
 */
export function explainSource(
  { value, fieldRef, resourceFieldRef }: Reference,
  kind: 'variable' | 'file',
  resources: ResourceRequirements | null | undefined,
): ExplainedSource {
  if (fieldRef) {
    const follows = kind === 'file' && /^metadata\.(?:labels|annotations)/.test(fieldRef.fieldPath);
    return { source: fieldRef.fieldPath, unit: undefined, value: undefined, follows };
  }
  if (!resourceFieldRef) return { source: value ?? '', unit: undefined, value: undefined, follows: false };
  const { resource, containerName, divisor } = resourceFieldRef;
  const name = resource.slice(resource.indexOf('.') + 1);
  const step = String(divisor ?? '1') === '0' ? '1' : String(divisor ?? '1');
  const set = quantityOf(resource, name, resources);
  const ofContainer = containerName ? ` of ${containerName}` : '';
  const without = set === undefined && resource.startsWith('limits.') ? ' (none is set: the node gives it)' : '';
  return {
    source: `${resource}${ofContainer}${without}`,
    unit: name === 'cpu' ? (cpuUnits[step] ?? step) : (byteUnits[step] ?? step),
    value: set === undefined ? undefined : roundedUp(set / (parseQuantity(step) || 1)),
    follows: false,
  };
}

const cpuUnits: Readonly<Record<string, string>> = { '1m': 'millicores', '1': 'cores' };
const byteUnits: Readonly<Record<string, string>> = {
  '1': 'bytes',
  '1k': 'kB',
  ...Object.fromEntries(['M', 'G', 'T', 'P', 'E'].map((prefix) => [`1${prefix}`, `${prefix}B`])),
  ...Object.fromEntries(['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'].map((prefix) => [`1${prefix}`, `${prefix}B`])),
};

/** In its base unit. A request that is not set is the limit, as the API server has it. */
function quantityOf(
  resource: string,
  name: string,
  resources: ResourceRequirements | null | undefined,
): number | undefined {
  const quantity =
    (resource.startsWith('requests.') ? resources?.requests?.[name] : undefined) ?? resources?.limits?.[name];
  return quantity === undefined || quantity === null ? undefined : parseQuantity(quantity);
}

/** As Kubernetes rounds, but for what floating point adds to a whole number. */
function roundedUp(value: number): number {
  return Math.ceil(value - value * 1e-9);
}

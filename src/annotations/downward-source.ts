import { quote } from '../diagnostics/text.ts';
import { isQualifiedName } from '../kubernetes/object-names.ts';
import { parseQuantity } from '../kubernetes/quantity.ts';

/** A field of the pod or a resource of a container that the downward API can expose. */
export type DownwardSource = FieldSource | ResourceSource;

export interface FieldSource {
  readonly kind: 'field';
  /** As Kubernetes spells it: `metadata.name`, `metadata.labels['app']`. */
  readonly fieldPath: string;
  /** Whether the variable is left out if the pod lacks this label or annotation when it is created. */
  readonly isOptional?: true;
}

export interface ResourceSource {
  readonly kind: 'resource';
  /** `limits.cpu`, `requests.memory`. */
  readonly resource: string;
  /** As the user wrote it; absent if there is none. */
  readonly divisor?: string;
  /** The container that a prefix names; absent if there is none. */
  readonly container?: string;
}

/** Whether the downward API offers a source as a variable, as a file, or both. */
export type Availability = 'env' | 'volume' | 'both';

/** Source: kubernetes/kubernetes pkg/apis/core/validation/validation.go, valid*DownwardAPIFieldPathExpressions */
const fieldAvailability: Readonly<Record<string, Availability>> = {
  'metadata.name': 'both',
  'metadata.namespace': 'both',
  'metadata.uid': 'both',
  'metadata.labels': 'volume',
  'metadata.annotations': 'volume',
  'spec.nodeName': 'env',
  'spec.serviceAccountName': 'env',
  'status.hostIP': 'env',
  'status.hostIPs': 'env',
  'status.podIP': 'env',
  'status.podIPs': 'env',
};
export const fieldPaths = Object.keys(fieldAvailability);
export const computeResources = ['cpu', 'memory', 'ephemeral-storage'];
const resources = ['limits', 'requests'].flatMap((list) => computeResources.map((name) => `${list}.${name}`));
const hugepages = /^(?:limits|requests)\.hugepages-[1-9]\d{0,9}[KMGT]i$/;
const cpuDivisors = ['1m', '1'];
const byteDivisors = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei'];
const subscripted = /^metadata\.(labels|annotations)\['([^']*)'\]$/;
const optional = '?'; // after a label or an annotation

/** Why a string is not a source. */
export interface SourceProblem {
  readonly kind: 'unknown-source';
  /** A clause: `unknown resource`. */
  readonly problem: string;
  /** A clause that lists the supported ones; absent for a field, because they depend on the annotation. */
  readonly supported?: string;
  /** A valid source, if an example helps more than a list. */
  readonly example?: string;
}

/** Parses `field`, `field?`, or `resource[/divisor]`. */
export function parseDownwardSource(text: string): DownwardSource | SourceProblem {
  if (text.endsWith(optional)) return parseOptional(text.slice(0, -1));
  return looksLikeResource(text) ? parseResource(text) : parseField(text);
}

export function looksLikeResource(text: string): boolean {
  return /^(?:limits|requests)\./.test(text);
}

/** Returns whether the downward API offers a source as a variable, as a file, or both. */
export function availability(source: DownwardSource): Availability {
  return source.kind === 'resource' ? 'both' : (fieldAvailability[source.fieldPath] ?? 'both');
}

/** Minor versions of Kubernetes 1. Between the two, the source requires a feature gate that is disabled by default. */
export interface OfferedSince {
  readonly behindGate: number;
  readonly byDefault: number;
}

/**
 * Returns the versions of Kubernetes that offer a source; undefined if all supported versions do. Source: KEP-2681
 * (PodHostIPs), KEP-2053 and kubernetes/kubernetes pull request 106271 (DownwardAPIHugePages)
 */
export function offeredSince(source: DownwardSource): OfferedSince | undefined {
  if (source.kind === 'field') {
    return source.fieldPath === 'status.hostIPs' ? { behindGate: 28, byDefault: 29 } : undefined;
  }
  return source.resource.includes('.hugepages-') ? { behindGate: 20, byDefault: 23 } : undefined;
}

/** Returns a source as a user would write it. */
export function formatDownwardSource(source: DownwardSource): string {
  if (source.kind === 'field') return `${source.fieldPath}${source.isOptional ? optional : ''}`;
  const container = source.container === undefined ? '' : `${source.container}:`;
  return `${container}${source.resource}${source.divisor === undefined ? '' : `/${source.divisor}`}`;
}

/** Reports whether two divisors are equal: an absent one, `0`, and `1` are, and so are `1Ki` and `1024`. */
export function sameDivisor(
  one: string | number | null | undefined,
  other: string | number | null | undefined,
): boolean {
  return divisorValue(one) === divisorValue(other);
}

/** Returns a short description of a source, from which a suggested NAME or path is derived: `memory limit`. */
export function describeSource(source: DownwardSource): string {
  if (source.kind === 'field') return subscripted.exec(source.fieldPath)?.[2] ?? source.fieldPath.replace(/^.*\./, '');
  const [list, name] = source.resource.split(/\.(.*)/);
  return `${name} ${list === 'limits' ? 'limit' : 'request'}`;
}

/** Returns the divisors that Kubernetes accepts for a resource. */
export function divisorsOf(resource: string): readonly string[] {
  return resource.endsWith('.cpu') ? cpuDivisors : byteDivisors;
}

/** Reports whether a string is a resource without a divisor: `limits.cpu`, `requests.hugepages-2Mi`. */
export function isResource(text: string): boolean {
  return resources.includes(text) || hugepages.test(text);
}

function parseResource(text: string): ResourceSource | SourceProblem {
  const slash = text.indexOf('/');
  const resource = slash < 0 ? text : text.slice(0, slash);
  if (!isResource(resource)) {
    const resources = [...computeResources, 'hugepages-<size>'].join(', ');
    const supported = `supported resources: ${resources}, as in "limits.cpu"`;
    return { kind: 'unknown-source', problem: 'unknown resource', supported };
  }
  if (slash < 0) return { kind: 'resource', resource };
  const divisor = text.slice(slash + 1);
  if (divisorsOf(resource).includes(divisor)) return { kind: 'resource', resource, divisor };
  return unknownDivisor(resource, divisor);
}

/** Returns the problem of a divisor that Kubernetes does not accept for a resource. */
export function unknownDivisor(resource: string, divisor: string): SourceProblem {
  const problem = `unknown divisor ${quote(divisor)} for ${resource.replace(/^.*\./, '')}`;
  return { kind: 'unknown-source', problem, supported: `supported divisors: ${divisorsOf(resource).join(', ')}` };
}

/** Parses what stands in front of a question mark. */
function parseOptional(text: string): FieldSource | SourceProblem {
  if (subscripted.test(text)) {
    const source = parseField(text);
    return source.kind === 'field' ? { ...source, isOptional: true } : source;
  }
  const problem = `${quote(optional)} is for a single label or annotation`;
  return { kind: 'unknown-source', problem, example: "metadata.labels['app']?" };
}

function parseField(text: string): FieldSource | SourceProblem {
  if (Object.hasOwn(fieldAvailability, text)) return { kind: 'field', fieldPath: text };
  const [, map, key = ''] = subscripted.exec(text) ?? [];
  if (map === undefined) return { kind: 'unknown-source', problem: 'unknown field' };
  if (isQualifiedName(map === 'annotations' ? key.toLowerCase() : key)) return { kind: 'field', fieldPath: text };
  const problem = `${quote(key)} is not a valid ${map === 'labels' ? 'label' : 'annotation'} key`;
  return { kind: 'unknown-source', problem, example: `metadata.${map}['app.kubernetes.io/name']` };
}

function divisorValue(divisor: string | number | null | undefined): number | string {
  if (divisor === null || divisor === undefined) return 1;
  const value = parseQuantity(divisor);
  return value === undefined ? String(divisor) : value || 1;
}

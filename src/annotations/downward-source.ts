import { parseQuantity } from '../kubernetes/quantity.ts';
import { alternatives, nearest, quote } from '../text.ts';

/** A field of the pod or a resource of a container, as the downward API gives them. */
export type DownwardSource = FieldSource | ResourceSource;

export interface FieldSource {
  readonly kind: 'field';
  /** In Kubernetes' own spelling: `metadata.name`, `metadata.labels['app']`. */
  readonly fieldPath: string;
}

export interface ResourceSource {
  readonly kind: 'resource';
  /** `limits.cpu`, `requests.memory`. */
  readonly resource: string;
  /** As written; undefined where none was. */
  readonly divisor?: string;
  /** The container named by a prefix; undefined where none was. */
  readonly container?: string;
}

/** Where the downward API offers a source: as a variable, as a file, or both. */
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
const fields = Object.keys(fieldAvailability);
const compute = ['cpu', 'memory', 'ephemeral-storage'];
const resources = ['limits', 'requests'].flatMap((list) => compute.map((name) => `${list}.${name}`));
const hugepages = /^(?:limits|requests)\.hugepages-[1-9]\d{0,9}[KMGT]i$/;
const cpuDivisors = ['1m', '1'];
const byteDivisors = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei'];
const subscripted = /^metadata\.(labels|annotations)\['([^']*)'\]$/;
const looselySubscripted = /^metadata\.(label|annotation)s?(?:\.|\[)["']?([^"'\]]+)["']?\]?$/;
const dnsLabel = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;
const qualifiedName = /^[A-Za-z0-9](?:[-\w.]*[A-Za-z0-9])?$/;
const maxSubdomain = 253; // characters
const maxQualifiedName = 63; // characters, without the subdomain in front

/** What is wrong with a source, and what would be right: a whole source, or else a clause about those that there are. */
export interface SourceProblem {
  readonly problem: string;
  readonly right: { readonly suggestion: string } | { readonly known: string };
}

/** Reads `field` or `resource[/divisor]`. What is known is told for where it is to be offered. */
export function parseDownwardSource(text: string, offeredAs: 'env' | 'volume'): DownwardSource | SourceProblem {
  return looksLikeResource(text) ? parseResource(text) : parseField(text, offeredAs);
}

export function looksLikeResource(text: string): boolean {
  return /^(?:limits|requests)\./.test(text);
}

/** Whether the source is offered as a variable, as a file, or both. */
export function availability(source: DownwardSource): Availability {
  return source.kind === 'resource' ? 'both' : (fieldAvailability[source.fieldPath] ?? 'both');
}

/** Minor versions of Kubernetes 1. Between the two a source takes a feature gate that is off by default. */
export interface OfferedSince {
  readonly behindGate: number;
  readonly byDefault: number;
}

/**
 * Since when Kubernetes offers a source; undefined where every version that we know does. Source: KEP-2681 (PodHostIPs),
 * KEP-2053 and kubernetes/kubernetes pull request 106271 (DownwardAPIHugePages)
 */
export function offeredSince(source: DownwardSource): OfferedSince | undefined {
  if (source.kind === 'field') {
    return source.fieldPath === 'status.hostIPs' ? { behindGate: 28, byDefault: 29 } : undefined;
  }
  return source.resource.includes('.hugepages-') ? { behindGate: 20, byDefault: 23 } : undefined;
}

/** The source as the user would write it. */
export function formatDownwardSource(source: DownwardSource): string {
  if (source.kind === 'field') return source.fieldPath;
  const container = source.container === undefined ? '' : `${source.container}:`;
  return `${container}${source.resource}${source.divisor === undefined ? '' : `/${source.divisor}`}`;
}

/** Whether two divisors mean the same: absent, `0` and `1` do, and so do `1Ki` and `1024`. */
export function sameDivisor(
  one: string | number | null | undefined,
  other: string | number | null | undefined,
): boolean {
  return divisorValue(one) === divisorValue(other);
}

/** A short name for a source that no group names, from which a NAME or a path can be suggested: `memory limit`. */
export function describeSource(source: DownwardSource): string {
  if (source.kind === 'field') return subscripted.exec(source.fieldPath)?.[2] ?? source.fieldPath.replace(/^.*\./, '');
  const [list, name] = source.resource.split(/\.(.*)/);
  return `${name} ${list === 'limits' ? 'limit' : 'request'}`;
}

function parseResource(text: string): ResourceSource | SourceProblem {
  const slash = text.indexOf('/');
  const resource = slash < 0 ? text : text.slice(0, slash);
  if (!resources.includes(resource) && !hugepages.test(resource)) {
    const near = nearest(resource, resources);
    const known = `known are ${alternatives([...compute, 'hugepages-<size>'])}, as in "limits.cpu"`;
    return {
      problem: 'unknown resource',
      right: near === undefined ? { known } : { suggestion: text.replace(resource, near) },
    };
  }
  if (slash < 0) return { kind: 'resource', resource };
  const divisor = text.slice(slash + 1);
  const known = resource.endsWith('.cpu') ? cpuDivisors : byteDivisors;
  if (known.includes(divisor)) return { kind: 'resource', resource, divisor };
  const near = known.find((one) => one.toLowerCase() === divisor.toLowerCase().replace(/b$/, ''));
  return {
    problem: `unknown divisor ${quote(divisor)} for ${resource.replace(/^.*\./, '')}`,
    right: near === undefined ? { known: `known are ${alternatives(known)}` } : { suggestion: `${resource}/${near}` },
  };
}

function parseField(text: string, offeredAs: 'env' | 'volume'): DownwardSource | SourceProblem {
  if (Object.hasOwn(fieldAvailability, text)) return { kind: 'field', fieldPath: text };
  const [, map, key = ''] = subscripted.exec(text) ?? [];
  if (map !== undefined) {
    if (isQualifiedName(map === 'annotations' ? key.toLowerCase() : key)) return { kind: 'field', fieldPath: text };
    return {
      problem: `${quote(key)} is no ${map === 'labels' ? 'label' : 'annotation'} key`,
      right: { known: `a right one is ${quote(`metadata.${map}['app.kubernetes.io/name']`)}` },
    };
  }
  const [, looseMap, looseKey = ''] = text.length > 400 ? [] : (looselySubscripted.exec(text) ?? []);
  if (looseMap !== undefined && isQualifiedName(looseKey)) {
    return { problem: 'unknown field', right: { suggestion: `metadata.${looseMap}s['${looseKey}']` } };
  }
  const suggestion = nearest(text, [...fields, ...resources]) ?? byLastElement(text);
  if (suggestion !== undefined) return { problem: 'unknown field', right: { suggestion } };
  const offered = fields.filter((field) => [offeredAs, 'both'].includes(fieldAvailability[field] ?? 'both'));
  const known = alternatives([...offered, "metadata.labels['app']", "metadata.annotations['key']"]);
  return { problem: 'unknown field', right: { known: `known are ${known}` } };
}

/** `podIP`, `spec.podIP` and `pod.nodename` are fields that lack, or mistake, what comes before the last dot. */
function byLastElement(text: string): string | undefined {
  const last = text.slice(text.lastIndexOf('.') + 1).toLowerCase();
  return fields.find((field) => field.slice(field.lastIndexOf('.') + 1).toLowerCase() === last);
}

/** Source: kubernetes/kubernetes staging/src/k8s.io/apimachinery/pkg/util/validation/validation.go, IsQualifiedName */
function isQualifiedName(key: string): boolean {
  const slash = key.indexOf('/');
  const name = key.slice(slash + 1);
  if (name.length > maxQualifiedName || !qualifiedName.test(name)) return false;
  if (slash < 0) return true;
  const subdomain = key.slice(0, slash);
  return subdomain.length <= maxSubdomain && subdomain.split('.').every((label) => dnsLabel.test(label));
}

function divisorValue(divisor: string | number | null | undefined): number | string {
  if (divisor === null || divisor === undefined) return 1;
  const value = parseQuantity(divisor);
  return value === undefined ? String(divisor) : value || 1;
}

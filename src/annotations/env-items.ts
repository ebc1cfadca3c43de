import type { FieldError } from '../field-error.ts';
import type { Findings } from '../findings.ts';
import { quote } from '../text.ts';
import { type DownwardSource, describeSource, formatDownwardSource } from './downward-source.ts';
import { itemError, parseItem, warnOfWholeCores } from './item.ts';
import { parseList } from './list.ts';

/** One variable that every target container is to have. */
export interface EnvIntent {
  readonly name: string;
  readonly source: EnvSource;
}

/** `otelResourceAttributes` is composed of other variables and of the container's own name. */
export type EnvSource = DownwardSource | { readonly kind: 'otelResourceAttributes' };

const field = (name: string, fieldPath: string): EnvIntent => ({ name, source: { kind: 'field', fieldPath } });
const resource = (name: string, source: string, divisor: string): EnvIntent => ({
  name,
  source: { kind: 'resource', resource: source, divisor },
});

const pod = [
  field('POD_NAME', 'metadata.name'),
  field('POD_NAMESPACE', 'metadata.namespace'),
  field('POD_UID', 'metadata.uid'),
  field('POD_IP', 'status.podIP'),
  field('SERVICE_ACCOUNT', 'spec.serviceAccountName'),
];
const node = [field('NODE_NAME', 'spec.nodeName'), field('HOST_IP', 'status.hostIP')];
const resources = [
  resource('CONTAINER_CPU_REQUEST_MILLICORES', 'requests.cpu', '1m'),
  resource('CONTAINER_CPU_LIMIT_MILLICORES', 'limits.cpu', '1m'),
  resource('CONTAINER_MEMORY_REQUEST_KIBIBYTES', 'requests.memory', '1Ki'),
  resource('CONTAINER_MEMORY_LIMIT_KIBIBYTES', 'limits.memory', '1Ki'),
];
const topology = [
  field('NODE_ZONE', "metadata.labels['topology.kubernetes.io/zone']"),
  field('NODE_REGION', "metadata.labels['topology.kubernetes.io/region']"),
];

/**
 * The attributes of OTEL_RESOURCE_ATTRIBUTES that come from variables, in order. These have names that mean nothing else,
 * where POD_NAME or NODE_NAME may be the application's own: the OpenTelemetry operator's, and one in their manner.
 * Source: https://opentelemetry.io/docs/specs/semconv/resource/k8s/
 */
export const otelAttributes = [
  { attribute: 'k8s.pod.name', variable: 'OTEL_RESOURCE_ATTRIBUTES_POD_NAME', fieldPath: 'metadata.name' },
  { attribute: 'k8s.pod.uid', variable: 'OTEL_RESOURCE_ATTRIBUTES_POD_UID', fieldPath: 'metadata.uid' },
  {
    attribute: 'k8s.namespace.name',
    variable: 'OTEL_RESOURCE_ATTRIBUTES_POD_NAMESPACE',
    fieldPath: 'metadata.namespace',
  },
  { attribute: 'k8s.node.name', variable: 'OTEL_RESOURCE_ATTRIBUTES_NODE_NAME', fieldPath: 'spec.nodeName' },
] as const;

/** The groups of `env` and the variables that each stands for, in order. */
export const envGroups: Readonly<Record<string, readonly EnvIntent[]>> = {
  pod,
  node,
  resources,
  topology,
  otel: [
    ...otelAttributes.map(({ variable, fieldPath }) => field(variable, fieldPath)),
    { name: 'OTEL_RESOURCE_ATTRIBUTES', source: { kind: 'otelResourceAttributes' } },
  ],
  true: [...pod, ...node, ...resources],
};
const groupNames = Object.keys(envGroups);
const named = Object.values(envGroups).flat();

const envName = /^[-._a-zA-Z][-._a-zA-Z0-9]*$/; // the grammar that every Kubernetes version takes

/** Reads the annotation `env`, in the order asked. An item that is wrong gives an error and no variable. */
export function parseEnvItems(value: string, findings: Findings): readonly EnvIntent[] {
  return parseList('env', value, findings).flatMap((item) => {
    const group = Object.hasOwn(envGroups, item) ? envGroups[item] : undefined;
    if (group !== undefined) return group;
    const parsed = parseEnvItem(item, findings);
    if ('source' in parsed) return [parsed];
    findings.errors.push(parsed);
    return [];
  });
}

function parseEnvItem(item: string, findings: Findings): EnvIntent | FieldError {
  const parsed = parseItem('env', item, groupNames);
  if (!('source' in parsed)) return parsed;
  const { name, source } = parsed;
  if (name === undefined) {
    return (
      named.find((candidate) => isDefaultOf(candidate, source)) ??
      itemError(
        'env',
        item,
        `it needs a NAME; write ${quote(`${suggestName(source)}=${formatDownwardSource(source)}`)}`,
      )
    );
  }
  if (!envName.test(name) || name === '.' || name.startsWith('..')) {
    return itemError(
      'env',
      item,
      `${quote(name)} is no name of a variable: letters, digits, "_", "-" and ".", and no digit first; write ${quote(`${repairName(name)}=${formatDownwardSource(source)}`)}`,
    );
  }
  warnOfWholeCores('env', item, source, findings);
  return { name, source };
}

/** Whether a bare source means this variable of a group: the same field, or the same resource with its divisor or none. */
function isDefaultOf(candidate: EnvIntent, source: DownwardSource): boolean {
  if (candidate.source.kind === 'field')
    return source.kind === 'field' && candidate.source.fieldPath === source.fieldPath;
  if (candidate.source.kind !== 'resource' || source.kind !== 'resource') return false;
  return (
    candidate.source.resource === source.resource &&
    (source.divisor === undefined || source.divisor === candidate.source.divisor)
  );
}

function suggestName(source: DownwardSource): string {
  const words = describeSource(source).replace(/.*\//, '');
  return repairName(
    words
      .replace(/([a-z])([A-Z])/g, '$1_$2')
      .replace(/[^a-zA-Z0-9]+/g, '_')
      .toUpperCase(),
  );
}

/** The nearest name that a variable can have. */
function repairName(name: string): string {
  const repaired = name.replace(/^\.+/, '').replace(/[^-.\w]/g, '_');
  return /^(?:\d|$)/.test(repaired) ? `_${repaired}` : repaired;
}

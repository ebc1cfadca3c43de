import type { DownwardSource } from '../../annotations/downward-source.ts';
import type { EnvSource } from '../../annotations/env-source.ts';
import { type ItemReading, parseItem } from '../../annotations/named-source.ts';

/** A variable that every target container gets. */
export interface EnvIntent {
  readonly name: string;
  readonly source: EnvSource;
  /** The annotation that requests it; absent if it is `env`. */
  readonly annotation?: 'ambassador-kubeconfig';
  /** The profile that requests it; absent if the pod itself does. */
  readonly profile?: string;
}

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
 * The attributes of OTEL_RESOURCE_ATTRIBUTES that come from variables, in order. The variables are named as in the OpenTelemetry
 * operator, with one more in the same style, because POD_NAME or NODE_NAME might be variables of the application.
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

/** The groups of `env`, each with its variables in order. */
export const envGroups: Readonly<Record<string, readonly EnvIntent[]>> = {
  pod,
  node,
  resources,
  topology,
  otel: [
    ...otelAttributes.map(({ variable, fieldPath }) => field(variable, fieldPath)),
    { name: 'OTEL_RESOURCE_ATTRIBUTES', source: { kind: 'otel-resource-attributes', readsLabels: false } },
  ],
  true: [...pod, ...node, ...resources],
};
const groupNames = Object.keys(envGroups);
const groupVariables = Object.values(envGroups).flat();

const envName = /^[-._a-zA-Z][-._a-zA-Z0-9]*$/; // the grammar that every version of Kubernetes accepts

/** Parses an item of the annotation `env`. */
export function readEnvItem(item: string): ItemReading<EnvIntent> {
  const group = Object.hasOwn(envGroups, item) ? envGroups[item] : undefined;
  if (group !== undefined) return { kind: 'intents', intents: group };
  const parsed = parseItem('env', item, groupNames);
  if (parsed.kind === 'group') return { kind: 'intents', intents: envGroups[parsed.group] ?? [] };
  if (parsed.kind !== 'source') return parsed;
  const { name, source } = parsed;
  if (name === undefined) {
    const intent = groupVariables.find((candidate) => isDefaultOf(candidate, source));
    return intent === undefined ? { kind: 'name-needed' } : { kind: 'intents', intents: [intent] };
  }
  if (!envName.test(name) || name === '.' || name.startsWith('..')) {
    const problem = 'must consist of letters, digits, "_", "-", and ".", and must not start with a digit or ".."';
    return { kind: 'name-wrong', problem };
  }
  return { kind: 'intents', intents: [{ name, source }] };
}

/** Returns the source of the variable that has this name in a group, or the group if the variable has no source. */
export function sourceOfVariable(name: string): string | undefined {
  const source = groupVariables.find((variable) => variable.name === name)?.source;
  if (source === undefined || source.kind === 'field') return source?.fieldPath;
  return source.kind === 'resource' ? source.resource : 'otel';
}

/** Reports whether a source without a name means this variable of a group: the same field, or the same resource and divisor. */
function isDefaultOf(candidate: EnvIntent, source: DownwardSource): boolean {
  if (candidate.source.kind === 'field')
    return source.kind === 'field' && candidate.source.fieldPath === source.fieldPath;
  if (candidate.source.kind !== 'resource' || source.kind !== 'resource') return false;
  return (
    candidate.source.resource === source.resource &&
    (source.divisor === undefined || source.divisor === candidate.source.divisor)
  );
}

/** Returns a valid name for a variable, as close as possible to the given one. */
export function repairName(name: string): string {
  const repaired = name.replace(/^\.+/, '').replace(/[^-.\w]/g, '_');
  return /^(?:\d|$)/.test(repaired) ? `_${repaired}` : repaired;
}

/** Returns a name for a variable whose source is in no group. */
export function suggestName(description: string): string {
  return repairName(
    description
      .replace(/.*\//, '')
      .replace(/([a-z])([A-Z])/g, '$1_$2')
      .replace(/[^a-zA-Z0-9]+/g, '_')
      .toUpperCase(),
  );
}

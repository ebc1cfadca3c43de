import type { AdmissionSource, EnvSource } from '../../annotations/env-source.ts';
import { formatEnvSource, parseEnvSource } from '../../annotations/env-source-syntax.ts';
import { groupWithName, type ItemReading, type ParsedGroup, parseItem } from '../../annotations/named-source.ts';

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
const admission = (name: string, source: AdmissionSource['source']): EnvIntent => ({
  name,
  source: { kind: 'admission', source },
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
const workload = [
  admission('WORKLOAD_KIND', 'workload.kind'),
  admission('WORKLOAD_NAME', 'workload.name'),
  admission('CONTAINER_NAME', 'container.name'),
];
const index = [field('POD_INDEX', "metadata.labels['apps.kubernetes.io/pod-index']")];
/** Variables that are in no group, although their sources have default names. */
const ungrouped = [
  admission('CONTAINER_IMAGE', 'container.image'),
  admission('CONTAINER_IMAGE_TAG', 'container.image.tag'),
  admission('CLUSTER_NAME', 'cluster.name'),
  admission('AMBASSADOR_URL', 'ambassador.url'),
];
const topology = [
  field('NODE_ZONE', "metadata.labels['topology.kubernetes.io/zone']"),
  field('NODE_REGION', "metadata.labels['topology.kubernetes.io/region']"),
];

/**
 * The attributes of OTEL_RESOURCE_ATTRIBUTES that come from variables, in order. The variables are named as in the OpenTelemetry
 * operator, because POD_NAME or NODE_NAME might be variables of the application.
 * Source: https://opentelemetry.io/docs/specs/semconv/resource/k8s/
 */
export const otelVariables = [
  { attribute: 'k8s.pod.name', variable: 'OTEL_RESOURCE_ATTRIBUTES_POD_NAME', fieldPath: 'metadata.name' },
  { attribute: 'k8s.pod.uid', variable: 'OTEL_RESOURCE_ATTRIBUTES_POD_UID', fieldPath: 'metadata.uid' },
  { attribute: 'k8s.node.name', variable: 'OTEL_RESOURCE_ATTRIBUTES_NODE_NAME', fieldPath: 'spec.nodeName' },
] as const;

const otelComponents = otelVariables.map(({ variable, fieldPath }) => field(variable, fieldPath));
const otel = (readsLabels: boolean): readonly EnvIntent[] => [
  ...otelComponents,
  { name: 'OTEL_SERVICE_NAME', source: { kind: 'otel-service-name', readsLabels } },
  { name: 'OTEL_RESOURCE_ATTRIBUTES', source: { kind: 'otel-resource-attributes', readsLabels } },
];

/** The groups of `env`, each with its variables in order. */
export const envGroups: Readonly<Record<string, readonly EnvIntent[]>> = {
  pod,
  node,
  resources,
  workload,
  index,
  topology,
  otel: otel(false),
  'otel-labels': otel(true),
  true: [...pod, ...node, ...resources],
};
const groupNames = Object.keys(envGroups);
/** Every variable that a source means without a NAME. */
export const namedVariables: readonly EnvIntent[] = [...Object.values(envGroups).flat(), ...ungrouped];
/** The groups that take a NAME: that of the variable that is composed of the others. */
export const groupsWithName = groupNames.filter((group) => envGroups[group]?.some(isComposed));

function isComposed({ source }: EnvIntent): boolean {
  return source.kind === 'otel-resource-attributes';
}

const envName = /^[-._a-zA-Z][-._a-zA-Z0-9]*$/; // the grammar that every version of Kubernetes accepts

/** Parses an item of the annotation `env`. */
export function readEnvItem(item: string): ItemReading<EnvIntent> {
  const group = Object.hasOwn(envGroups, item) ? envGroups[item] : undefined;
  if (group !== undefined) return { kind: 'intents', intents: group };
  const parsed = parseItem('env', item, groupNames, parseEnvSource);
  if (parsed.kind === 'group') return readGroup(parsed);
  if (parsed.kind !== 'source') return parsed;
  const { name, source } = parsed;
  if (name !== undefined) return named(name, [{ name, source }]);
  const intent = namedVariables.find((candidate) => isDefaultOf(candidate, source));
  return intent === undefined ? { kind: 'name-needed' } : { kind: 'intents', intents: [withOption(intent, source)] };
}

function readGroup(parsed: ParsedGroup): ItemReading<EnvIntent> {
  const { group, name } = parsed;
  const variables = envGroups[group] ?? [];
  if (name === undefined) return { kind: 'intents', intents: variables };
  if (!groupsWithName.includes(group)) return groupWithName(parsed);
  return named(
    name,
    variables.map((variable) => (isComposed(variable) ? { ...variable, name } : variable)),
  );
}

/** Returns the intents if Kubernetes accepts the name. */
function named(name: string, intents: readonly EnvIntent[]): ItemReading<EnvIntent> {
  if (envName.test(name) && name !== '.' && !name.startsWith('..')) return { kind: 'intents', intents };
  const problem = 'must consist of letters, digits, "_", "-", and ".", and must not start with a digit or ".."';
  return { kind: 'name-wrong', problem };
}

/** Returns the source of the variable that has this name in a group, or the group if the variable has no source. */
export function sourceOfVariable(name: string): string | undefined {
  const source = namedVariables.find((variable) => variable.name === name)?.source;
  return source?.kind === 'resource' ? source.resource : source && formatEnvSource(source);
}

/** Reports whether a source without a name means this variable: the same field, or the same resource and divisor. */
function isDefaultOf({ source: own }: EnvIntent, source: EnvSource): boolean {
  if (own.kind === 'field') return source.kind === 'field' && own.fieldPath === source.fieldPath;
  if (own.kind === 'admission') return source.kind === 'admission' && own.source === source.source;
  if (own.kind !== 'resource' || source.kind !== 'resource') return false;
  return own.resource === source.resource && (source.divisor === undefined || source.divisor === own.divisor);
}

/** Returns the variable of a group, left out where the pod lacks the key if the source says so. */
function withOption(intent: EnvIntent, source: EnvSource): EnvIntent {
  return source.kind === 'field' && source.isOptional ? { ...intent, source } : intent;
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

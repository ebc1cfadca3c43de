import { formatDownwardSource, sameDivisor } from '../annotations/downward-source.ts';
import { type EnvIntent, type EnvSource, otelAttributes } from '../annotations/env-items.ts';
import { annotationField } from '../annotations/keys.ts';
import type { InjectionStatus } from '../annotations/status.ts';
import { type Findings, warn } from '../findings.ts';
import type { Container, ContainerPlace, EnvVar } from '../kubernetes/pod.ts';
import { quote } from '../text.ts';

/** Variables to add to one container. */
export interface EnvAddition {
  readonly place: ContainerPlace;
  /** Each with its index in the container's `env` at the time when the ones before it are in. */
  readonly variables: readonly { readonly index: number; readonly variable: EnvVar }[];
}

/**
 * Decides which variables each target container gets. They go in front of its own, so that `$(POD_NAME)` works in
 * these, in its command and its args; what it already has is not added.
 */
export function planEnv(
  targets: readonly ContainerPlace[],
  asked: readonly EnvIntent[],
  status: InjectionStatus,
  findings: Findings,
): readonly EnvAddition[] {
  const intents = withoutRepeats(asked, findings);
  return targets
    .map((place) => planContainer(place, intents, status.env.get(place.container.name) ?? [], findings))
    .filter(({ variables }) => variables.length > 0);
}

/** Each NAME once. One NAME with two sources is an error. */
function withoutRepeats(asked: readonly EnvIntent[], findings: Findings): readonly EnvIntent[] {
  const byName = new Map<string, EnvIntent>();
  const reported = new Set<string>();
  for (const intent of asked) {
    const earlier = byName.get(intent.name);
    if (earlier === undefined) {
      byName.set(intent.name, intent);
    } else if (!sameEnvSource(earlier.source, intent.source) && !reported.has(intent.name)) {
      reported.add(intent.name);
      const both = `${formatEnvSource(earlier.source)} and as ${formatEnvSource(intent.source)}`;
      const detail = `it is asked for as ${both}; give one of them another NAME`;
      findings.errors.push({ field: annotationField('env'), kind: 'Duplicate', value: intent.name, detail });
    }
  }
  return [...byName.values()];
}

function formatEnvSource(source: EnvSource): string {
  return quote(source.kind === 'otelResourceAttributes' ? 'otel' : formatDownwardSource(source));
}

function planContainer(
  place: ContainerPlace,
  intents: readonly EnvIntent[],
  injected: readonly string[],
  findings: Findings,
): EnvAddition {
  const { container } = place;
  const own = new Map((container.env ?? []).map((variable, index) => [variable.name, { variable, index }]));
  const kept: string[] = [];
  const front: EnvVar[] = [];
  const behind: { after: number; variable: EnvVar }[] = [];
  for (const { name, source } of intents) {
    const variable = envVar(name, source, container);
    const existing = own.get(name);
    if (existing !== undefined) {
      if (!injected.includes(name) && !sameVariable(existing.variable, variable, container)) kept.push(name);
      continue;
    }
    const after = source.kind === 'otelResourceAttributes' ? lastIndexOfItsVariables(own) : undefined;
    if (after === undefined) front.push(variable);
    else behind.push({ after, variable });
  }
  if (kept.length > 0) {
    const detail = `container ${quote(container.name)} keeps its own ${kept.join(', ')}, with another value`;
    warn(findings, 'env-kept', 'env', detail);
  }
  return {
    place,
    variables: [
      ...front.map((variable, index) => ({ index, variable })),
      ...behind.map(({ after, variable }) => ({ index: front.length + after + 1, variable })),
    ],
  };
}

function envVar(name: string, source: EnvSource, container: Container): EnvVar {
  switch (source.kind) {
    case 'field':
      return { name, valueFrom: { fieldRef: { fieldPath: source.fieldPath } } };
    case 'resource':
      return { name, valueFrom: { resourceFieldRef: { resource: source.resource, divisor: source.divisor ?? '1' } } };
    case 'otelResourceAttributes':
      return { name, value: otelResourceAttributes(container.name) };
    default:
      return source satisfies never;
  }
}

function otelResourceAttributes(containerName: string): string {
  const fromVariables = otelAttributes.map(({ attribute, variable }) => `${attribute}=$(${variable})`);
  return [...fromVariables, `k8s.container.name=${containerName}`].join(',');
}

/** `$(VAR)` resolves against earlier variables only: the index of the last one that the container itself has. */
function lastIndexOfItsVariables(own: ReadonlyMap<string, { readonly index: number }>): number | undefined {
  const indexes = otelAttributes.flatMap(({ variable }) => own.get(variable)?.index ?? []);
  return indexes.length > 0 ? Math.max(...indexes) : undefined;
}

function sameEnvSource(one: EnvSource, other: EnvSource): boolean {
  if (one.kind === 'field' && other.kind === 'field') return one.fieldPath === other.fieldPath;
  if (one.kind === 'resource' && other.kind === 'resource') {
    return one.resource === other.resource && sameDivisor(one.divisor, other.divisor);
  }
  return one.kind === other.kind;
}

/** Whether a variable of the container's own gives what ours would, after the server's defaults or before them. */
function sameVariable(own: EnvVar, ours: EnvVar, container: Container): boolean {
  if (ours.value !== undefined) return own.value === ours.value;
  const { fieldRef: ownField, resourceFieldRef: ownResource } = own.valueFrom ?? {};
  const { fieldRef, resourceFieldRef } = ours.valueFrom ?? {};
  if (fieldRef) return ownField?.fieldPath === fieldRef.fieldPath;
  if (!resourceFieldRef || !ownResource) return false;
  return (
    ownResource.resource === resourceFieldRef.resource &&
    (ownResource.containerName || container.name) === container.name &&
    sameDivisor(ownResource.divisor, resourceFieldRef.divisor)
  );
}

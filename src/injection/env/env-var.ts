import { type DownwardSource, sameDivisor } from '../../annotations/downward-source.ts';
import { constant } from '../../json/json-patch.ts';
import type { Container, EnvVar } from '../../kubernetes/pod.ts';
import { type EnvIntent, envGroups, otelAttributes } from './env-items.ts';

/**
 * Returns the variable that a container of that name gets. If it is composed of others, the attributes of those in `foreign`,
 * which have another meaning in the container, are omitted.
 */
export function envVar(intent: EnvIntent, containerName: string, foreign: readonly string[]): EnvVar {
  const { name, source } = intent;
  switch (source.kind) {
    case 'field':
    case 'resource':
      return groupVariables.get(intent) ?? downwardVariable(name, source);
    case 'text':
      return { name, value: source.text };
    default:
      return { name, value: otelResourceAttributes(containerName, foreign) };
  }
}

function downwardVariable(name: string, source: DownwardSource): EnvVar {
  switch (source.kind) {
    case 'field':
      return { name, valueFrom: { fieldRef: { fieldPath: source.fieldPath } } };
    case 'resource':
      return { name, valueFrom: { resourceFieldRef: { resource: source.resource, divisor: source.divisor ?? '1' } } };
    default:
      return source satisfies never;
  }
}

/** The variables of the groups, which most pods request. */
const groupVariables: ReadonlyMap<EnvIntent, EnvVar> = new Map(
  Object.values(envGroups)
    .flat()
    .flatMap((intent) =>
      intent.source.kind === 'field' || intent.source.kind === 'resource'
        ? [[intent, constant(downwardVariable(intent.name, intent.source))]]
        : [],
    ),
);

function otelResourceAttributes(containerName: string, foreign: readonly string[]): string {
  const fromVariables = otelAttributes
    .filter(({ variable }) => !foreign.includes(variable))
    .map(({ attribute, variable }) => `${attribute}=$(${variable})`);
  return [...fromVariables, `k8s.container.name=${containerName}`].join(',');
}

/** Reports whether the container's own variable has the value of ours, with or without the defaults of the API server. */
export function sameVariable(own: EnvVar, ours: EnvVar, container: Container): boolean {
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

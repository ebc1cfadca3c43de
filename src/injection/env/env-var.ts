import { type DownwardSource, type ResourceSource, sameDivisor } from '../../annotations/downward-source.ts';
import type { FractionSource, TextSource } from '../../annotations/env-source.ts';
import { imageVersion } from '../../kubernetes/image-reference.ts';
import type { Container, EnvVar } from '../../kubernetes/pod.ts';
import { hasKeyOf } from '../../kubernetes/pod-key.ts';
import { parseQuantity, percentOfQuantity } from '../../kubernetes/quantity.ts';
import type { EnvFacts } from './env-facts.ts';
import type { KnownSource, PodSource, ResolvedEnvIntent, ResolvedSource } from './resolved-env.ts';
import { escapeReferences } from './variable-references.ts';

/** The variable that a container gets, or why it gets none. */
export type PlannedVariable =
  | {
      readonly kind: 'variable';
      readonly variable: EnvVar;
      /** The attributes of OTEL_RESOURCE_ATTRIBUTES that are left out because they are too long; absent if there are none. */
      readonly tooLong?: readonly string[];
    }
  | { readonly kind: 'key-absent' | 'image-absent' | 'resource-absent' | 'workload-unnamed' | 'reference-left-out' };

/** Returns the variable that every container of every pod gets; undefined if it depends on the pod or the container. */
export function fixedVariable({ name, source }: ResolvedEnvIntent): EnvVar | undefined {
  switch (source.kind) {
    case 'field':
      return source.isOptional ? undefined : downwardVariable(name, source);
    case 'resource':
    case 'text':
    case 'known':
      return sameEverywhere(name, source);
    default:
      return undefined;
  }
}

/**
 * Plans the variable that a container gets. `isUsable` reports whether a variable of the container has the meaning of the one of
 * that name in the group `otel`.
 */
export function planVariable(
  intent: ResolvedEnvIntent,
  container: Container,
  facts: EnvFacts,
  isUsable: (variable: string) => boolean,
): PlannedVariable {
  const { name, source } = intent;
  switch (source.kind) {
    case 'field':
      if (source.isOptional && !hasKeyOf(facts.pod.metadata, source.fieldPath)) return { kind: 'key-absent' };
      return variable(downwardVariable(name, source));
    case 'resource':
    case 'text':
    case 'known':
      return variable(sameEverywhere(name, source));
    case 'fraction': {
      const value = fractionOf(source, container);
      return value === undefined ? { kind: 'resource-absent' } : variable({ name, value });
    }
    case 'admission':
      return admissionVariable(name, source.source, container, facts);
    case 'otel-service-name': {
      const { serviceName } = facts.otel(source.readsLabels);
      return serviceName === undefined ? workloadName(name, facts) : variable({ name, value: serviceName });
    }
    case 'otel-resource-attributes': {
      const { value, tooLong } = facts.otel(source.readsLabels).compose(container, isUsable);
      return { ...variable({ name, value }), ...(tooLong.length > 0 && { tooLong }) };
    }
    default:
      return source satisfies never;
  }
}

/** Reports whether the value of a source depends on the container. */
export function isOfContainer(source: ResolvedSource): boolean {
  if (source.kind === 'admission') return source.source.startsWith('container.');
  return source.kind === 'fraction' || source.kind === 'otel-resource-attributes';
}

function sameEverywhere(name: string, source: ResourceSource | TextSource | KnownSource): EnvVar {
  return source.kind === 'resource' ? downwardVariable(name, source) : { name, value: source.text };
}

function variable(one: EnvVar) {
  return { kind: 'variable', variable: one } as const;
}

function admissionVariable(
  name: string,
  source: PodSource['source'],
  { name: containerName, image }: Container,
  facts: EnvFacts,
): PlannedVariable {
  switch (source) {
    case 'container.name':
      return variable({ name, value: escapeReferences(containerName) });
    case 'container.image':
      return image ? variable({ name, value: escapeReferences(image) }) : { kind: 'image-absent' };
    case 'container.image.tag': {
      if (!image) return { kind: 'image-absent' };
      const { tag, digest } = imageVersion(image);
      return variable({ name, value: escapeReferences(tag ?? digest ?? 'latest') });
    }
    case 'workload.kind':
      return variable({ name, value: escapeReferences(facts.workload()?.kind ?? 'Pod') });
    case 'workload.name':
      return workloadName(name, facts);
    default:
      return source satisfies never;
  }
}

function workloadName(name: string, facts: EnvFacts): PlannedVariable {
  const workload = facts.workload();
  if (workload === undefined) return variable(downwardVariable(name, { kind: 'field', fieldPath: 'metadata.name' }));
  if (workload.name === undefined) return { kind: 'workload-unnamed' };
  return variable({ name, value: escapeReferences(workload.name) });
}

/**
 * Returns a share of the container's own request or limit; undefined if it has none. A request that is absent is the limit, as in
 * the API server. A limit of 0 is none.
 */
function fractionOf(
  { resource, percent, divisor = '1' }: FractionSource,
  { resources }: Container,
): string | undefined {
  const dot = resource.indexOf('.');
  const name = resource.slice(dot + 1);
  const limit = quantityOf(resources?.limits, name);
  const limitSet = limit !== undefined && parseQuantity(limit) !== 0 ? limit : undefined;
  const quantity = resource.slice(0, dot) === 'limits' ? limitSet : (quantityOf(resources?.requests, name) ?? limitSet);
  return quantity === undefined ? undefined : percentOfQuantity(quantity, percent, divisor);
}

function quantityOf(list: Readonly<Record<string, string | number>> | null | undefined, name: string) {
  return list && Object.hasOwn(list, name) ? list[name] : undefined;
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

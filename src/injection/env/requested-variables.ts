import { annotationField, annotationKey } from '../../annotations/annotation-keys.ts';
import { sameDivisor } from '../../annotations/downward-source.ts';
import type { EnvSource } from '../../annotations/env-source.ts';
import { formatEnvSource } from '../../annotations/env-source-syntax.ts';
import type { FieldError } from '../../diagnostics/field-error.ts';
import type { Findings } from '../../diagnostics/findings.ts';
import { quote, quoteItem } from '../../diagnostics/text.ts';
import type { ResolvedEnvIntent, ResolvedSource } from './resolved-env.ts';

/** The requested variables by name, in the order of the annotation. */
export type RequestedVariables = ReadonlyMap<string, ResolvedEnvIntent>;

/** Returns each requested variable once. A name with two sources is an error. */
export function withoutRepeats(requested: readonly ResolvedEnvIntent[], findings: Findings): RequestedVariables {
  const byName = new Map<string, ResolvedEnvIntent>();
  const reported = new Set<string>();
  for (const intent of requested) {
    const earlier = byName.get(intent.name);
    if (earlier === undefined) {
      byName.set(intent.name, intent);
    } else if (!sameEnvSource(earlier.source, intent.source) && !reported.has(intent.name)) {
      reported.add(intent.name);
      findings.errors.push(() => requestedTwice(earlier, intent));
    }
  }
  return byName;
}

function requestedTwice(earlier: ResolvedEnvIntent, later: ResolvedEnvIntent): FieldError {
  const both = `${formatRequest(earlier)} and as ${formatRequest(later)}`;
  const detail = `it is requested as ${both}; give one of them another NAME`;
  return { field: annotationField('env'), kind: 'Duplicate', value: later.name, detail };
}

function formatRequest({ source, profile, annotation }: ResolvedEnvIntent): string {
  const requester = profile === undefined ? annotation && annotationKey(annotation) : `profile ${quote(profile)}`;
  const whose = requester === undefined ? '' : ` of ${requester}`;
  return `${quoteItem(formatResolvedSource(source))}${whose}`;
}

function formatResolvedSource(source: ResolvedSource | EnvSource): string {
  return source.kind === 'known' ? source.source : formatEnvSource(source);
}

/** Reports whether two sources give a variable the same value, whatever the pod. */
export function sameEnvSource(one: ResolvedSource | EnvSource, other: ResolvedSource | EnvSource): boolean {
  if (one.kind === 'resource' && other.kind === 'resource')
    return (
      one.resource === other.resource && one.container === other.container && sameDivisor(one.divisor, other.divisor)
    );
  if (one.kind === 'fraction' && other.kind === 'fraction') {
    const isSameShare = one.resource === other.resource && one.percent === other.percent;
    return isSameShare && sameDivisor(one.divisor, other.divisor);
  }
  return one.kind === other.kind && formatResolvedSource(one) === formatResolvedSource(other);
}

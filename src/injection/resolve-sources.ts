import { annotationField, annotationKey } from '../annotations/annotation-keys.ts';
import type { FieldError } from '../diagnostics/field-error.ts';
import type { Findings } from '../diagnostics/findings.ts';
import type { EnvIntent } from './env/env-items.ts';
import { nameOfIntent, type ResolvedEnvIntent, type SourceOfSettings } from './env/resolved-env.ts';
import { escapeReferences } from './env/variable-references.ts';
import type { Intents } from './parse-annotations.ts';

/** Intents whose variables depend only on the pod and the container. */
export interface ResolvedIntents extends Omit<Intents, 'env'> {
  /** Undefined if the annotation is absent. */
  readonly env: readonly ResolvedEnvIntent[] | undefined;
}

/**
 * Replaces the sources that the settings and the other annotations determine: the name of the cluster, and the address of the
 * ambassador. Reports an error for one that has no value, and leaves out its variable.
 */
export function resolveSources(intents: Intents, clusterName: string | undefined, findings: Findings): ResolvedIntents {
  const port = intents.ambassador?.port;
  const texts: Readonly<Record<SourceOfSettings, string | undefined>> = {
    'cluster.name': clusterName === undefined ? undefined : escapeReferences(clusterName),
    'ambassador.url': port === undefined ? undefined : `http://127.0.0.1:${port}`,
  };
  const resolve = (intent: EnvIntent): readonly ResolvedEnvIntent[] => {
    const { source } = intent;
    if (source.kind !== 'admission') return [intent as ResolvedEnvIntent]; // the same object, by which constants are found
    const known = source.source;
    if (known !== 'cluster.name' && known !== 'ambassador.url') return [intent as ResolvedEnvIntent];
    const text = texts[known];
    if (text !== undefined) return [{ ...intent, source: { kind: 'known', source: known, text } }];
    findings.errors.push(() => unresolved(intent, known));
    return [];
  };
  return { ...intents, env: intents.env?.flatMap(resolve) };
}

function unresolved(intent: EnvIntent, source: SourceOfSettings): FieldError {
  const whose = intent.profile === undefined ? '' : `${nameOfIntent(intent)}: `;
  const problem =
    source === 'cluster.name'
      ? 'the settings of Downlink have no name of the cluster; set clusterName, also as a value of the chart'
      : `the pod has no ambassador; set ${annotationKey('ambassador')} to "true"`;
  return { field: annotationField('env'), kind: 'Invalid', value: source, detail: `${whose}${problem}` };
}

import { annotationKey, annotationPrefix } from '../annotations/annotation-keys.ts';
import { volumeName } from '../annotations/injected-names.ts';
import { statusOf } from '../annotations/injection-status.ts';
import type { Collector } from '../diagnostics/findings.ts';
import { nearest, quote } from '../diagnostics/text.ts';
import { objectAt } from '../json/json-value.ts';
import type { DecodedPod } from '../kubernetes/decode-pod.ts';
import { isSetLater, type SubscriptedField, subscriptOf } from '../kubernetes/keys-set-later.ts';
import { containersOf } from '../kubernetes/pod.ts';
import type { Hint } from './manifest-finding.ts';

/** Who may add labels and annotations to a pod after it was written. */
export interface PodWriter {
  /** Whether the pod is a template, whose pods have a controller. */
  readonly isTemplate: boolean;
  /** Whether it is the template of a custom resource, whose controller may set any key. */
  readonly isCustom: boolean;
}

/** A variable or file of Downlink that shows a field. */
interface FieldUse {
  readonly kind: 'variable' | 'file';
  readonly name: string;
  readonly fieldPath: string;
}

/**
 * Reports variables and files of an injected pod that will be empty, because the pod has no such label or annotation and nothing
 * is known to set it later. For a custom resource, only keys that are probably misspelled count.
 */
export function hintAtEmptySources(pod: DecodedPod, writer: PodWriter, hints: Collector<Hint>): void {
  const annotations = objectAt(pod, ['metadata', 'annotations']);
  const reported = new Set<string>();
  for (const { kind, name, fieldPath } of fieldUses(pod)) {
    const subscript = subscriptOf(fieldPath);
    const field = requestedIn(annotations, kind, fieldPath);
    if (subscript === undefined || field === undefined || reported.has(field + fieldPath)) continue;
    const { map, key } = subscript;
    const keys = objectAt(pod, ['metadata', map]);
    if (Object.hasOwn(keys, key) || isSetLater(map, key, writer.isTemplate)) continue;
    reported.add(field + fieldPath);
    const meant = nearest(key, Object.keys(keys));
    if (writer.isCustom && meant === undefined) continue;
    hints.push(() => ({
      code: 'empty-source',
      field,
      detail: `${quote(name)} will be empty: ${problemOf(subscript, writer)}; ${adviceFor(kind, fieldPath, subscript, meant)}`,
      value: fieldPath,
    }));
  }
}

function problemOf({ map, key }: SubscriptedField, { isTemplate }: PodWriter): string {
  return `the ${isTemplate ? 'pod template' : 'pod'} has no ${map === 'labels' ? 'label' : 'annotation'} ${quote(key)}`;
}

function adviceFor(
  kind: FieldUse['kind'],
  fieldPath: string,
  { map }: SubscriptedField,
  meant: string | undefined,
): string {
  if (meant !== undefined) return `did you mean metadata.${map}['${meant}']?`;
  return kind === 'file' ? 'add it' : `add it, or write ${quote(`${fieldPath}?`)} to omit the variable`;
}

/** Returns the variables and files of Downlink that show a field of the pod, by their order in the pod. */
function fieldUses(pod: DecodedPod): readonly FieldUse[] {
  const { spec } = pod;
  const status = statusOf(pod);
  const variables = containersOf(spec).flatMap(({ name: container, env }) => {
    const ours = status.env.get(container);
    return (env ?? []).flatMap(({ name, valueFrom }): readonly FieldUse[] => {
      const fieldPath = valueFrom?.fieldRef?.fieldPath;
      return fieldPath !== undefined && ours?.has(name) ? [{ kind: 'variable', name, fieldPath }] : [];
    });
  });
  const volume = (spec.volumes ?? []).find(({ name }) => name === volumeName && status.volumes.has(name));
  const files = (volume?.downwardAPI?.items ?? []).flatMap(({ path, fieldRef }): readonly FieldUse[] =>
    fieldRef ? [{ kind: 'file', name: path, fieldPath: fieldRef.fieldPath }] : [],
  );
  return [...variables, ...files];
}

/**
 * Returns the field that requests a source: the annotation that contains it or, if a profile may have it, the one that names the
 * profile. Undefined for a source that no longer has an annotation, and for those of a group.
 */
function requestedIn(
  annotations: Readonly<Record<string, unknown>>,
  kind: FieldUse['kind'],
  fieldPath: string,
): string | undefined {
  const key = annotationKey(kind === 'variable' ? 'env' : 'volume');
  if (String(annotations[key]).includes(fieldPath)) return `metadata.annotations[${key}]`;
  const profile = `${annotationPrefix}profile`;
  return Object.hasOwn(annotations, profile) ? `metadata.annotations[${profile}]` : undefined;
}

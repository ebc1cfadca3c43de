import { objectAt } from '../json/json-value.ts';
import { isSetLater, type SubscriptedField, subscriptOf } from '../kubernetes/keys-set-later.ts';
import type { ExplainedPod, ExplainedSource } from './explain-source.ts';
import { nonEmptyText } from './manifest-objects.ts';

type ExplainedField = Pick<ExplainedSource, 'source' | 'value'>;

/** Returns the source and value of a field of the pod, as far as the manifest determines the value. */
export function explainField(fieldPath: string, explained: ExplainedPod): ExplainedField {
  const subscript = subscriptOf(fieldPath);
  return subscript === undefined
    ? { source: fieldPath, value: fieldValue(fieldPath, explained) }
    : explainKey(subscript, explained);
}

function fieldValue(fieldPath: string, { pod, isTemplate, namespace }: ExplainedPod): string | undefined {
  switch (fieldPath) {
    case 'metadata.name':
      return isTemplate ? undefined : nonEmptyText(pod, ['metadata', 'name']);
    case 'metadata.namespace':
      return namespace;
    case 'spec.serviceAccountName':
      // serviceAccount is its deprecated name, and the API server sets `default` if both are absent
      return (
        nonEmptyText(pod, ['spec', 'serviceAccountName']) ?? nonEmptyText(pod, ['spec', 'serviceAccount']) ?? 'default'
      );
    case 'spec.nodeName':
      return nonEmptyText(pod, ['spec', 'nodeName']);
    default:
      return undefined;
  }
}

/** Explains a label or annotation. A key that the pod does not have is empty, unless it is set later. */
function explainKey({ map, key }: SubscriptedField, { pod, isTemplate }: ExplainedPod): ExplainedField {
  const source = `metadata.${map}['${key}']`;
  const values = objectAt(pod, ['metadata', map]);
  const value = Object.hasOwn(values, key) ? values[key] : undefined;
  if (typeof value === 'string') return { source, value };
  return isSetLater(map, key, isTemplate)
    ? { source, value: undefined }
    : { source: `${source} (not set: empty)`, value: '' };
}

import { objectAt, valueAt } from '../json/json-value.ts';
import type { ExplainedPod, ExplainedSource } from './explain-source.ts';

type ExplainedField = Pick<ExplainedSource, 'source' | 'value'>;

/** Returns what a field of the pod is, as far as its manifest decides that. */
export function explainField(fieldPath: string, about: ExplainedPod): ExplainedField {
  const [, map, key = ''] = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(fieldPath) ?? [];
  return map === undefined ? { source: fieldPath, value: fieldOf(fieldPath, about) } : explainKey(map, key, about);
}

function fieldOf(fieldPath: string, { pod, isTemplate, namespace }: ExplainedPod): string | undefined {
  switch (fieldPath) {
    case 'metadata.name':
      return isTemplate ? undefined : textAt(pod, ['metadata', 'name']);
    case 'metadata.namespace':
      return namespace;
    case 'spec.serviceAccountName':
      // the second is its name of old, and `default` what the API server sets
      return textAt(pod, ['spec', 'serviceAccountName']) ?? textAt(pod, ['spec', 'serviceAccount']) ?? 'default';
    case 'spec.nodeName':
      return textAt(pod, ['spec', 'nodeName']);
    default:
      return undefined;
  }
}

/** A label or annotation; one that the pod does not have is empty, unless Kubernetes sets it. */
function explainKey(map: string, key: string, { pod, isTemplate }: ExplainedPod): ExplainedField {
  const source = `metadata.${map}['${key}']`;
  const values = objectAt(pod, ['metadata', map]);
  const value = Object.hasOwn(values, key) ? values[key] : undefined;
  if (typeof value === 'string') return { source, value };
  const isSet = ofTheNode.test(key) || (isTemplate && ofControllers.test(key));
  return isSet ? { source, value: undefined } : { source: `${source} (not set: empty)`, value: '' };
}

/** Labels that Kubernetes copies from the node to its pods, from 1.35 on. */
const ofTheNode = /^topology\.kubernetes\.io\//;
/**
 * What controllers set on the pods that they make.
 * Source: https://kubernetes.io/docs/reference/labels-annotations-taints/
 */
const ofControllers =
  /^(?:pod-template-hash|pod-template-generation|controller-revision-hash|controller-uid|job-name|(?:apps|batch|statefulset)\.kubernetes\.io\/.*)$/;

function textAt(pod: unknown, path: readonly string[]): string | undefined {
  const text = valueAt(pod, path);
  return typeof text === 'string' && text !== '' ? text : undefined;
}

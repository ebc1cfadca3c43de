import { annotationKey, annotationKeys, annotationPrefix } from '../annotations/annotation-keys.ts';

/** Why a pod is skipped. The reasons are also values of a metric label and of the log field `reason`. */
export type SkipReason =
  | 'not-a-pod'
  | 'not-create'
  | 'mirror-pod'
  | 'opted-out'
  | 'not-requested'
  | 'nothing-to-add'
  | 'invalid-let-through';

const mirrorAnnotation = 'kubernetes.io/config.mirror';
const requests = ['env', 'volume', 'ambassador', 'profile'] as const;

/**
 * Returns why a pod with these annotations is skipped before they are parsed; undefined if it is eligible.
 *
 * | mirror pod | inject: "false" | unknown key | anything requested        | result                                      |
 * | yes        | any             | any         | any                       | mirror-pod                                  |
 * | no         | yes             | any         | any                       | opted-out                                   |
 * | no         | no              | any         | yes                       | eligible                                    |
 * | no         | no              | yes         | no                        | eligible: the key may be a misspelled `env` |
 * | no         | no              | no          | no                        | not-requested                               |
 *
 * A pod requests something by an annotation, or by the profile of its namespace.
 */
export function ineligible(
  annotations: Readonly<Record<string, unknown>>,
  hasNamespaceProfile = false,
): SkipReason | undefined {
  if (Object.hasOwn(annotations, mirrorAnnotation)) return 'mirror-pod';
  if (own(annotations, annotationKey('inject')) === 'false') return 'opted-out';
  if (hasNamespaceProfile || requests.some((name) => Object.hasOwn(annotations, annotationKey(name)))) return undefined;
  const isUnknown = (key: string) =>
    key.startsWith(annotationPrefix) && !Object.hasOwn(annotationKeys, key.slice(annotationPrefix.length));
  return Object.keys(annotations).some(isUnknown) ? undefined : 'not-requested';
}

function own(annotations: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(annotations, key) ? annotations[key] : undefined;
}

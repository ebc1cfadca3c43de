import type { GeneratedAnnotation } from '../../annotations/annotation-keys.ts';
import { isObject } from '../../json/json-value.ts';
import type { DecodedPod } from '../../kubernetes/decode-pod.ts';
import { listAtTarget, type PodAddition } from './patch-target.ts';

/**
 * Returns the patch that makes the planned additions and sets the status annotation; an empty one if there are no
 * additions. A list that the pod lacks is added as a whole, and so are its annotations, so that no operation refers to what
 * another one adds.
 */
export function buildPatch(pod: DecodedPod, planned: readonly PodAddition[], status: string): readonly PodAddition[] {
  if (planned.length === 0) return [];
  const additions = joinLists(planned.filter((addition) => !setsAnnotation(addition))).map((addition): PodAddition => {
    if (addition.kind !== 'elements' || listAtTarget(pod.spec, addition.target)) return addition;
    return { kind: 'list', target: addition.target, values: addition.values };
  });
  const set = { kind: 'field', target: { kind: 'annotation', name: 'status' }, value: status } as const;
  return [...additions, ...annotationsOf(pod, [...planned.filter(setsAnnotation), set])];
}

type AnnotationAddition = Extract<PodAddition, { readonly kind: 'field' }> & {
  readonly target: { readonly kind: 'annotation'; readonly name: GeneratedAnnotation };
};

function setsAnnotation(addition: PodAddition): addition is AnnotationAddition {
  return addition.kind === 'field' && addition.target.kind === 'annotation';
}

/** Returns the additions of annotations; a single one, of all of them, if the pod has no annotations yet. */
function annotationsOf({ metadata }: DecodedPod, fields: readonly AnnotationAddition[]): readonly PodAddition[] {
  if (isObject(metadata?.annotations)) return fields;
  const values = Object.fromEntries(fields.map(({ target, value }) => [target.name, value]));
  return [{ kind: 'annotations', target: { kind: isObject(metadata) ? 'annotations' : 'metadata' }, values }];
}

/**
 * Joins the volumes of all parts, and their mounts in the same container, so that a pod without such a list gets a single
 * one. The order of the others does not change.
 */
function joinLists(planned: readonly PodAddition[]): PodAddition[] {
  const joined: PodAddition[] = [];
  const indexes = new Map<string, number>();
  for (const addition of planned) {
    const key = joinKey(addition);
    const index = key === undefined ? undefined : indexes.get(key);
    const earlier = index === undefined ? undefined : joined[index];
    if (index !== undefined && earlier?.kind === 'elements' && addition.kind === 'elements') {
      joined[index] = { ...earlier, values: [...earlier.values, ...addition.values] };
      continue;
    }
    if (key !== undefined) indexes.set(key, joined.length);
    joined.push(addition);
  }
  return joined;
}

/** Returns what two additions that extend the same list at its end have in common; undefined for any other addition. */
function joinKey(addition: PodAddition): string | undefined {
  if (addition.kind !== 'elements' || addition.at !== 'end') return undefined;
  const { target } = addition;
  if (target.kind === 'volumes') return target.kind;
  const isMount = target.kind === 'container-member' && target.member === 'volumeMounts';
  return isMount ? `${target.list} ${target.index}` : undefined;
}

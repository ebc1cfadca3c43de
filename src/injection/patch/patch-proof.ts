import { isObject } from '../../json/json-value.ts';
import type { DecodedPod } from '../../kubernetes/decode-pod.ts';
import { type Container, containersOf, type PodSpec } from '../../kubernetes/pod.ts';
import { type FieldTarget, type ListTarget, listAtTarget, type PodAddition } from './patch-target.ts';

/**
 * Proves, without applying the additions, that they apply to the pod and that none of them duplicates a name in it. True is a
 * proof. False means only that there is no proof, as for everything that is not in this table:
 *
 * | target                               | what is proved                                                              |
 * |--------------------------------------|-----------------------------------------------------------------------------|
 * | `env`, `volumeMounts` of a container | the container exists and has the list and the index; the names are new in it |
 * | the same, as a whole list            | the container exists without the list; each name is in the new one once     |
 * | volumes, imagePullSecrets            | the same two                                                                |
 * | containers, init containers          | the same two, for one container whose name is new in both lists             |
 * | restartPolicy of an init container   | the container exists and has none; the value is `Always`                    |
 * | annotation                           | the pod has annotations                                                     |
 * | annotations, or metadata with them   | the pod has none; each value is a string                                    |
 *
 * Each list is extended only once, each annotation is set once, and nothing is added to a container after another container has been added. So the given pod
 * shows what a list contains when an addition is made.
 */
export function provesFine(pod: DecodedPod, additions: readonly PodAddition[]): boolean {
  const extended: Extended = { env: new Set(), volumeMounts: new Set(), others: new Set(), containers: false };
  return additions.every((addition) => {
    if (addition.kind === 'field') return isFieldFine(pod, addition.target, addition.value, extended);
    if (addition.kind === 'annotations') return areAnnotationsFine(pod, addition, extended);
    return isListFine(pod.spec, addition, extended);
  });
}

/** The lists that earlier additions extend. */
interface Extended {
  /** The containers whose variables they extend. */
  readonly env: Set<Container>;
  readonly volumeMounts: Set<Container>;
  /** The other places of the pod that they extend or set. */
  readonly others: Set<string>;
  containers: boolean;
}

type ListAddition = Extract<PodAddition, { readonly kind: 'elements' | 'list' }>;
type AnnotationsAddition = Extract<PodAddition, { readonly kind: 'annotations' }>;
type Key = (element: { readonly name?: unknown; readonly mountPath?: unknown }) => unknown;

const nameOf: Key = ({ name }) => name;
const mountPathOf: Key = ({ mountPath }) => mountPath;

function isFieldFine({ spec, metadata }: DecodedPod, target: FieldTarget, value: string, extended: Extended): boolean {
  switch (target.kind) {
    case 'annotation':
      return (
        isFirst(`annotation ${target.name}`, extended) && isObject(metadata?.annotations) && typeof value === 'string'
      );
    case 'restart-policy': {
      const container = spec.initContainers?.[target.index];
      const isUnset = container !== undefined && (container.restartPolicy ?? undefined) === undefined;
      return isUnset && value === 'Always' && !extended.containers;
    }
    default:
      return target satisfies never;
  }
}

/** Reports whether the pod has no annotations, or for metadata not even that, and all values are strings. */
function areAnnotationsFine(
  { metadata }: DecodedPod,
  { target, values }: AnnotationsAddition,
  extended: Extended,
): boolean {
  const isMissing =
    target.kind === 'metadata'
      ? (metadata ?? undefined) === undefined
      : isObject(metadata) && (metadata['annotations'] ?? undefined) === undefined;
  const areTexts = Object.values(values).every((value) => typeof value === 'string');
  return isMissing && areTexts && isFirst('annotations', extended);
}

/** Reports whether no earlier addition extends or sets this place, and remembers that this one does. */
function isFirst(place: string, { others }: Extended): boolean {
  if (others.has(place)) return false;
  others.add(place);
  return true;
}

function isListFine(spec: PodSpec, addition: ListAddition, extended: Extended): boolean {
  const { target, values } = addition;
  if (!fits(listAtTarget(spec, target), addition)) return false;
  switch (target.kind) {
    case 'volumes':
      return isFirst(target.kind, extended) && areNew(spec.volumes, values, nameOf);
    case 'image-pull-secrets':
      return isFirst(target.kind, extended) && areNew(spec.imagePullSecrets, values, nameOf);
    case 'containers': {
      const isFirstContainer = !extended.containers;
      extended.containers = true;
      return isFirstContainer && values.length === 1 && isNewContainer(spec, values[0]);
    }
    case 'container-member':
      return isMemberFine(spec, target, values, extended);
    case 'volume-items':
      return false;
    default:
      return target satisfies never;
  }
}

function isMemberFine(
  spec: PodSpec,
  { list, index, member }: Extract<ListTarget, { readonly kind: 'container-member' }>,
  values: readonly unknown[],
  extended: Extended,
): boolean {
  const container = spec[list]?.[index];
  if (container === undefined || extended.containers || extended[member].has(container)) return false;
  extended[member].add(container);
  return areNew(container[member], values, member === 'env' ? nameOf : mountPathOf);
}

/** Reports whether a list that exists is extended within its bounds, or one that does not exist is added as a whole. */
function fits(own: readonly object[] | null | undefined, addition: ListAddition): boolean {
  if (own === undefined || own === null) return addition.kind === 'list';
  if (addition.kind === 'list') return false;
  const { at } = addition;
  return at === 'end' || (Number.isInteger(at) && at >= 0 && at <= own.length);
}

/** Reports whether all values are objects whose names, or mount paths, no other element has. */
function areNew(own: readonly object[] | null | undefined, values: readonly unknown[], key: Key): boolean {
  const names = new Set<unknown>();
  for (const value of values) if (isObject(value)) names.add(key(value));
  return names.size === values.length && !own?.some((element) => names.has(key(element)));
}

/** Reports whether no container of the pod has the name of this one, and this one contains no duplicates itself. */
function isNewContainer(spec: PodSpec, added: unknown): boolean {
  if (!isObject(added) || containersOf(spec).some(({ name }) => name === added['name'])) return false;
  return isOnceEach(added['env'], nameOf) && isOnceEach(added['volumeMounts'], mountPathOf);
}

function isOnceEach(list: unknown, key: Key): boolean {
  return list === undefined || (Array.isArray(list) && areNew(undefined, list, key));
}

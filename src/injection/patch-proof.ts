import type { Addition } from '../json/json-patch.ts';
import { isObject } from '../json/json-value.ts';
import type { DecodedPod } from '../kubernetes/decode-pod.ts';
import { containersOf, type PodSpec } from '../kubernetes/pod.ts';
import { statusPath } from './build-patch.ts';

/**
 * Proves from the additions, which are sent as they are, and without making the patched pod, that their operations apply
 * and give the pod nothing twice that must stand once. True is a proof. False says only that there is none, as for every
 * addition of a form that is not in this table:
 *
 * | adds to                                    | what is proved                                              |
 * |--------------------------------------------|-------------------------------------------------------------|
 * | `env` or `volumeMounts` of a container     | the list is there, the index in it, the names are new in it |
 * | the same, as a whole                       | the list is not there, the new one holds each name once     |
 * | `/spec/volumes`                            | the same two                                                |
 * | `/spec/containers`, `/spec/initContainers` | the same, for one container whose name is new in both       |
 * | `restartPolicy` of an init container       | the container is there and has none, the value is `Always`  |
 * | the status annotation                      | there are annotations, and the value is text                |
 *
 * Each list is added to once only, and nothing goes into a container after one was added. So the pod as it was given
 * tells all that there is to know about a list.
 */
export function provesFine(pod: DecodedPod, additions: readonly Addition[]): boolean {
  const paths = new Set<string>();
  let containersMoved = false;
  for (const addition of additions) {
    if (paths.has(addition.path) || !isFine(pod, addition, containersMoved)) return false;
    paths.add(addition.path);
    containersMoved ||= isContainers(addition.path);
  }
  return true;
}

type Elements = readonly object[] | null | undefined;
type Key = (element: { readonly name?: unknown; readonly mountPath?: unknown }) => unknown;

const nameOf: Key = ({ name }) => name;
const mountPathOf: Key = ({ mountPath }) => mountPath;
const containerList = /^\/spec\/(containers|initContainers)\/(0|[1-9]\d*)\/(env|volumeMounts)$/;

const restartPolicy = /^\/spec\/initContainers\/(0|[1-9]\d*)\/restartPolicy$/;

function isFine(pod: DecodedPod, addition: Addition, containersMoved: boolean): boolean {
  const { spec, metadata } = pod;
  const { path, at, values } = addition;
  if (path === statusPath) {
    return isObject(metadata?.annotations) && at === 'member' && values.length === 1 && typeof values[0] === 'string';
  }
  if (path === '/spec/volumes') return addsOnce(spec.volumes, addition, nameOf);
  if (containersMoved) return false;
  if (isContainers(path)) {
    const own = path === '/spec/containers' ? spec.containers : spec.initContainers;
    const added = elementsAdded(own, addition);
    return added?.length === 1 && isNewContainer(spec, added[0]);
  }
  const [, restarted] = restartPolicy.exec(path) ?? [];
  if (restarted !== undefined) return addsRestartPolicy(spec, Number(restarted), addition);
  const [, containers, index, member] = containerList.exec(path) ?? [];
  if (containers === undefined) return false;
  const container = spec[containers as 'containers' | 'initContainers']?.[Number(index)];
  if (container === undefined) return false;
  return member === 'env'
    ? addsOnce(container.env, addition, nameOf)
    : addsOnce(container.volumeMounts, addition, mountPathOf);
}

function addsRestartPolicy({ initContainers }: PodSpec, index: number, { at, values }: Addition): boolean {
  const container = initContainers?.[index];
  const isUnset =
    container !== undefined && (container.restartPolicy === undefined || container.restartPolicy === null);
  return isUnset && at === 'member' && values.length === 1 && values[0] === 'Always';
}

function isContainers(path: string): boolean {
  return path === '/spec/containers' || path === '/spec/initContainers';
}

/** Whether a list gets, or becomes, what holds nothing twice that was not there before. */
function addsOnce(own: Elements, addition: Addition, key: Key): boolean {
  const added = elementsAdded(own, addition);
  return added !== undefined && areNew(own, added, key);
}

/** Whether all that is added are objects whose names, or mount paths, no other element has. */
function areNew(own: Elements, added: readonly unknown[], key: Key): boolean {
  const names = new Set<unknown>();
  for (const element of added) if (isObject(element)) names.add(key(element));
  return names.size === added.length && !own?.some((element) => names.has(key(element)));
}

/** The elements that a list gets, or that are the list; undefined where an operation may not apply. */
function elementsAdded(own: Elements, { at, values }: Addition): readonly unknown[] | undefined {
  if (own === undefined || own === null) {
    const [list] = values;
    return at === 'member' && values.length === 1 && Array.isArray(list) ? list : undefined;
  }
  return at === 'end' || (Number.isInteger(at) && Number(at) >= 0 && Number(at) <= own.length) ? values : undefined;
}

/** Whether neither list has a container of that name, and it has nothing twice itself. */
function isNewContainer(spec: PodSpec, added: unknown): boolean {
  if (!isObject(added) || containersOf(spec).some(({ name }) => name === added['name'])) return false;
  const { env, volumeMounts } = added;
  return isOnceEach(env, nameOf) && isOnceEach(volumeMounts, mountPathOf);
}

function isOnceEach(list: unknown, key: Key): boolean {
  return list === undefined || (Array.isArray(list) && areNew(undefined, list, key));
}

import { isDeepStrictEqual } from 'node:util';
import jsonPatch, { type Operation } from 'fast-json-patch';

interface Named {
  readonly name: string;
}

interface Spec {
  readonly volumes?: readonly Named[];
  readonly initContainers?: readonly Named[];
  readonly containers: readonly Named[];
}

/** The parts of the ambassador, which do not depend on the pods of the benchmark: peers get them ready-made. */
export interface Ambassador {
  readonly ambassador: unknown;
  /** Whether the ambassador is an init container that keeps running. */
  readonly native: boolean;
  /** The volume with its token. */
  readonly token: unknown;
}

/** Returns the ambassador that an answer adds to the pod of a review. */
export function ambassadorIn(review: string, answer: string): Ambassador {
  const { initContainers = [], containers, volumes = [] } = patchedSpec(review, answer);
  const isAmbassador = ({ name }: Named) => name === 'ambassador';
  const initContainer = initContainers.find(isAmbassador);
  const ambassador = initContainer ?? containers.find(isAmbassador);
  const token = volumes.find(({ name }) => name === 'downlink-token');
  if (ambassador === undefined || token === undefined) throw new Error('the answer adds no ambassador');
  return { ambassador, native: initContainer !== undefined, token };
}

/**
 * Returns where a peer's answer leads to another pod spec than Downlink's; undefined if both are the same. Fields that are
 * empty count as absent, and the order of volumes, mounts, and variables does not count. So does the order of fields.
 */
export function differenceOf(review: string, ours: string, theirs: string): string | undefined {
  return difference(normal(patchedSpec(review, ours)), normal(patchedSpec(review, theirs)), 'spec');
}

/** Returns the spec of the pod to which the answer leads. Throws if the answer does not fit the review or does not apply. */
function patchedSpec(review: string, answer: string): Spec {
  const { request } = JSON.parse(review);
  const { response } = JSON.parse(answer);
  if (response?.uid !== request.uid) throw new Error(`the answer is for ${response?.uid}, not for ${request.uid}`);
  if (response.allowed !== true) throw new Error(`the pod is rejected: ${response.status?.message}`);
  if (response.patchType !== 'JSONPatch') throw new Error(`the answer has no patch: ${answer.slice(0, 200)}`);
  const patch = JSON.parse(Buffer.from(response.patch, 'base64').toString()) as Operation[];
  return jsonPatch.applyPatch(request.object, patch, true).newDocument.spec;
}

const unordered = { volumes: 'name', env: 'name', volumeMounts: 'mountPath' } as const;

/** Returns the value without empty members, and with the lists sorted whose order means nothing. */
function normal(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normal);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([name, member]) => [name, sorted(name, normal(member))] as const);
  return Object.fromEntries(members.filter(([, member]) => !isEmpty(member)));
}

function sorted(name: string, value: unknown): unknown {
  const key: string | undefined = (unordered as Record<string, string>)[name];
  if (key === undefined || !Array.isArray(value)) return value;
  return value.toSorted((one, other) => (String(one[key]) < String(other[key]) ? -1 : 1));
}

function isEmpty(value: unknown): boolean {
  return value === null || (typeof value === 'object' && Object.keys(value).length === 0);
}

/** Returns the path of the first difference, and what stands there. */
function difference(ours: unknown, theirs: unknown, path: string): string | undefined {
  if (isDeepStrictEqual(ours, theirs)) return undefined;
  if (typeof ours !== 'object' || typeof theirs !== 'object' || ours === null || theirs === null)
    return `${path} is ${shown(theirs)}, and ${shown(ours)} by Downlink`;
  const one = ours as Record<string, unknown>;
  const other = theirs as Record<string, unknown>;
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  for (const name of names) {
    const found = difference(one[name], other[name], `${path}.${name}`);
    if (found !== undefined) return found;
  }
  return `${path} differs`;
}

function shown(value: unknown): string {
  return value === undefined ? 'absent' : JSON.stringify(value).slice(0, 200);
}

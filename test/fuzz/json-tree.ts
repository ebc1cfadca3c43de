import fc from 'fast-check';

/** Changes of a JSON value at places that are selected by numbers, so that every change applies to every value. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A change somewhere in a part of a review. */
export interface TreeChange {
  readonly kind: 'tree';
  readonly zone: (typeof zones)[number];
  readonly action: (typeof actions)[number];
  /** The place, and a second place for some actions, modulo their number. */
  readonly at: number;
  readonly other: number;
  readonly key: string;
  readonly value: Json;
}

const zones = ['', 'request', 'request.object', 'request.object.metadata', 'request.object.spec'] as const;
const actions = ['replace', 'remove', 'copy', 'swap', 'rename', 'insert', 'repeat', 'retype'] as const;

const deep: Json = Array.from({ length: 300 }).reduce<Json>((inner, _, level) => (level % 2 ? [inner] : { inner }), 1);
/** Values that often cause errors, and values with a meaning for this webhook. */
const oddValues: readonly Json[] = [
  ...[null, true, false, 0, -1, 0.1, 8001, 2 ** 53, 1e308, '', ' ', 'a', '0', '-1', '1e400', '100m', '1Gi', '0644'],
  ...['main', 'ambassador', 'downlink', 'downlink-token', '__proto__', 'constructor', 'toString', 'hasOwnProperty'],
  ...['\ud800', 'a\udc00', '\u0000', '\n', '\u2028', '\u202e', '😀'.repeat(64), 'x'.repeat(300), '$(POD_NAME)'],
  ...['/etc/downward', '/etc/downward/', '/', '..', '../x', 'a/../b', 'C:\\x', '/a:b', 'windows', 'Always', 'Never'],
  ...['metadata.name', 'status.podIP', 'limits.cpu', "metadata.labels['a']", 'true', 'false', 'CREATE', 'UPDATE'],
  ...[[], {}, [null], [[]], [{}], deep, { name: 'ambassador' }, { name: 'main', env: [{ name: 'POD_NAME' }] }],
  ...[
    { name: 'downlink', emptyDir: {} },
    { name: 'downlink', downwardAPI: { items: [{ path: 'labels' }] } },
  ],
  ...[{ name: 'POD_NAME', value: 'x' }, { name: 'x', mountPath: '/etc/downward' }, { containerPort: 8001 }],
  ...[{ fieldRef: { fieldPath: 'metadata.uid' } }, { resourceFieldRef: { resource: 'limits.cpu', divisor: '1' } }],
  ...[{ limits: { cpu: '1', memory: '1Gi' } }, { requests: { cpu: 'x' } }, { name: 'downlink-token', projected: {} }],
];
const readKeys = [
  ...['apiVersion', 'kind', 'metadata', 'annotations', 'labels', 'name', 'generateName', 'namespace', 'spec', 'uid'],
  ...['containers', 'initContainers', 'ephemeralContainers', 'volumes', 'env', 'envFrom', 'ports', 'containerPort'],
  ...['resources', 'limits', 'requests', 'cpu', 'memory', 'volumeMounts', 'mountPath', 'volumeDevices', 'devicePath'],
  ...['value', 'valueFrom', 'fieldRef', 'fieldPath', 'resourceFieldRef', 'containerName', 'resource', 'divisor'],
  ...['downwardAPI', 'items', 'path', 'restartPolicy', 'hostNetwork', 'shareProcessNamespace', 'nodeSelector', 'os'],
  ...['securityContext', 'runAsUser', 'runAsNonRoot', 'fsGroup', 'operation', 'object', 'oldObject', 'subResource'],
  ...['kubernetes.io/os', 'kubernetes.io/config.mirror', 'kubectl.kubernetes.io/default-container', 'requestKind'],
  ...['__proto__', 'constructor', 'prototype', 'toJSON', 'length', '0', '', '~', 'a/b', '\ud800', '\n'],
];

/** Texts of any UTF-16 code units, including unpaired surrogates. */
export const anyText = fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)), maxLength: 12 });
const value: fc.Arbitrary<Json> = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom(...oddValues) },
  { weight: 1, arbitrary: anyText },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json> },
);

export const treeChange: fc.Arbitrary<TreeChange> = fc.record({
  kind: fc.constant('tree'),
  zone: fc.constantFrom(zones[4], zones[4], zones[4], zones[3], zones[2], zones[1], zones[0]),
  action: fc.constantFrom(...actions),
  at: fc.nat(),
  other: fc.nat(),
  key: fc.constantFrom(...readKeys),
  value,
});

interface Place {
  readonly parent: Json[] | { [key: string]: Json };
  readonly key: string | number;
}

/** Applies the change to the value in place. */
export function changeTree(root: Json, { zone, action, at, other, key, value: newValue }: TreeChange): void {
  const given = copyOf(newValue); // the generator reuses the value
  const top = memberAt(root, zone) ?? root;
  const places = placesIn(top);
  const place = places[at % places.length];
  const second = places[other % places.length];
  if (place === undefined || second === undefined) return;
  const current = read(place);
  switch (action) {
    case 'replace':
      write(place, given);
      break;
    case 'remove':
      remove(place);
      break;
    case 'copy':
      write(place, copyOf(read(second)));
      break;
    case 'swap': {
      const [one, two] = [copyOf(current), copyOf(read(second))];
      write(place, two);
      write(second, one);
      break;
    }
    case 'rename':
      if (Array.isArray(place.parent)) return;
      remove(place);
      write({ parent: place.parent, key }, current);
      break;
    case 'insert':
      if (Array.isArray(current)) current.splice(other % (current.length + 1), 0, given);
      else if (typeof current === 'object' && current !== null) write({ parent: current, key }, given);
      return;
    case 'repeat':
      repeat(place, other);
      break;
    case 'retype':
      write(place, retyped(current, other));
      break;
    default:
      action satisfies never;
  }
}

/** Returns the value at a path of dotted keys, or undefined if there is none. */
export function memberAt(root: Json, path: string): Json | undefined {
  let found: Json | undefined = root;
  for (const key of path === '' ? [] : path.split('.')) {
    if (typeof found !== 'object' || found === null || Array.isArray(found) || !Object.hasOwn(found, key)) return;
    found = found[key];
  }
  return found;
}

/** Sets a member of any name: an assignment to `__proto__` would set the prototype. */
export function setMember(parent: { [key: string]: Json }, key: string, value: Json): void {
  Object.defineProperty(parent, key, { value, enumerable: true, configurable: true, writable: true });
}

/** Repeats an element of a list, sometimes very often, with equal or different names. */
function repeat({ parent, key }: Place, how: number): void {
  if (!Array.isArray(parent) || typeof key !== 'number') return;
  const element = parent[key] ?? null;
  const times = how % 97 === 0 ? 1200 : how % 7 === 0 ? 30 : 1;
  const named = how % 2 === 0 && typeof element === 'object' && element !== null && !Array.isArray(element);
  const copies = Array.from({ length: times }, (_, index) => {
    const copy = copyOf(element);
    if (named) setMember(copy as { [key: string]: Json }, 'name', `${element['name']}-${index}`);
    return copy;
  });
  parent.splice(key, 0, ...copies);
}

function retyped(value: Json, how: number): Json {
  const all: readonly Json[] = [String(value), [value], { value }, Number(value) || 0, Boolean(value)];
  return all[how % all.length] ?? null;
}

function placesIn(top: Json): readonly Place[] {
  const places: Place[] = [];
  const visit = (parent: Json) => {
    if (typeof parent !== 'object' || parent === null) return;
    const keys = Array.isArray(parent) ? parent.keys() : Object.keys(parent);
    for (const key of keys) {
      if (places.length > 2000) return; // enough for a value that has grown
      const place = { parent, key };
      places.push(place);
      visit(read(place));
    }
  };
  visit(top);
  return places;
}

function read({ parent, key }: Place): Json {
  return (parent as { [key: string | number]: Json })[key] ?? null;
}

function write({ parent, key }: Place, value: Json): void {
  if (Array.isArray(parent)) parent[key as number] = value;
  else setMember(parent, String(key), value);
}

function remove({ parent, key }: Place): void {
  if (Array.isArray(parent)) parent.splice(key as number, 1);
  else delete parent[key];
}

/** Returns a copy, or null if copies of the value into itself have made it too large. */
function copyOf(value: Json): Json {
  const text = JSON.stringify(value);
  return text.length > 100_000 ? null : JSON.parse(text);
}

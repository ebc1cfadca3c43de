import type { FieldError, FieldErrorKind } from '../diagnostics/field-error.ts';
import { type Collector, createCollector, type Found } from '../diagnostics/findings.ts';
import { printable } from '../diagnostics/text.ts';
import { isObject } from '../json/json-value.ts';
import type { Pod, PodSpec } from './pod.ts';

/** Checks a value and adds an error for each thing that is not as it must be. */
type Shape = (value: unknown, walk: Walk) => void;

/** Where the check is, from the pod down, and what it found. The path becomes text only for an error. */
interface Walk {
  /** Names of fields, indexes of lists, and keys of maps behind {@link inMap}. */
  readonly path: (string | number)[];
  readonly errors: Collector<FieldError>;
}

const maxContainerName = 63; // as in Kubernetes; a patch may hold the name a thousand times

const inMap = '{}'; // no name of a field

const requiredShapes = new WeakSet<Shape>();

const text = ofType('string');
const number = ofType('number');
const flag = ofType('boolean');
const quantity: Shape = (value, walk) => {
  if (typeof value !== 'string' && typeof value !== 'number') report(walk, 'Invalid', 'must be a quantity');
};

const resources = record({ requests: mapOf(quantity), limits: mapOf(quantity) });
const security = { runAsUser: number, runAsNonRoot: flag, windowsOptions: record({}) };
const nodeSelectorTerm = record({
  matchExpressions: listOf(record({ key: text, operator: text, values: listOf(text) })),
  matchFields: listOf(record({})),
});
const fieldRef = record({ fieldPath: required(text) });
const resourceFieldRef = record({ containerName: text, resource: required(text), divisor: quantity });
const containerName: Shape = (value, walk) => {
  text(value, walk);
  const detail = `must have at most ${maxContainerName} characters`;
  if (typeof value === 'string' && value.length > maxContainerName) report(walk, 'TooLong', detail);
};
const container = record({
  name: required(containerName),
  restartPolicy: text,
  env: listOf(
    record({ name: required(text), value: text, valueFrom: record({ fieldRef, resourceFieldRef }) }),
    isPlainVariable,
  ),
  ports: listOf(record({ containerPort: number })),
  resources,
  resizePolicy: listOf(record({ resourceName: text, restartPolicy: text })),
  securityContext: record(security),
  terminationMessagePath: text,
  volumeMounts: listOf(
    record({ name: required(text), mountPath: required(text), readOnly: flag, subPath: text, subPathExpr: text }),
  ),
  volumeDevices: listOf(record({ devicePath: text })),
});
const spec = record({
  containers: required(atLeastOne(listOf(container))),
  initContainers: listOf(container),
  ephemeralContainers: listOf(record({ name: required(text) })),
  volumes: listOf(
    record({
      name: required(text),
      downwardAPI: record({ items: listOf(record({ path: required(text), fieldRef, resourceFieldRef })) }),
    }),
  ),
  restartPolicy: text,
  hostNetwork: flag,
  shareProcessNamespace: flag,
  hostPID: flag,
  nodeSelector: mapOf(text),
  os: record({ name: text }),
  affinity: record({
    nodeAffinity: record({
      requiredDuringSchedulingIgnoredDuringExecution: record({ nodeSelectorTerms: listOf(nodeSelectorTerm) }),
    }),
  }),
  securityContext: record({ ...security, fsGroup: number }),
  resources,
});
const pod = required(
  record({
    metadata: record({ name: text, generateName: text, namespace: text }),
    spec: required(spec),
  }),
);

export type DecodedPod = Pod & { readonly spec: PodSpec };

/** A pod, or everything that is wrong with it. */
export type PodDecoding =
  | { readonly kind: 'valid'; readonly pod: DecodedPod }
  | { readonly kind: 'invalid'; readonly errors: Found<FieldError> };

/**
 * Checks the fields that Downlink reads, and no others: the API server has decoded the pod already, but a manifest or a
 * hostile client can contain anything. Returns the value itself as a pod, not a copy.
 */
export function decodePod(value: unknown): PodDecoding {
  const errors = createCollector<FieldError>();
  pod(value, { path: [], errors });
  return errors.total > 0 ? { kind: 'invalid', errors } : { kind: 'valid', pod: value as DecodedPod };
}

function ofType(type: 'string' | 'number' | 'boolean'): Shape {
  return (value, walk) => {
    if (typeof value !== type) report(walk, 'Invalid', `must be a ${type}`);
  };
}

/** An object with these fields, each of which may be absent or null unless it is required; others are not looked at. */
function record(fields: Readonly<Record<string, Shape>>): Shape {
  const shapes = Object.entries(fields).map(([name, shape]) => ({ name, shape, needed: requiredShapes.has(shape) }));
  return (value, walk) => {
    if (!isObject(value)) return report(walk, 'Invalid', 'must be an object');
    for (const { name, shape, needed } of shapes) {
      const child = value[name];
      if (needed || (child !== undefined && child !== null)) below(name, child, shape, walk);
    }
  };
}

function mapOf(shape: Shape): Shape {
  return (value, walk) => {
    if (!isObject(value)) return report(walk, 'Invalid', 'must be an object');
    for (const key of Object.keys(value)) {
      walk.path.push(inMap, key);
      shape(value[key], walk);
      walk.path.length -= 2;
    }
  };
}

/** A list of that shape. What the shortcut says is right is not looked at further. */
function listOf(shape: Shape, shortcut: (value: unknown) => boolean = () => false): Shape {
  return (value, walk) => {
    if (!Array.isArray(value)) return report(walk, 'Invalid', 'must be a list');
    for (let index = 0; index < value.length; index++) {
      if (!shortcut(value[index])) below(index, value[index], shape, walk);
    }
  };
}

/** Whether it is a variable as nearly all are, and a pod may have thousands: a name and a value. */
function isPlainVariable(variable: unknown): boolean {
  if (!isObject(variable)) return false;
  const { name, value, valueFrom } = variable;
  return typeof name === 'string' && typeof value === 'string' && valueFrom === undefined;
}

function atLeastOne(list: Shape): Shape {
  return (value, walk) => {
    list(value, walk);
    if (Array.isArray(value) && value.length === 0) report(walk, 'Required', 'must not be empty');
  };
}

function required(shape: Shape): Shape {
  const checked: Shape = (value, walk) => {
    if (value === undefined || value === null) report(walk, 'Required', 'must be set');
    else shape(value, walk);
  };
  requiredShapes.add(checked);
  return checked;
}

function below(key: string | number, value: unknown, shape: Shape, walk: Walk): void {
  walk.path.push(key);
  shape(value, walk);
  walk.path.pop();
}

function report({ path, errors }: Walk, kind: FieldErrorKind, detail: string): void {
  errors.push(() => ({ field: fieldOf(path), kind, detail }));
}

function fieldOf(path: Walk['path']): string {
  const keys = path.map((key, at) => {
    if (key === inMap) return '';
    if (path[at - 1] === inMap) return `[${printable(String(key))}]`;
    return typeof key === 'number' ? `[${key}]` : `.${key}`;
  });
  return keys.join('').slice(1) || 'object';
}

import type { FieldError } from '../field-error.ts';
import { printable } from '../text.ts';
import type { Pod, PodSpec } from './pod.ts';

/** Checks a value at a path and adds an error for each thing that is not as it must be. */
type Shape = (value: unknown, path: string, errors: FieldError[]) => void;

const requiredShapes = new WeakSet<Shape>();

const text = ofType('string');
const number = ofType('number');
const flag = ofType('boolean');
const quantity: Shape = (value, path, errors) => {
  if (typeof value !== 'string' && typeof value !== 'number') fail(path, 'must be a quantity', errors);
};

const resources = record({ requests: mapOf(quantity), limits: mapOf(quantity) });
const security = { runAsUser: number, runAsNonRoot: flag };
const fieldRef = record({ fieldPath: required(text) });
const resourceFieldRef = record({ containerName: text, resource: required(text), divisor: quantity });
const container = record({
  name: required(text),
  restartPolicy: text,
  env: listOf(record({ name: required(text), value: text, valueFrom: record({ fieldRef, resourceFieldRef }) })),
  ports: listOf(record({ containerPort: number })),
  resources,
  securityContext: record(security),
  volumeMounts: listOf(record({ name: required(text), mountPath: required(text) })),
  volumeDevices: listOf(record({ devicePath: text })),
});
const spec = record({
  containers: required(atLeastOne(listOf(container))),
  initContainers: listOf(container),
  volumes: listOf(
    record({
      name: required(text),
      downwardAPI: record({ items: listOf(record({ path: required(text), fieldRef, resourceFieldRef })) }),
    }),
  ),
  restartPolicy: text,
  hostNetwork: flag,
  shareProcessNamespace: flag,
  nodeSelector: mapOf(text),
  os: record({ name: text }),
  securityContext: record({ ...security, fsGroup: number }),
  resources,
});
const pod = required(
  record({
    metadata: record({ name: text, generateName: text, namespace: text }),
    spec: required(spec),
  }),
);

/**
 * The value as a pod, or every reason why it is none. Only what is read here is checked: an API server has decoded the
 * pod already, but a manifest on disk or a hostile client can hold anything.
 */
export function decodePod(value: unknown): DecodedPod | { readonly errors: readonly FieldError[] } {
  const errors: FieldError[] = [];
  pod(value, '', errors);
  return errors.length > 0 ? { errors } : (value as DecodedPod);
}

export type DecodedPod = Pod & { readonly spec: PodSpec };

function ofType(type: 'string' | 'number' | 'boolean'): Shape {
  return (value, path, errors) => {
    if (typeof value !== type) fail(path, `must be a ${type}`, errors);
  };
}

/** An object with these fields, each of which may be absent or null unless it is required; others are not looked at. */
function record(fields: Readonly<Record<string, Shape>>): Shape {
  const shapes = Object.entries(fields).map(([name, shape]) => ({ name, shape, needed: requiredShapes.has(shape) }));
  return (value, path, errors) => {
    if (!isObject(value)) return fail(path, 'must be an object', errors);
    for (const { name, shape, needed } of shapes) {
      const child = value[name];
      if (needed || (child !== undefined && child !== null))
        shape(child, path === '' ? name : `${path}.${name}`, errors);
    }
  };
}

function mapOf(shape: Shape): Shape {
  return (value, path, errors) => {
    if (!isObject(value)) return fail(path, 'must be an object', errors);
    for (const key of Object.keys(value)) shape(value[key], `${path}[${printable(key)}]`, errors);
  };
}

function listOf(shape: Shape): Shape {
  return (value, path, errors) => {
    if (!Array.isArray(value)) return fail(path, 'must be a list', errors);
    for (let index = 0; index < value.length; index++) shape(value[index], `${path}[${index}]`, errors);
  };
}

function atLeastOne(list: Shape): Shape {
  return (value, path, errors) => {
    list(value, path, errors);
    if (Array.isArray(value) && value.length === 0)
      errors.push({ field: path, kind: 'Required', detail: 'must not be empty' });
  };
}

function required(shape: Shape): Shape {
  const checked: Shape = (value, path, errors) => {
    if (value === undefined || value === null)
      errors.push({ field: path || 'object', kind: 'Required', detail: 'must be set' });
    else shape(value, path, errors);
  };
  requiredShapes.add(checked);
  return checked;
}

function fail(path: string, detail: string, errors: FieldError[]): void {
  errors.push({ field: path || 'object', kind: 'Invalid', detail });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

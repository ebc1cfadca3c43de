import type { FieldError } from '../diagnostics/field-error.ts';
import type { Found } from '../diagnostics/findings.ts';
import { isObject } from '../json/json-value.ts';
import {
  atLeastOne,
  listOf,
  mapOf,
  ofType,
  record,
  report,
  required,
  type Shape,
  shapeErrors,
} from './object-shape.ts';
import type { Pod, PodSpec } from './pod.ts';

const maxContainerName = 63; // characters, as in Kubernetes; a patch may contain the name a thousand times

const text = ofType('string');
const number = ofType('number');
const flag = ofType('boolean');
const quantity: Shape = {
  check: (value, position) => {
    if (typeof value !== 'string' && typeof value !== 'number') report(position, 'Invalid', 'must be a quantity');
  },
};

const resources = record({ requests: mapOf(quantity), limits: mapOf(quantity) });
const security = { runAsUser: number, runAsNonRoot: flag, windowsOptions: record({}) };
const nodeSelectorTerm = record({
  matchExpressions: listOf(record({ key: text, operator: text, values: listOf(text) })),
  matchFields: listOf(record({})),
});
const fieldRef = record({ fieldPath: required(text) });
const resourceFieldRef = record({ containerName: text, resource: required(text), divisor: quantity });
const containerName: Shape = {
  check: (value, position) => {
    text.check(value, position);
    const isTooLong = typeof value === 'string' && value.length > maxContainerName;
    if (isTooLong) report(position, 'TooLong', `must have at most ${maxContainerName} characters`);
  },
};
const container = record({
  name: required(containerName),
  image: text,
  restartPolicy: text,
  env: listOf(
    record({ name: required(text), value: text, valueFrom: record({ fieldRef, resourceFieldRef }) }),
    isPlainVariable,
  ),
  envFrom: listOf(record({})),
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
  imagePullSecrets: listOf(record({ name: text })),
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
    metadata: record({
      name: text,
      generateName: text,
      namespace: text,
      labels: mapOf(text),
      annotations: record({}),
      ownerReferences: listOf(record({ apiVersion: text, kind: text, name: text, controller: flag })),
    }),
    spec: required(spec),
  }),
);

export type DecodedPod = Pod & { readonly spec: PodSpec };

/** A pod, or everything that is wrong with it. */
export type PodDecoding =
  | { readonly kind: 'valid'; readonly pod: DecodedPod }
  | { readonly kind: 'invalid'; readonly errors: Found<FieldError> };

/**
 * Checks the fields that Downlink reads, and no others: the API server has already decoded the pod, but a manifest or
 * the request of a hostile client can contain anything. Returns the value itself as a pod, not a copy.
 */
export function decodePod(value: unknown): PodDecoding {
  const errors = shapeErrors(value, pod);
  return errors.total > 0 ? { kind: 'invalid', errors } : { kind: 'valid', pod: value as DecodedPod };
}

/** Recognizes a variable with a name and a value. Nearly all are of this form, and a pod can have thousands of them. */
function isPlainVariable(variable: unknown): boolean {
  if (!isObject(variable)) return false;
  const { name, value, valueFrom } = variable;
  return typeof name === 'string' && typeof value === 'string' && valueFrom === undefined;
}

import type { KubernetesObject } from './api.ts';

/** The annotation with which a pod opts in to the policy. */
export const policyAnnotation = 'policy.example.com/inject';

/**
 * Returns a MutatingAdmissionPolicy that adds to the first container what `downlink.dev/env: pod` and
 * `downlink.dev/volume: labels` add to all of them. It uses JSONPatch: ApplyConfiguration cannot do this, because fieldRef and
 * downwardAPI items are atomic.
 */
export function policy(): readonly KubernetesObject[] {
  // lists start empty, because a list of objects as a value panics, https://github.com/kubernetes/kubernetes/issues/142181
  const variable = (name: string, path: string) =>
    add(
      '/spec/containers/0/env/-',
      `Object.spec.containers.env{name: "${name}", valueFrom: Object.spec.containers.env.valueFrom{fieldRef: Object.spec.containers.env.valueFrom.fieldRef{fieldPath: "${path}"}}}`,
    );
  const operations = [
    add('/spec/containers/0/env', '[]'),
    variable('POD_NAME', 'metadata.name'),
    variable('POD_NAMESPACE', 'metadata.namespace'),
    variable('POD_UID', 'metadata.uid'),
    variable('POD_IP', 'status.podIP'),
    variable('SERVICE_ACCOUNT', 'spec.serviceAccountName'),
    add('/spec/containers/0/volumeMounts', '[]'),
    add(
      '/spec/containers/0/volumeMounts/-',
      'Object.spec.containers.volumeMounts{name: "downlink", mountPath: "/etc/downward", readOnly: true}',
    ),
    add('/spec/volumes', '[]'),
    add('/spec/volumes/-', 'Object.spec.volumes{name: "downlink", downwardAPI: Object.spec.volumes.downwardAPI{}}'),
    add('/spec/volumes/0/downwardAPI/items', '[]'),
    add(
      '/spec/volumes/0/downwardAPI/items/-',
      'Object.spec.volumes.downwardAPI.items{path: "labels", fieldRef: Object.spec.volumes.downwardAPI.items.fieldRef{fieldPath: "metadata.labels"}}',
    ),
  ];
  const group = 'admissionregistration.k8s.io/v1';
  const pods = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] };
  return [
    {
      apiVersion: group,
      kind: 'MutatingAdmissionPolicy',
      metadata: { name: 'rival' },
      spec: {
        matchConstraints: { resourceRules: [pods] },
        matchConditions: [
          {
            name: 'asks',
            expression: `has(object.metadata.annotations) && '${policyAnnotation}' in object.metadata.annotations`,
          },
        ],
        failurePolicy: 'Fail',
        reinvocationPolicy: 'IfNeeded',
        mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: `[${operations.join(', ')}]` } }],
      },
    },
    {
      apiVersion: group,
      kind: 'MutatingAdmissionPolicyBinding',
      metadata: { name: 'rival' },
      spec: { policyName: 'rival' },
    },
  ];
}

function add(path: string, value: string): string {
  return `JSONPatch{op: "add", path: "${path}", value: ${value}}`;
}

import type { KubernetesObject } from '../../cluster/api.ts';

/** The annotation by which a pod asks the policy. */
export const policyAnnotation = 'policy.example.com/inject';

/**
 * A MutatingAdmissionPolicy that gives a pod's first container the variables and the file that `downlink.dev/env: pod` and
 * `downlink.dev/volume: labels` give all of them, in process and for pods that ask by an annotation. In JSONPatch form: in
 * ApplyConfiguration form it cannot, since fieldRef and downwardAPI items are atomic.
 */
export function policy(): readonly KubernetesObject[] {
  const field = (name: string, path: string) =>
    `Object.spec.containers.env{name: "${name}", valueFrom: Object.spec.containers.env.valueFrom{fieldRef: Object.spec.containers.env.valueFrom.fieldRef{fieldPath: "${path}"}}}`;
  const variables = [
    field('POD_NAME', 'metadata.name'),
    field('POD_NAMESPACE', 'metadata.namespace'),
    field('POD_UID', 'metadata.uid'),
    field('POD_IP', 'status.podIP'),
    field('SERVICE_ACCOUNT', 'spec.serviceAccountName'),
  ];
  const items =
    'Object.spec.volumes.downwardAPI.items{path: "labels", fieldRef: Object.spec.volumes.downwardAPI.items.fieldRef{fieldPath: "metadata.labels"}}';
  const operations = [
    `JSONPatch{op: "add", path: "/spec/containers/0/env", value: [${variables.join(', ')}]}`,
    'JSONPatch{op: "add", path: "/spec/containers/0/volumeMounts", value: [Object.spec.containers.volumeMounts{name: "downlink", mountPath: "/etc/downward", readOnly: true}]}',
    `JSONPatch{op: "add", path: "/spec/volumes", value: [Object.spec.volumes{name: "downlink", downwardAPI: Object.spec.volumes.downwardAPI{items: [${items}]}}]}`,
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

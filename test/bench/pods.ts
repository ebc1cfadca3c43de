import { reviewOf } from '../support/admission-review.ts';

/** A pod for the load: its name in the table, and the body of its review. */
export interface BenchPod {
  readonly name: string;
  readonly body: string;
}

/** The placeholder in uid, name and label of each body, which the load replaces with a different number in every request. */
export const serialPlace = '000000000000';

/** Returns pods of three sizes as API servers send them: with defaults and managedFields. */
export function benchPods(): readonly [small: BenchPod, typical: BenchPod, large: BenchPod] {
  return [
    podOf('small', [2], { 'downlink.dev/env': 'pod' }),
    // an application with its settings, an exporter with a few, a log shipper with none
    podOf('typical', [24, 4, 0], {
      'downlink.dev/env': 'pod',
      'downlink.dev/volume': 'labels, annotations',
      'downlink.dev/ambassador': 'true',
    }),
    manyContainers('large', 50),
  ];
}

/** Returns pods like the large one, with other numbers of containers. */
export function podsOfContainers(counts: readonly number[]): readonly BenchPod[] {
  return counts.map((count) => manyContainers(`${count} containers`, count));
}

function manyContainers(name: string, count: number): BenchPod {
  return podOf(name, new Array(count).fill(24), { 'downlink.dev/env': 'pod', 'downlink.dev/volume': 'labels' });
}

/** Returns a pod with one container for each number of variables. */
function podOf(name: string, variables: readonly number[], annotations: Record<string, string>): BenchPod {
  const app = name.replaceAll(' ', '-');
  const containers = variables.map((count, index) => ({ name: `container-${index}`, count }));
  const pod = {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      generateName: `${app}-${serialPlace}-`,
      namespace: 'default',
      labels: { app, 'pod-template-hash': serialPlace },
      annotations,
      managedFields: [
        {
          manager: 'kube-controller-manager',
          operation: 'Update',
          apiVersion: 'v1',
          time: '2026-11-22T01:13:08Z',
          fieldsType: 'FieldsV1',
          fieldsV1: managedFields(containers),
        },
      ],
    },
    spec: {
      volumes: [tokenVolume, { name: 'data', emptyDir: {} }],
      containers: containers.map(({ name: container, count }) => containerOf(container, count)),
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      serviceAccountName: 'default',
      serviceAccount: 'default',
      securityContext: {},
      schedulerName: 'default-scheduler',
      tolerations: ['not-ready', 'unreachable'].map((condition) => ({
        key: `node.kubernetes.io/${condition}`,
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: 300,
      })),
      priority: 0,
      enableServiceLinks: true,
      preemptionPolicy: 'PreemptLowerPriority',
    },
    status: {},
  };
  return { name, body: JSON.stringify(reviewOf(pod, 'default', { uid: `705ab4f5-6393-11e8-b7cc-${serialPlace}` })) };
}

function containerOf(name: string, variables: number) {
  return {
    name,
    image: `registry.example.com/shop/${name}:v1.2.3`,
    args: ['--listen=:8080', '--log-format=json'],
    ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
    ...(variables > 0 && {
      env: variableNames(variables).map((variable) => ({
        name: variable,
        value: `value-of-${variable.toLowerCase()}`,
      })),
    }),
    resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '500m', memory: '256Mi' } },
    volumeMounts: [
      { name: 'data', mountPath: '/data' },
      { name: 'kube-api-access-sc5n6', readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' },
    ],
    readinessProbe: {
      httpGet: { path: '/ready', port: 8080, scheme: 'HTTP' },
      timeoutSeconds: 1,
      periodSeconds: 10,
      successThreshold: 1,
      failureThreshold: 3,
    },
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: 'IfNotPresent',
  };
}

function variableNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `SETTING_${index}`);
}

function managedFields(containers: readonly { readonly name: string; readonly count: number }[]) {
  const fieldsOf = (count: number) => ({
    ...managed(['args', 'image', 'imagePullPolicy', 'name', 'ports', 'resources']),
    ...(count > 0 && { 'f:env': { '.': {}, ...managedEnv(count) } }),
  });
  return {
    'f:metadata': { 'f:annotations': { '.': {} }, 'f:generateName': {}, 'f:labels': { '.': {}, 'f:app': {} } },
    'f:spec': {
      'f:containers': Object.fromEntries(
        containers.map(({ name, count }) => [`k:{"name":"${name}"}`, fieldsOf(count)]),
      ),
      ...managed(['dnsPolicy', 'enableServiceLinks', 'restartPolicy', 'schedulerName', 'securityContext']),
    },
  };
}

function managedEnv(count: number) {
  return Object.fromEntries(variableNames(count).map((name) => [`k:{"name":"${name}"}`, managed(['name', 'value'])]));
}

function managed(names: readonly string[]) {
  return Object.fromEntries([['.', {}], ...names.map((name) => [`f:${name}`, {}])]);
}

const tokenVolume = {
  name: 'kube-api-access-sc5n6',
  projected: {
    sources: [
      { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      {
        downwardAPI: {
          items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
        },
      },
    ],
    defaultMode: 420,
  },
};

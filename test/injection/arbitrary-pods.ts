import fc from 'fast-check';
import { sampleNames } from '../support/sample-profiles.ts';

/** Generators of pods and annotations, most of which an API server would accept. */

type Json = Readonly<Record<string, unknown>>;

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 });
const absentOrNull = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof(
    { weight: 6, arbitrary },
    { weight: 1, arbitrary: fc.constant(null) },
    { weight: 3, arbitrary: fc.constant(undefined) },
  );

/** Generates objects without members that are undefined, as in JSON. */
const record = (members: Record<string, fc.Arbitrary<unknown>>) =>
  fc
    .record(members)
    .map((value): Json => Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)));

const fieldPaths = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'status.podIP',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  "metadata.labels['app']",
  "metadata.annotations['example.com/build']",
];
const resourceNames = ['limits.cpu', 'requests.cpu', 'limits.memory', 'requests.memory', 'limits.ephemeral-storage'];
const ourNames = [
  ...['POD_NAME', 'POD_UID', 'NODE_NAME', 'OTEL_RESOURCE_ATTRIBUTES', 'CONTAINER_CPU_LIMIT_MILLICORES'],
  ...['OTEL_RESOURCE_ATTRIBUTES_POD_NAME', 'OTEL_RESOURCE_ATTRIBUTES_NODE_NAME'],
];
const containerNames = ['main', 'worker', 'mesh', 'logs', 'ambassador', 'constructor', '__proto__', 'a b', 'x\ny'];

const envName = fc.constantFrom(...ourNames, 'KUBECONFIG', 'OWN', 'PATH', 'A', 'B', 'C.d-e');
const fieldRef = record({ apiVersion: optional(fc.constant('v1')), fieldPath: fc.constantFrom(...fieldPaths) });
const resourceFieldRef = record({
  containerName: optional(fc.constantFrom(...containerNames, '')),
  resource: fc.constantFrom(...resourceNames),
  divisor: optional(fc.constantFrom('0', '1', '1m', '1Ki', 1)),
});
const variable = fc.oneof(
  record({ name: envName, value: optional(fc.string({ maxLength: 8 })) }),
  record({ name: envName, valueFrom: record({ fieldRef }) }),
  record({ name: envName, valueFrom: record({ resourceFieldRef }) }),
  record({ name: envName, valueFrom: record({ configMapKeyRef: fc.constant({ name: 'settings', key: 'a' }) }) }),
);
const quantities = fc.constantFrom('10m', '100m', '1', 1, 0.1, '64Mi', '1Gi', '0');
const resourceList = fc.oneof(
  fc.constant({ cpu: '100m', memory: '64Mi' }),
  record({ cpu: optional(quantities), memory: optional(quantities), 'ephemeral-storage': optional(quantities) }),
);
const resources = record({ requests: absentOrNull(resourceList), limits: absentOrNull(resourceList) });
const securityContext = record({ runAsUser: optional(fc.constantFrom(0, 1000)), runAsNonRoot: optional(fc.boolean()) });
const mount = record({
  name: fc.constantFrom('work', 'data'),
  mountPath: fc.constantFrom(
    '/work',
    '/data',
    '/etc/downward',
    '/etc/downward/',
    '/etc/podinfo',
    '/',
    '/x/labels',
    '/etc/downlink',
  ),
  readOnly: optional(fc.boolean()),
  subPath: fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.constant('a') }),
});

const containerShape = {
  image: fc.constant('busybox:1.36'),
  command: optional(fc.constant(['sh', '-c', 'echo $(POD_NAME)'])),
  env: absentOrNull(fc.array(variable, { maxLength: 6 })),
  envFrom: optional(fc.constant([{ configMapRef: { name: 'settings' } }])),
  ports: absentOrNull(fc.array(record({ containerPort: fc.constantFrom(80, 8001, 8090) }), { maxLength: 2 })),
  resources: absentOrNull(resources),
  securityContext: absentOrNull(securityContext),
  volumeMounts: absentOrNull(fc.uniqueArray(mount, { maxLength: 3, selector: ({ mountPath }) => mountPath })),
  terminationMessagePath: fc.oneof(
    { weight: 6, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constantFrom('/dev/termination-log', '/x/log', null) },
  ),
  resizePolicy: absentOrNull(fc.constant([{ resourceName: 'cpu', restartPolicy: 'NotRequired' }])),
  futureField: optional(fc.jsonValue({ maxDepth: 2 })),
};
/** Containers of these names, and of some of the others. */
const containers = (names: readonly string[], others: readonly string[]) =>
  fc.uniqueArray(fc.constantFrom(...others), { maxLength: 2 }).chain((chosen) => {
    const all = [...names, ...chosen].map((name) => record({ name: fc.constant(name), ...containerShape }));
    return all.length === 0 ? fc.constant<Json[]>([]) : fc.tuple(...all);
  });

const volume = fc.oneof(
  { weight: 8, arbitrary: fc.constant<Json>({ name: 'work', emptyDir: {} }) },
  { weight: 8, arbitrary: fc.constant<Json>({ name: 'data', persistentVolumeClaim: { claimName: 'data' } }) },
  { weight: 2, arbitrary: fc.constant<Json>({ name: 'data', configMap: { name: 'data' } }) },
  { weight: 1, arbitrary: fc.constant<Json>({ name: 'downlink', emptyDir: {} }) },
);

const spec = record({
  containers: containers(['main'], containerNames.slice(1)),
  initContainers: absentOrNull(containers([], ['prepare', 'migrate', 'init'])),
  volumes: absentOrNull(fc.uniqueArray(volume, { maxLength: 2, selector: ({ name }) => name })),
  imagePullSecrets: absentOrNull(
    fc.uniqueArray(fc.constantFrom<Json>({ name: 'registry' }, { name: 'own' }, {}), { maxLength: 3 }),
  ),
  restartPolicy: fc.oneof(
    { weight: 5, arbitrary: fc.constant(undefined) },
    fc.constantFrom('Always', 'Never', 'OnFailure', 'x\ny'),
  ),
  hostNetwork: fc.oneof({ weight: 8, arbitrary: fc.constant(undefined) }, fc.boolean()),
  shareProcessNamespace: optional(fc.boolean()),
  nodeSelector: optional(fc.constantFrom({ 'kubernetes.io/os': 'linux' }, { disk: 'ssd' })),
  securityContext: absentOrNull(record({ runAsUser: optional(fc.constant(1000)), fsGroup: optional(fc.constant(1)) })),
  resources: fc.oneof({ weight: 8, arbitrary: fc.constant(undefined) }, resources),
  tolerations: optional(fc.constant([{ operator: 'Exists' }])),
});

/** Any character. fast-check's own unit 'binary' first builds a table of all of them, which takes seconds. */
export const character = fc
  .oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map((codePoint) => String.fromCodePoint(codePoint));
const garbage = fc.oneof(
  fc.string({ unit: character, maxLength: 300 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.stringMatching(/^[A-Za-z_.:=/ '[\]]{0,30}$/),
  fc.constantFrom('__proto__', 'constructor', 'toString', '\n', '\u0000', '\ud800', '😀'.repeat(50), '='.repeat(300)),
);
/** Fields that are offered only as variables or only as files. */
const offered = {
  env: { fields: fieldPaths, groups: ['pod', 'node', 'resources', 'topology', 'workload', 'index', 'otel', 'true'] },
  volume: {
    fields: [...fieldPaths.filter((path) => path.startsWith('metadata.')), 'metadata.labels', 'metadata.annotations'],
    groups: ['pod', 'labels', 'annotations', 'resources', 'true', 'main:resources'],
  },
} as const;
const ownNames = {
  env: ['NAME', 'A', 'B', 'C.d-e', 'POD_NAME'],
  volume: ['name', 'a', 'b', 'dir/x', 'dir/y', 'labels'],
};
const divided = fc.tuple(fc.constantFrom(...resourceNames), fc.constantFrom('', '/1')).map((parts) => parts.join(''));
const validItem = (annotation: 'env' | 'volume') => {
  const { fields, groups } = offered[annotation];
  const named = fc.tuple(fc.constantFrom(...ownNames[annotation]), fc.oneof(fc.constantFrom(...fields), divided));
  const bare = fields.filter((path) => !path.includes('[') && !path.startsWith('metadata.a'));
  return fc.oneof(
    fc.constantFrom<string>(...groups),
    fc.constantFrom<string>(...bare, 'limits.cpu', 'requests.memory'),
    named.map((parts) => parts.join('=')),
    ...(annotation === 'volume' ? [fc.constantFrom('main:limits.cpu', 'x=worker:limits.cpu/1m')] : []),
  );
};
/** A valid item with one character changed, removed, or doubled. */
const nearMiss = fc
  .tuple(
    fc.oneof(validItem('env'), validItem('volume')),
    fc.nat(),
    fc.constantFrom('drop', 'double', 'change'),
    fc.string({ minLength: 1, maxLength: 1 }),
  )
  .map(([item, at, how, character]) => {
    const index = at % item.length;
    const middle = { drop: '', double: item.charAt(index).repeat(2), change: character }[how];
    return item.slice(0, index) + middle + item.slice(index + 1);
  });
const items = (annotation: 'env' | 'volume', mistakes: number) =>
  fc
    .tuple(
      fc.array(
        mistakes === 0
          ? validItem(annotation)
          : fc.oneof(
              { weight: 20, arbitrary: validItem(annotation) },
              { weight: mistakes, arbitrary: nearMiss },
              { weight: mistakes, arbitrary: garbage },
            ),
        { maxLength: 5 },
      ),
      fc.constantFrom(',', '\n', ' , '),
    )
    .map(([list, separator]) => list.join(separator));

const options: Record<string, readonly string[]> = {
  'volume-path': ['/etc/podinfo', '/etc/downward/', '/x', '/data/info', '/work/info', '/etc/downlink/x'],
  'volume-mode': ['0444', '0600', '0000'],
  containers: ['main', 'main, worker', ''],
  'ambassador-port': ['8090', '1024'],
  'ambassador-access': ['full', 'read-only, own-namespace', 'no-secrets'],
  'ambassador-image': ['registry.example.com/kubectl:v1'],
  'ambassador-cpu': ['50m', '1'],
  'ambassador-memory': ['32Mi', '1Gi'],
  'ambassador-sidecar': ['auto', 'native', 'container'],
  'ambassador-kubeconfig': ['true', 'true', 'false'],
};
const profileNames = fc.shuffledSubarray([...sampleNames], { maxLength: 3 }).map((names) => names.join(', '));
const annotationsWith = (mistakes: number) => {
  const wrong = fc.oneof(garbage, fc.constantFrom<unknown>(null, 1, true, [], {}));
  const orWrong = (right: fc.Arbitrary<unknown>) =>
    mistakes === 0 ? right : fc.oneof({ weight: 20, arbitrary: right }, { weight: mistakes, arbitrary: wrong });
  const absentMostly = (arbitrary: fc.Arbitrary<unknown>) =>
    fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
  return record({
    'downlink.dev/env': optional(orWrong(items('env', mistakes))),
    'downlink.dev/volume': optional(orWrong(items('volume', mistakes))),
    'downlink.dev/ambassador': optional(orWrong(fc.constantFrom('true', 'true', 'false'))),
    ...Object.fromEntries(
      Object.entries(options).map(([name, values]) => [
        `downlink.dev/${name}`,
        absentMostly(orWrong(fc.constantFrom(...values))),
      ]),
    ),
    'downlink.dev/profile': absentMostly(orWrong(profileNames)),
    'downlink.dev/inject': fc.oneof({ weight: 20, arbitrary: fc.constant(undefined) }, orWrong(fc.constant('false'))),
    'example.com/build': optional(fc.constant('42')),
    'kubectl.kubernetes.io/default-container': optional(fc.constantFrom('worker', 'main', 'none')),
    ...(mistakes > 0 && {
      'downlink.dev/status': fc.oneof(
        { weight: 10, arbitrary: fc.constant(undefined) },
        garbage,
        fc.constantFrom('{}', '{"containers":["ambassador"],"volumes":["downlink"]}'),
        fc.constant('{"volumes":["downlink-kubeconfig"],"imagePullSecrets":["registry"]}'),
        fc.constantFrom(
          '{"profiles":{"web":"","gone":"x"}}',
          '{"profiles":{"__proto__":"x"}}',
          '{"profiles":{"web":1}}',
        ),
      ),
      'downlink.dev/kubeconfig': fc.oneof({ weight: 10, arbitrary: fc.constant(undefined) }, garbage),
      'downlink.dev/evn': fc.oneof({ weight: 10, arbitrary: fc.constant(undefined) }, garbage),
    }),
  });
};

const podOf = (annotations: fc.Arbitrary<Json>) =>
  record({
    apiVersion: fc.constant('v1'),
    kind: fc.constant('Pod'),
    metadata: record({
      name: optional(fc.constant('test')),
      generateName: optional(fc.constant('test-')),
      labels: optional(fc.constant({ app: 'demo' })),
      annotations,
    }),
    spec,
  }).map((pod) => pod as unknown as ArbitraryPod);

/** A generated pod. */
export interface ArbitraryPod {
  readonly metadata: Json & { readonly annotations: Readonly<Record<string, string>> };
  readonly spec: Json & {
    readonly containers: readonly ArbitraryContainer[];
    readonly initContainers?: readonly ArbitraryContainer[] | null;
    readonly volumes?: readonly (Json & { readonly name: string })[] | null;
  };
}

export type ArbitraryContainer = Json & {
  readonly name: string;
  readonly env?: readonly (Json & { readonly name: string; readonly value?: string })[] | null;
  readonly volumeMounts?: readonly (Json & { readonly name: string; readonly mountPath: string })[] | null;
};

/** Pods whose annotations are each valid. */
export const podWithValidAnnotations = podOf(annotationsWith(0));
/** Pods whose annotations contain some mistakes, or nothing else. */
export const podWithAnyAnnotations = podOf(fc.oneof(annotationsWith(1), annotationsWith(20)));

/** A pod with one place in it replaced by any JSON value. */
export const brokenPod = fc.tuple(podWithAnyAnnotations, fc.nat(), fc.jsonValue()).map(([pod, at, value]): unknown => {
  const broken = structuredClone(pod) as unknown as Record<string, unknown>;
  const places: { parent: Record<string, unknown>; key: string }[] = [];
  const visit = (parent: Record<string, unknown>) => {
    for (const [key, child] of Object.entries(parent)) {
      places.push({ parent, key });
      if (typeof child === 'object' && child !== null) visit(child as Record<string, unknown>);
    }
  };
  visit(broken);
  const place = places[at % places.length];
  if (place === undefined) return value;
  place.parent[place.key] = value;
  return broken;
});

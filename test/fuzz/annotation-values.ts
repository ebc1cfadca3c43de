import fc from 'fast-check';
import { annotationNames } from '../../src/annotations/annotation-keys.ts';
import { version } from '../../src/version.ts';
import { sampleNames } from '../support/sample-profiles.ts';
import { anyText } from './json-tree.ts';

/** Annotations and their values: most are valid, many almost valid, and some are arbitrary. */

/** Placeholders for the names of the first containers of the pod. */
export const containerMarks = ['{0}', '{1}', '{2}'] as const;

const fields = [
  ...['metadata.name', 'metadata.namespace', 'metadata.uid', 'metadata.labels', 'metadata.annotations'],
  ...['spec.nodeName', 'spec.serviceAccountName', 'status.hostIP', 'status.hostIPs', 'status.podIP', 'status.podIPs'],
  ...["metadata.labels['app']", "metadata.labels['a.b/c']", "metadata.annotations['x/y']", "metadata.labels['']"],
  ...["metadata.labels['app']?", "metadata.annotations['x/y']?", 'metadata.name?', 'metadata.labels?'],
  ...["metadata.labels['topology.kubernetes.io/zone']", 'metadata.label.app', 'podIP', 'spec.podIP', 'metadata.nam'],
];
const resources = [
  ...['limits.cpu', 'requests.cpu', 'limits.memory', 'requests.memory', 'limits.ephemeral-storage'],
  ...['limits.hugepages-2Mi', 'requests.hugepages-1Gi', 'limits.cpus', 'limits.', 'requests.hugepages-'],
];
const divisors = ['', '', '', '/1', '/1m', '/1Ki', '/1Mi', '/1M', '/0', '/', '/1m/1', '/1mb', '/1024'];
const envGroups = ['pod', 'node', 'resources', 'topology', 'workload', 'index', 'otel', 'otel-labels', 'true'];
/** What only a variable can show. */
const envOnly = [
  ...['container.name', 'container.image', 'container.image.tag', 'workload.kind', 'workload.name', 'cluster.name'],
  ...['ambassador.url', 'container.tag', 'owner.name', 'cluster', 'workload.uid', 'otel', 'otel-labels'],
  ...['limits.memory*90%', 'requests.cpu*50%/1m', 'limits.hugepages-2Mi*100%', 'limits.memory*0%', '90%*limits.cpu'],
  ...['limits.memory*101%', 'limits.memory*0.9', 'limits.memory/1Mi*90%', "metadata.labels['app']*90%"],
  ...['"text"', '""', '"a, b"', '"a\nb"', '"$(A) $(POD_NAME) $(NOWHERE)"', '"\\" \\\\"', '"metadata.name"', '"$$(A)"'],
  ...['"open', '"a" b', '"a"b"', '"\\n"', '"\\', "'text'", '\u201ctext\u201d', 'text', `"${'x'.repeat(300)}"`],
];
const fileGroups = ['pod', 'labels', 'annotations', 'resources', 'true', '{0}:resources', '{1}:resources'];
const odd = [
  ...['', ' ', '=', ':', '/', '==', 'a=', '=a', ':a', 'a:', '__proto__', 'constructor', 'toString', '\u0000', '\ud800'],
  ...[
    '\t',
    '\u2028',
    '\u200b',
    '😀',
    'x'.repeat(300),
    '='.repeat(100),
    '../',
    '..',
    '.',
    '%00',
    '$(A)',
    "'",
    '"',
    '\\',
  ],
];

const resource = fc.tuple(fc.constantFrom(...resources), fc.constantFrom(...divisors)).map((parts) => parts.join(''));
const prefixed = fc
  .tuple(
    fc.constantFrom(...containerMarks, 'missing', 'a=b', '', ' {0} '),
    fc.oneof(resource, fc.constant('resources')),
  )
  .map((parts) => parts.join(':'));
const garbage = fc.oneof(fc.constantFrom(...odd), anyText, fc.stringMatching(/^[A-Za-z_.:=/ '[\]]{0,20}$/));
const source = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...fields) },
  { weight: 4, arbitrary: resource },
  { weight: 2, arbitrary: prefixed },
  { weight: 4, arbitrary: fc.constantFrom(...envOnly) },
);
const names = [
  ...[
    'NAME',
    'A',
    'B',
    'POD_NAME',
    'POD_UID',
    'KUBECONFIG',
    'OTEL_RESOURCE_ATTRIBUTES_POD_NAME',
    'OTEL_RESOURCE_ATTRIBUTES',
    'C.d-e',
    '1A',
    'a b',
    '.',
    '..x',
    'NODE_NAME',
  ],
  ...['name', 'a', 'a/b', 'a/b/c', 'dir/x', 'labels', '/a', '../a', 'a/', 'a//b', './a', '..a', 'podName', '{0}/x'],
];
const item = (groups: readonly string[]) =>
  fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...groups) },
    { weight: 4, arbitrary: source },
    { weight: 6, arbitrary: fc.tuple(fc.constantFrom(...names), source).map((parts) => parts.join('=')) },
    { weight: 1, arbitrary: garbage },
  );
const rightEnv = fc.constantFrom(
  ...envGroups,
  'A=metadata.name',
  "B=metadata.labels['app']",
  'C=limits.memory/1Mi',
  ...['D=limits.memory*90%', 'E="a, $(A)"', "F=metadata.labels['app']?", 'container.image.tag', 'G=otel'],
);
const rightFile = fc.constantFrom(...fileGroups, 'a/b=metadata.uid', 'x={0}:limits.cpu/1m', 'requests.memory');
const list = (items: fc.Arbitrary<string>) =>
  fc
    .tuple(fc.array(items, { maxLength: 5 }), fc.constantFrom(',', '\n', ' , ', ',,', '\r\n', ';'))
    .map(([parts, separator]) => parts.join(separator));
const many = (of: (index: number) => string) =>
  fc
    .constantFrom(20, 21, 22, 100, 100, 200, 1000, 1001)
    .map((count) => Array.from({ length: count }, (_, index) => of(index)).join());

const quantities = [
  ...['50m', '1', '0', '0.5', '.5', '5.', '1e3', '1E', '1Ei', '-1', '+1', '1k', '1K', '128Mi', '1n', '1u', '1e999'],
  ...['', ' 1 ', '1 m', 'm', '0x10', '1_000', '1'.repeat(64), '9'.repeat(65), 'NaN', 'Infinity', '1e-999', '١'],
];
const images = [
  ...[
    'kubectl',
    'registry.example.com/kubectl:v1',
    'localhost:5000/a/b:c',
    '[::1]:5000/a',
    `a@sha256:${'0'.repeat(64)}`,
  ],
  ...['', 'A', 'a:b:c', 'a@b', 'a//b', '/a', 'a/', 'x'.repeat(600), 'http://a/b', 'a b', `${'a/'.repeat(200)}a`],
];
const containerLists = list(
  fc.constantFrom(...containerMarks, ...containerMarks, 'missing', 'ambassador', '', '*', '__proto__'),
);
const namesOf = fc.dictionary(
  fc.constantFrom(...containerMarks, 'main', '__proto__', 'constructor', 'gone'),
  fc.array(fc.constantFrom('POD_NAME', 'KUBECONFIG', 'A', '/etc/downward', '/etc/downlink', '/x'), { maxLength: 3 }),
  { maxKeys: 2 },
);
const status = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .record(
        {
          version: fc.constantFrom(version, '', '99'),
          env: namesOf,
          mounts: namesOf,
          volumes: fc.subarray(['downlink', 'downlink-token', 'downlink-kubeconfig', 'x']),
          imagePullSecrets: fc.subarray(['registry', 'x']),
          containers: fc.subarray(['ambassador', 'main']),
          profiles: fc.dictionary(
            fc.constantFrom(...sampleNames, 'gone', '__proto__'),
            fc.constantFrom('', '0123abcd'),
          ),
        },
        { requiredKeys: [] },
      )
      .map((value) => JSON.stringify(value)),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', '{', 'null', '[]', '{"env":[]}', '{"env":{"a":1}}', '{"volumes":"downlink"}', '1'),
  },
  { weight: 1, arbitrary: fc.constantFrom('['.repeat(5000), '{"version":1}', '{"__proto__":{"x":1}}', '{"env":null}') },
);

/** Generators by annotation, without the prefix. */
const values: Readonly<Record<string, fc.Arbitrary<string>>> = {
  env: fc.oneof(
    { weight: 6, arbitrary: list(rightEnv) },
    { weight: 6, arbitrary: list(item(envGroups)) },
    { weight: 1, arbitrary: many((index) => `V${index}=metadata.name`) },
    { weight: 1, arbitrary: list(item(fileGroups)) },
  ),
  volume: fc.oneof(
    { weight: 6, arbitrary: list(rightFile) },
    { weight: 6, arbitrary: list(item(fileGroups)) },
    { weight: 1, arbitrary: many((index) => `f${index}=metadata.name`) },
    { weight: 1, arbitrary: list(item(envGroups)) },
  ),
  'volume-path': fc.constantFrom(
    ...['/etc/podinfo', '/etc/podinfo/', '/x', '/', '//', 'x', '', '/a/../b', '/a:b', '/etc/downward', ' /x '],
    ...[
      '/proc',
      '/sys/x',
      '/dev/shm',
      '/etc',
      '/etc/hosts',
      '/run/secrets',
      '/var/run/x',
      '/data/x',
      '/work/x',
      '/etc/downlink',
      '/etc/downlink/x',
      '/tmp/x',
    ],
    ...['/\n', `/${'a'.repeat(5000)}`, '/.', '/..', '/\ud800', '/var/run/secrets/kubernetes.io/serviceaccount'],
  ),
  'volume-mode': fc.constantFrom(
    '0444',
    '0600',
    '0000',
    '0777',
    '444',
    '0888',
    '',
    '07777',
    '-0644',
    ' 0644 ',
    '0o644',
  ),
  containers: containerLists,
  ambassador: fc.constantFrom('true', 'true', 'true', 'true', 'false', 'True', 'yes', '1', '', ' true'),
  'ambassador-port': fc.constantFrom('8090', '1024', '65535', '65536', '1023', '0', '-1', '', ' 8090 ', '8e3', '08090'),
  'ambassador-access': list(
    fc.constantFrom('read-only', 'own-namespace', 'no-secrets', 'full', 'read-only', 'own-namespace', 'ful', ''),
  ),
  'ambassador-image': fc.constantFrom(...images),
  'ambassador-cpu': fc.constantFrom(...quantities),
  'ambassador-memory': fc.constantFrom(...quantities),
  'ambassador-kubeconfig': fc.constantFrom('true', 'true', 'true', 'false', 'True', 'yes', '', ' true '),
  kubeconfig: fc.oneof(fc.constantFrom('', 'apiVersion: v1\nkind: Config\n', '{}', 'x'.repeat(5000)), anyText),
  'ambassador-sidecar': fc.constantFrom('auto', 'native', 'container', 'Native', ''),
  inject: fc.constantFrom('false', 'true', '', 'False'),
  profile: fc.oneof(
    { weight: 8, arbitrary: list(fc.constantFrom(...sampleNames)) },
    {
      weight: 4,
      arbitrary: list(fc.constantFrom(...sampleNames, 'wbe', '__proto__', '', 'x\ny', '\ud800', 'x'.repeat(300))),
    },
    { weight: 1, arbitrary: many((index) => `p${index}`) },
  ),
  status,
};
const unknownNames = [
  'evn',
  'volumes',
  'Env',
  '',
  '__proto__',
  'constructor',
  'env ',
  'a/b',
  'x'.repeat(300),
  '\n',
  '\ud800',
];
const othersKeys = [
  ...['kubectl.kubernetes.io/default-container', 'kubernetes.io/config.mirror', 'example.com/a', '__proto__'],
  ...['DOWNLINK.DEV/env', 'downlink.dev', 'downlink.dev/', 'xdownlink.dev/env'],
];

/** Sets an annotation. The value can contain placeholders for containers. */
export interface AnnotationChange {
  readonly kind: 'annotation';
  readonly key: string;
  readonly value: string;
}

/** How often each annotation is set: most often those that others depend on. */
const weights: Readonly<Record<string, number>> = {
  env: 12,
  volume: 12,
  ambassador: 10,
  status: 4,
  containers: 5,
  profile: 6,
};

const ours = annotationNames.map((name) => ({
  weight: weights[name] ?? (name === 'inject' ? 1 : 2),
  arbitrary: change(
    fc.constant(`downlink.dev/${name}`),
    fc.oneof({ weight: 15, arbitrary: values[name] ?? garbage }, { weight: 1, arbitrary: garbage }),
  ),
}));
export const annotationChange: fc.Arbitrary<AnnotationChange> = fc.oneof(
  ...ours,
  {
    weight: 1,
    arbitrary: change(
      fc.constantFrom(...unknownNames).map((name) => `downlink.dev/${name}`),
      garbage,
    ),
  },
  {
    weight: 2,
    arbitrary: change(
      fc.constantFrom(...othersKeys),
      fc.oneof(
        { weight: 20, arbitrary: fc.constantFrom<string>(...containerMarks) },
        { weight: 1, arbitrary: fc.constantFrom('x'.repeat(262_000), 'x'.repeat(270_000)) },
        { weight: 5, arbitrary: garbage },
      ),
    ),
  },
);

function change(key: fc.Arbitrary<string>, value: fc.Arbitrary<string>): fc.Arbitrary<AnnotationChange> {
  return fc.record({ kind: fc.constant('annotation'), key, value });
}

/** Edits tokens in one of Downlink's annotations on the pod. */
export interface TokenChange {
  readonly kind: 'tokens';
  /** The annotation, modulo their number. */
  readonly annotation: number;
  readonly edits: readonly { readonly how: (typeof hows)[number]; readonly at: number; readonly token: string }[];
}

const hows = ['drop', 'double', 'replace', 'insert', 'swap'] as const;
const tokens = [
  ',',
  '\n',
  '=',
  ':',
  '/',
  '.',
  '[',
  ']',
  "'",
  '"',
  '\\',
  '*',
  '%',
  '?',
  '{',
  '}',
  ' ',
  ...envOnly,
  ...envGroups,
  ...fileGroups,
  ...fields,
];

export const tokenChange: fc.Arbitrary<TokenChange> = fc.record({
  kind: fc.constant('tokens'),
  annotation: fc.nat(),
  edits: fc.array(
    fc.record({
      how: fc.constantFrom(...hows),
      at: fc.nat(),
      token: fc.constantFrom(...tokens, ...resources, ...names, ...odd),
    }),
    { minLength: 1, maxLength: 3 },
  ),
});

/** Returns the text with its tokens edited. */
export function editTokens(text: string, { edits }: TokenChange): string {
  const parts = text.split(/([,\n=:/.[\]'"\\*%?{} ])/);
  for (const { how, at, token } of edits) {
    const index = at % parts.length;
    const part = parts[index] ?? '';
    switch (how) {
      case 'drop':
        parts.splice(index, 1);
        break;
      case 'double':
        parts.splice(index, 0, part);
        break;
      case 'replace':
        parts[index] = token;
        break;
      case 'insert':
        parts.splice(index, 0, token);
        break;
      case 'swap': {
        const next = (index + 1) % parts.length;
        [parts[index], parts[next]] = [parts[next] ?? '', part];
        break;
      }
      default:
        how satisfies never;
    }
  }
  return parts.join('');
}

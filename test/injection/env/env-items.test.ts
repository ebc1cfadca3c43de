import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatDownwardSource } from '../../../src/annotations/downward-source.ts';
import { formatCause } from '../../../src/diagnostics/field-error.ts';
import { emptyFindings } from '../../../src/diagnostics/findings.ts';
import { type EnvIntent, envGroups } from '../../../src/injection/env/env-items.ts';
import { parseEnvItems } from '../../../src/injection/items/parse-items.ts';
import { kept } from '../../annotations/kept.ts';

function parse(value: string) {
  const findings = emptyFindings();
  return { variables: parseEnvItems(value, findings).map(show), ...kept(findings) };
}

function show({ name, source }: EnvIntent): string {
  return `${name}=${source.kind === 'field' || source.kind === 'resource' ? formatDownwardSource(source) : '(otel)'}`;
}

const pod = [
  'POD_NAME=metadata.name',
  'POD_NAMESPACE=metadata.namespace',
  'POD_UID=metadata.uid',
  'POD_IP=status.podIP',
  'SERVICE_ACCOUNT=spec.serviceAccountName',
];
const node = ['NODE_NAME=spec.nodeName', 'HOST_IP=status.hostIP'];
const resources = [
  'CONTAINER_CPU_REQUEST_MILLICORES=requests.cpu/1m',
  'CONTAINER_CPU_LIMIT_MILLICORES=limits.cpu/1m',
  'CONTAINER_MEMORY_REQUEST_KIBIBYTES=requests.memory/1Ki',
  'CONTAINER_MEMORY_LIMIT_KIBIBYTES=limits.memory/1Ki',
];

describe('env', () => {
  for (const [value, ...expected] of [
    [''],
    ['pod', ...pod],
    ['node', ...node],
    ['resources', ...resources],
    [
      'topology',
      "NODE_ZONE=metadata.labels['topology.kubernetes.io/zone']",
      "NODE_REGION=metadata.labels['topology.kubernetes.io/region']",
    ],
    [
      'otel',
      'OTEL_RESOURCE_ATTRIBUTES_POD_NAME=metadata.name',
      'OTEL_RESOURCE_ATTRIBUTES_POD_UID=metadata.uid',
      'OTEL_RESOURCE_ATTRIBUTES_NODE_NAME=spec.nodeName',
      'OTEL_SERVICE_NAME=(otel)',
      'OTEL_RESOURCE_ATTRIBUTES=(otel)',
    ],
    ['true', ...pod, ...node, ...resources],
    ['metadata.name', 'POD_NAME=metadata.name'],
    ['status.hostIP', 'HOST_IP=status.hostIP'],
    ['limits.cpu', 'CONTAINER_CPU_LIMIT_MILLICORES=limits.cpu/1m'],
    ['limits.cpu/1m', 'CONTAINER_CPU_LIMIT_MILLICORES=limits.cpu/1m'],
    ['requests.memory', 'CONTAINER_MEMORY_REQUEST_KIBIBYTES=requests.memory/1Ki'],
    ["metadata.labels['topology.kubernetes.io/zone']", "NODE_ZONE=metadata.labels['topology.kubernetes.io/zone']"],
    ['NAME=metadata.name', 'NAME=metadata.name'],
    [' NAME = metadata.name ', 'NAME=metadata.name'],
    ['a-b.c_D9=metadata.name', 'a-b.c_D9=metadata.name'],
    ['_=metadata.uid', '_=metadata.uid'],
    ['.hidden=metadata.uid', '.hidden=metadata.uid'],
    ['MEMORY=limits.memory', 'MEMORY=limits.memory'],
    ['metadata.uid, metadata.name', 'POD_UID=metadata.uid', 'POD_NAME=metadata.name'],
    ['pod=metadata.name', 'pod=metadata.name'],
  ] as const) {
    test(`${JSON.stringify(value)} requests ${expected.length} variables`, () => {
      assert.deepEqual(parse(value), { variables: expected, errors: [], warnings: [] });
    });
  }

  test('has no group with the name of a property of every object', () => {
    for (const item of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      assert.equal(parse(item).errors.length, 1, item);
    }
  });
});

describe('env with a mistake', () => {
  for (const [item, right] of [
    ['POD=metadata.nam', '"POD=metadata.name"'],
    ['metadata.nam', '"metadata.name"'],
    ['POD=', '"POD_NAME=metadata.name"'],
    ['=metadata.name', '"POD_NAME=metadata.name"'],
    ['=', '"POD_NAME=metadata.name"'],
    ['ME=pod', '"pod"'],
    ['Node', '"node"'],
    ['pods', '"pod"'],
    ['resource', '"resources"'],
    ["metadata.labels['app']", `"APP=metadata.labels['app']"`],
    ["metadata.labels['example.com/9lives']", `"_9LIVES=metadata.labels['example.com/9lives']"`],
    [
      "metadata.annotations['example.com/buildNumber']",
      `"BUILD_NUMBER=metadata.annotations['example.com/buildNumber']"`,
    ],
    ['limits.cpu/1', '"CPU_LIMIT=limits.cpu/1"'],
    ['limits.memory/1Mi', '"MEMORY_LIMIT=limits.memory/1Mi"'],
    ['requests.ephemeral-storage', '"EPHEMERAL_STORAGE_REQUEST=requests.ephemeral-storage"'],
    ['status.podIPs', '"POD_IPS=status.podIPs"'],
    ['metadata.labels', 'downlink.dev/volume'],
    ['ALL=metadata.annotations', 'downlink.dev/volume'],
    ['main:limits.cpu', '"limits.cpu"'],
    ['CPU=main:limits.cpu/1m', '"CPU=limits.cpu/1m"'],
    ['main:resources', '"resources"'],
    ['main:limit.cpu', '"limits.cpu"'],
    ['main:metadata.name', '"metadata.name"'],
    [':limits.cpu', '"limits.cpu"'],
    ['main:', '"limits.cpu"'],
    ['1ST=metadata.name', '"_1ST=metadata.name"'],
    ['MY POD=metadata.name', '"MY_POD=metadata.name"'],
    ['GRÖSSE=limits.memory', '"GR_SSE=limits.memory"'],
    ['..=metadata.name', '"_=metadata.name"'],
    ['.=metadata.name', '"_=metadata.name"'],
    ['..A=metadata.name', '"A=metadata.name"'],
    ['A=B=metadata.name', '"A=metadata.name"'],
    ["K=metadata.labels['a:b']", "metadata.labels['app.kubernetes.io/name']"],
    ['labels', 'move it to downlink.dev/volume'],
    ['Label', 'write "labels" in downlink.dev/volume'],
    ['node.name', '"spec.nodeName"'],
    ['NODE=NODE_NAME', '"NODE=spec.nodeName"'],
    ['OTEL_RESOURCE_ATTRIBUTES', '"otel"'],
    [
      'deployment.name',
      'supported sources: the groups pod, node, resources, topology, otel and true, the fields metadata.name, ',
    ],
    ['metadata.ownerReferences[0].name', 'and limits and requests of cpu, memory, '],
    ['X=status.phase', 'supported sources: the fields metadata.name'],
    [
      'main:phase',
      'a variable shows its own container, and only a file can show another one; supported sources: the fields ',
    ],
    [
      'POD_NAME=metadata.name NODE=spec.nodeName',
      'commas or newlines; write "POD_NAME=metadata.name, NODE=spec.nodeName"',
    ],
    ['POD = metadata.nam  NODE = spec.nodeName', 'commas or newlines; write "POD=metadata.name, NODE=spec.nodeName"'],
    ['pod;node', 'commas or newlines; write "pod, node"'],
    ['pod node', 'write "pod, node"'],
    ['pod | node', 'write "pod, node"'],
    ['pod and node', 'write "pod, node"'],
    ['pod\\nnode', 'write "pod, node"'],
    ['NODE: spec.nodeName', 'a NAME is followed by "=" and not by ":"; write "NODE=spec.nodeName"'],
    ['NODE -> spec.nodeName', '"NODE=spec.nodeName"'],
    ['NODE==spec.nodeName', '"NODE=spec.nodeName"'],
    ['spec.nodeName=NODE', '"NODE=spec.nodeName"'],
    ['"pod"', '"pod"'],
    ['["pod"', '"pod"'],
    ['- pod', '"pod"'],
    ['$(POD_NAME)', '"metadata.name"'],
    ['POD=$(metadata.name)', '"POD=metadata.name"'],
    ['POD={metadata.name}', '"POD=metadata.name"'],
    ['POD={{ metadata.name }}', '"POD=metadata.name"'],
    ['POD="metadata.name"', '"POD=metadata.name"'],
    ['\u201cpod\u201d', 'did you mean "pod"?'],
    ['POD=\u2018metadata.name\u2019', '"POD=metadata.name"'],
    ['fieldRef:metadata.name', 'write "metadata.name"'],
    ['fieldPath: metadata.name', 'write "metadata.name"'],
    ['resourceFieldRef: limits.cpu', 'write "limits.cpu"'],
    ['{{ metadata.name }}', '"metadata.name"'],
    ['metadata.labels[app]', `"APP=metadata.labels['app']"`],
    ["metadata.labels['a b']", `"NAME=metadata.labels['app.kubernetes.io/name']"`],
    ["metadata.labels['pod-name']", `"POD_NAME_2=metadata.labels['pod-name']"`],
    [`metadata.labels['${'long'.repeat(14)}.example.com/name']`, `as in "APP=metadata.labels['app']"`],
  ] as const) {
    test(`${item} is denied, and the error says ${right}`, () => {
      const { variables, errors } = parse(`metadata.uid, ${item}`);
      assert.deepEqual(variables, ['POD_UID=metadata.uid'], 'the right item must be read all the same');
      const [error, ...more] = errors;
      assert.equal(error?.field, 'metadata.annotations[downlink.dev/env]');
      assert.equal(error.kind, 'Invalid');
      assert.equal(error.value, item);
      assert.ok(formatCause(error).includes(right), formatCause(error));
      assert.deepEqual(more, []);
    });
  }

  test('in items without commas is reported for each of them', () => {
    const { errors } = parse('pod;labels;metadata.nam');
    assert.deepEqual(
      errors.map(({ value, detail }) => [value, detail]),
      [
        ['pod;labels;metadata.nam', 'items are separated by commas or newlines'],
        ['labels', 'Kubernetes offers it as a file only; move it to downlink.dev/volume'],
        ['metadata.nam', 'unknown field; did you mean "metadata.name"?'],
      ],
    );
    assert.equal(parse('a;b').errors.length, 3);
  });

  test('shows suggestions that are valid', () => {
    for (const item of ["metadata.labels['app']", 'limits.cpu/1', '1ST=metadata.name', 'main:limits.cpu', 'ME=pod']) {
      const [right = ''] = /(?<=write ").*(?=")/.exec(parse(item).errors[0]?.detail ?? '') ?? [];
      assert.deepEqual(parse(right).errors, [], `${item} got ${right}`);
    }
  });
});

test('whole cores with a name give a warning that names the divisor', () => {
  assert.deepEqual(
    parse('CPU=limits.cpu').warnings.map(({ code }) => code),
    ['whole-cores'],
  );
  assert.match(parse('CPU=limits.cpu').warnings[0]?.detail ?? '', /"CPU=limits\.cpu\/1m"/);
  for (const item of ['CPU=limits.cpu/1', 'CPU=limits.cpu/1m', 'limits.cpu', 'MEMORY=limits.memory']) {
    assert.deepEqual(parse(item).warnings, [], item);
  }
});

test('no name belongs to different sources in two groups', () => {
  const { errors } = parse(Object.keys(envGroups).join());
  assert.deepEqual(errors, []);
  const names = new Map<string, string>();
  for (const variable of Object.values(envGroups).flat()) {
    assert.equal(names.get(variable.name) ?? show(variable), show(variable));
    names.set(variable.name, show(variable));
  }
});

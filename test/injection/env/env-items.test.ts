import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatEnvSource } from '../../../src/annotations/env-source-syntax.ts';
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
  return `${name}=${formatEnvSource(source)}`;
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
      'OTEL_SERVICE_NAME=otel',
      'OTEL_RESOURCE_ATTRIBUTES=otel',
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
    ['workload', 'WORKLOAD_KIND=workload.kind', 'WORKLOAD_NAME=workload.name', 'CONTAINER_NAME=container.name'],
    ['index', "POD_INDEX=metadata.labels['apps.kubernetes.io/pod-index']"],
    ['container.name', 'CONTAINER_NAME=container.name'],
    ['container.image', 'CONTAINER_IMAGE=container.image'],
    ['container.image.tag', 'CONTAINER_IMAGE_TAG=container.image.tag'],
    ['workload.kind', 'WORKLOAD_KIND=workload.kind'],
    ['workload.name', 'WORKLOAD_NAME=workload.name'],
    ['cluster.name', 'CLUSTER_NAME=cluster.name'],
    ['ambassador.url', 'AMBASSADOR_URL=ambassador.url'],
    ['VERSION=container.image.tag', 'VERSION=container.image.tag'],
    ['GOMEMLIMIT=limits.memory*90%', 'GOMEMLIMIT=limits.memory*90%'],
    ['HEAP=limits.memory*75%/1Mi', 'HEAP=limits.memory*75%/1Mi'],
    ['CPU=requests.cpu*50%/1m', 'CPU=requests.cpu*50%/1m'],
    ['A=limits.memory*1%', 'A=limits.memory*1%'],
    ['A=limits.memory*100%', 'A=limits.memory*100%'],
    ['A=requests.hugepages-2Mi*50%', 'A=requests.hugepages-2Mi*50%'],
    ["ENV=metadata.labels['env']?", "ENV=metadata.labels['env']?"],
    ["BUILD=metadata.annotations['a/b']?", "BUILD=metadata.annotations['a/b']?"],
    ["metadata.labels['topology.kubernetes.io/zone']?", "NODE_ZONE=metadata.labels['topology.kubernetes.io/zone']?"],
    ['A="hello, world"', 'A="hello, world"'],
    [' A = "hello" ,pod', 'A="hello"', ...pod],
    ['A="", B=metadata.name', 'A=""', 'B=metadata.name'],
    ['A="one\ntwo"\nB="a=b"', 'A="one\ntwo"', 'B="a=b"'],
    ['A="say \\"hi\\", \\\\ all", B="x"', 'A="say \\"hi\\", \\\\ all"', 'B="x"'],
    ['A="$(POD_NAME).svc"', 'A="$(POD_NAME).svc"'],
    ['A="a:b [c] \'d\'"', 'A="a:b [c] \'d\'"'],
    [
      'OWN=otel',
      'OTEL_RESOURCE_ATTRIBUTES_POD_NAME=metadata.name',
      'OTEL_RESOURCE_ATTRIBUTES_POD_UID=metadata.uid',
      'OTEL_RESOURCE_ATTRIBUTES_NODE_NAME=spec.nodeName',
      'OTEL_SERVICE_NAME=otel',
      'OWN=otel',
    ],
    [
      'OWN=otel-labels',
      'OTEL_RESOURCE_ATTRIBUTES_POD_NAME=metadata.name',
      'OTEL_RESOURCE_ATTRIBUTES_POD_UID=metadata.uid',
      'OTEL_RESOURCE_ATTRIBUTES_NODE_NAME=spec.nodeName',
      'OTEL_SERVICE_NAME=otel-labels',
      'OWN=otel-labels',
    ],
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
    ['OWN=workload', 'the group "workload" takes no NAME; write "workload"'],
    ['OWN=otell', 'did you mean "OWN=otel"?'],
    ['1A=otel', 'write "_1A=otel"'],
    ['A="hello', `the closing quote of the text is missing; write 'A="hello"'`],
    ['A="hello\\\\\\"', `the closing quote of the text is missing; write 'A="hello`],
    ['A="hello" there', `unexpected "there" after the closing quote; write 'A="hello there"'`],
    ['A="say "hi" now"', `after the closing quote; write 'A="say \\"hi\\" now"'`],
    ['A="x" B="y"', `items are separated by commas or newlines; write 'A="x", B="y"'`],
    ['A="x"; B=metadata.nam', `items are separated by commas or newlines; write 'A="x", B=metadata.name'`],
    ['A="one\\ntwo"', 'a newline is written as itself and not as \\n; write "A=\\"one\\ntwo\\""'],
    ['A="\\d+"', `unknown escape \\d; the escapes are \\" and \\\\; write 'A="\\\\d+"'`],
    ["A='hello'", `a text must be in double quotes; write 'A="hello"'`],
    ['A=\u201chello\u201d', `a text must be in double quotes; write 'A="hello"'`],
    ['"hello there"', `it needs a NAME; write 'TEXT="hello there"'`],
    ['1A="hello"', `write '_1A="hello"'`],
    ['A: "hello"', `a NAME is followed by "=" and not by ":"; write 'A="hello"'`],
    ['LOG_LEVEL=debug', `unknown source; for a text, write 'LOG_LEVEL="debug"'`],
    ['URL=http://$(HOST_IP):8126', `for a text, write 'URL="http://$(HOST_IP):8126"'`],
    [`A="${'x'.repeat(300)}`, `the closing quote of the text is missing; for example 'NAME="text"'`],
    ['A=limits.memory*0%', 'a percentage must be a whole number from 1 to 100; did you mean "A=limits.memory*1%"?'],
    ['A=limits.memory*101%', 'must be a whole number from 1 to 100; did you mean "A=limits.memory*100%"?'],
    ['A=limits.memory*90', 'a percentage must end with "%"; did you mean "A=limits.memory*90%"?'],
    ['A=limits.memory*0.9', 'a percentage must end with "%"; did you mean "A=limits.memory*90%"?'],
    ['A=limits.memory*1.5%', 'must be a whole number from 1 to 100; did you mean "A=limits.memory*2%"?'],
    ['A=limits.memory*-5%', 'must be a whole number from 1 to 100; did you mean "A=limits.memory*5%"?'],
    ['A=90%*limits.memory', 'the resource comes before the percentage; did you mean "A=limits.memory*90%"?'],
    ['A=limits.memory * 90 %', 'a percentage of a resource has no spaces; did you mean "A=limits.memory*90%"?'],
    ['A=limits.memory/1Mi*90%', 'the divisor comes after the percentage; did you mean "A=limits.memory*90%/1Mi"?'],
    ['A=limits.memory*90%/1m', 'unknown divisor "1m" for memory; did you mean "A=limits.memory*90%/1M"?'],
    ['A=limits.memory*90%/3Mi', 'unknown divisor "3Mi" for memory; supported divisors: 1, 1k,'],
    ['A=limit.memory*90%', 'unknown resource; did you mean "A=limits.memory*90%"?'],
    ["A=metadata.labels['app']*90%", 'only a resource can have a percentage; for example "A=limits.memory*90%"'],
    ['A=metadata.name*90%', 'only a resource can have a percentage; for example "A=limits.memory*90%"'],
    ['limits.memory*90%', 'it needs a NAME; write "MEMORY_LIMIT=limits.memory*90%"'],
    ['main:limits.memory*90%', 'a variable shows its own container'],
    ['A=metadata.name?', '"?" is for a single label or annotation; did you mean "A=metadata.name"?'],
    ['A=metadata.annotations?', '"?" is for a single label or annotation'],
    ['limits.cpu?', 'did you mean "limits.cpu"?'],
    ['A=container.name?', 'did you mean "A=container.name"?'],
    ["metadata.labels['app']?", `it needs a NAME; write "APP=metadata.labels['app']?"`],
    ["A=metadata.labels['a b']?", `"a b" is not a valid label key`],
    ['container.nam', 'unknown source; did you mean "container.name"?'],
    ['image', 'did you mean "container.image"?'],
    ['TAG=container.tag', 'did you mean "TAG=container.image.tag"?'],
    ['owner.name', 'did you mean "workload.name"?'],
    ['deployment.name', 'did you mean "workload.name"?'],
    ['metadata.ownerReferences[0].name', 'did you mean "workload.name"?'],
    ['UID=workload.uid', 'unknown source; supported sources of workload: workload.kind, workload.name'],
    ['cluster', 'did you mean "cluster.name"?'],
    ['ambassador.port', 'did you mean "ambassador.url"?'],
    ['main:container.name', 'a variable shows its own container; write "container.name"'],
    [
      'service.name',
      'supported sources: the groups pod, node, resources, workload, index, topology, otel, otel-labels and true, the fields metadata.name, ',
    ],
    ['status.conditions', 'and limits and requests of cpu, memory, '],
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

test('whole cores of a percentage are rounded down, which a warning says', () => {
  assert.deepEqual(
    parse('CPU=limits.cpu*50%').warnings.map(({ detail }) => detail),
    ['"CPU=limits.cpu*50%" counts whole cores, rounded down, often to 0; "CPU=limits.cpu*50%/1m" counts millicores'],
  );
  for (const item of ['CPU=limits.cpu*50%/1', 'CPU=limits.cpu*50%/1m', 'MEMORY=limits.memory*90%']) {
    assert.deepEqual(parse(item).warnings, [], item);
  }
});

describe('a text that is', () => {
  for (const [text, right] of [
    ['metadata.name', 'A=metadata.name'],
    ["metadata.labels['app']?", "A=metadata.labels['app']?"],
    ['limits.memory*90%', 'A=limits.memory*90%'],
    ['container.image', 'A=container.image'],
    ['otel', 'A=otel'],
  ] as const) {
    test(`the source ${text} gives a warning`, () => {
      const { variables, errors, warnings } = parse(`A="${text}"`);
      assert.deepEqual({ variables, errors }, { variables: [`A="${text}"`], errors: [] });
      const detail = `A is the text "${text}"; for the source, write "${right}"`;
      assert.deepEqual(
        warnings.map((warning) => warning.detail),
        [detail],
      );
    });
  }

  for (const text of ['pod', 'true', 'node', 'metadata', '$(POD_NAME)', 'x'.repeat(100), '']) {
    test(`${JSON.stringify(text.slice(0, 20))} gives no warning`, () => {
      assert.deepEqual(parse(`A="${text}"`).warnings, []);
    });
  }
});

test('no name belongs to different sources in two groups', () => {
  const { errors } = parse(Object.keys(envGroups).join());
  assert.deepEqual(errors, []);
  const names = new Map<string, string>();
  const { 'otel-labels': _, ...groups } = envGroups; // requested instead of `otel`, and not beside it
  for (const variable of Object.values(groups).flat()) {
    assert.equal(names.get(variable.name) ?? show(variable), show(variable));
    names.set(variable.name, show(variable));
  }
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatDownwardSource } from '../../../src/annotations/downward-source.ts';
import { formatCause } from '../../../src/diagnostics/field-error.ts';
import { emptyFindings } from '../../../src/diagnostics/findings.ts';
import { parseFileItems } from '../../../src/injection/items/parse-items.ts';
import { kept } from '../../annotations/kept.ts';

function parse(value: string) {
  const findings = emptyFindings();
  const files = parseFileItems(value, findings).map(({ path, source }) => `${path}=${formatDownwardSource(source)}`);
  return { files, ...kept(findings) };
}

const pod = ['podName=metadata.name', 'podNamespace=metadata.namespace', 'podUid=metadata.uid'];
const resources = [
  'containerCpuRequestMilliCores=requests.cpu/1m',
  'containerCpuLimitMilliCores=limits.cpu/1m',
  'containerMemoryRequestBytes=requests.memory/1',
  'containerMemoryLimitBytes=limits.memory/1',
];

describe('volume', () => {
  for (const [value, ...expected] of [
    [''],
    ['pod', ...pod],
    ['labels', 'labels=metadata.labels'],
    ['annotations', 'annotations=metadata.annotations'],
    ['resources', ...resources],
    ['true', ...pod, 'labels=metadata.labels', 'annotations=metadata.annotations', ...resources],
    ['worker:resources', ...resources.map((file) => `worker/${file.replace('=', '=worker:')}`)],
    ['worker : resources', ...resources.map((file) => `worker/${file.replace('=', '=worker:')}`)],
    ['metadata.name', 'podName=metadata.name'],
    ['metadata.labels', 'labels=metadata.labels'],
    ['limits.cpu', 'containerCpuLimitMilliCores=limits.cpu/1m'],
    ['limits.memory/1', 'containerMemoryLimitBytes=limits.memory/1'],
    ['worker:limits.cpu', 'worker/containerCpuLimitMilliCores=worker:limits.cpu/1m'],
    ['worker:requests.memory/1', 'worker/containerMemoryRequestBytes=worker:requests.memory/1'],
    ['name=metadata.name', 'name=metadata.name'],
    ['a/b/c=metadata.name', 'a/b/c=metadata.name'],
    ['a/..b=metadata.name', 'a/..b=metadata.name'],
    ['.hidden=metadata.name', '.hidden=metadata.name'],
    ['größe 1=limits.memory', 'größe 1=limits.memory'],
    ['a:b=limits.memory', 'a:b=limits.memory'],
    ['mib=worker:limits.memory/1Mi', 'mib=worker:limits.memory/1Mi'],
    ["team=metadata.labels['team']", "team=metadata.labels['team']"],
    ["team=metadata.labels['team']?", "team=metadata.labels['team']?"],
    [`${'x'.repeat(255)}=metadata.name`, `${'x'.repeat(255)}=metadata.name`],
  ] as const) {
    test(`${JSON.stringify(value.slice(0, 40))} requests ${expected.length} files`, () => {
      assert.deepEqual(parse(value), { files: expected, errors: [], warnings: [] });
    });
  }
});

describe('volume with a mistake', () => {
  for (const [item, right] of [
    ['name=metadata.nam', '"name=metadata.name"'],
    ['name=', '"podName=metadata.name"'],
    ['=metadata.name', '"podName=metadata.name"'],
    ['all=labels', '"labels"'],
    ['Label', '"labels"'],
    ['label', '"labels"'],
    ['x=worker:resources', '"worker:resources"'],
    ['worker:labels', '"labels"'],
    ['worker:metadata.name', '"metadata.name"'],
    ['worker:limit.cpu', '"worker:limits.cpu"'],
    ['x=worker:limits.memory/1mi', '"x=worker:limits.memory/1Mi"'],
    [':limits.cpu', '"main:limits.cpu"'],
    [':resources', '"main:limits.cpu"'],
    ['worker:', '"main:limits.cpu"'],
    ['a:b:limits.cpu', '"a:limits.cpu"'],
    ["metadata.labels['app']", `"app=metadata.labels['app']"`],
    ["metadata.annotations['example.com/build']", `"build=metadata.annotations['example.com/build']"`],
    ['limits.cpu/1', '"cpu-limit=limits.cpu/1"'],
    ['worker:limits.memory/1Mi', '"memory-limit=worker:limits.memory/1Mi"'],
    ['limits.hugepages-2Mi', '"hugepages-2Mi-limit=limits.hugepages-2Mi"'],
    ['status.podIP', 'move it to downlink.dev/env'],
    ['node', 'move it to downlink.dev/env'],
    ['status.podIPs', 'write "POD_IPS=status.podIPs" in downlink.dev/env'],
    ['pod/ip=status.podIP', 'write "pod_ip=status.podIP" in downlink.dev/env'],
    ['labels;annotations', 'commas or newlines; write "labels, annotations"'],
    ['podName: metadata.name', 'a path is followed by "=" and not by ":"; write "podName=metadata.name"'],
    ['containerCpuLimitMilliCores', '"limits.cpu"'],
    [
      'main:cpu',
      'supported sources: limits and requests of cpu, memory, ephemeral-storage and hugepages-<size>, as in "main:limits.cpu"',
    ],
    ['env', 'supported sources: the groups pod, labels, annotations, resources and true, the fields metadata.name, '],
    ['node=spec.nodeName', 'downlink.dev/env'],
    ['cluster.name', 'a file cannot hold it; move it to downlink.dev/env'],
    ['ambassador.url', 'a file cannot hold it; move it to downlink.dev/env'],
    ['a/b=container.image', 'a file cannot hold it; write "a_b=container.image" in downlink.dev/env'],
    ['greeting="hello, all"', 'a file cannot hold it; move it to downlink.dev/env'],
    ['a/b="hello"', `a file cannot hold it; write 'a_b="hello"' in downlink.dev/env`],
    ['limits.memory*90%', 'a file cannot hold it; write "MEMORY_LIMIT=limits.memory*90%" in downlink.dev/env'],
    ['heap=limits.memory*75%/1Mi', 'a file cannot hold it; move it to downlink.dev/env'],
    ['heap=limits.memory*0%', 'a file cannot hold it; write "heap=limits.memory*1%" in downlink.dev/env'],
    ['worker:container.name', 'container.name'],
    ['name="metadata.name"', '"name=metadata.name"'],
    ['image', 'write "container.image" in downlink.dev/env'],
    ['name=metadata.name?', '"?" is for a single label or annotation; did you mean "name=metadata.name"?'],
    ["metadata.labels['app']?", `"app=metadata.labels['app']?"`],
    ['/name=metadata.name', '"name=metadata.name"'],
    ['../name=metadata.name', '"name=metadata.name"'],
    ['..=metadata.name', '"file=metadata.name"'],
    ['..name=metadata.name', '"name=metadata.name"'],
    ['a/../b=metadata.name', '"a/b=metadata.name"'],
    ['a/./b=metadata.name', '"a/b=metadata.name"'],
    ['.=metadata.name', '"file=metadata.name"'],
    ['a//b=metadata.name', '"a/b=metadata.name"'],
    ['a/=metadata.name', '"a=metadata.name"'],
    ['a\u0000b=metadata.name', '"ab=metadata.name"'],
    ['a\u007fb=metadata.name', '"ab=metadata.name"'],
    [`${'x'.repeat(256)}=metadata.name`, '255 bytes'],
    [`${'ä'.repeat(128)}=metadata.name`, '255 bytes'],
    [`${'x/'.repeat(2048)}x=metadata.name`, '4096 bytes'],
  ] as const) {
    test(`${JSON.stringify(item.slice(0, 40))} is denied, and the error says ${right}`, () => {
      const { files, errors } = parse(`metadata.uid, ${item}`);
      assert.deepEqual(files, ['podUid=metadata.uid'], 'the right item must be read all the same');
      const [error, ...more] = errors;
      assert.equal(error?.field, 'metadata.annotations[downlink.dev/volume]');
      assert.equal(error.kind, 'Invalid');
      assert.equal(error.value, item);
      assert.ok(formatCause(error).includes(right), formatCause(error));
      assert.deepEqual(more, []);
    });
  }

  test('shows suggestions that are valid', () => {
    for (const item of ['limits.cpu/1', '/a=metadata.uid', '..=metadata.uid', 'x=worker:resources', 'worker:labels']) {
      const [right = ''] = /(?<=write ").*(?=")/.exec(parse(item).errors[0]?.detail ?? '') ?? [];
      assert.deepEqual(parse(right).errors, [], `${item} got ${right}`);
    }
  });
});

test('whole cores with a path give a warning that names the divisor', () => {
  assert.match(parse('cpu=worker:limits.cpu').warnings[0]?.detail ?? '', /"cpu=worker:limits\.cpu\/1m"/);
  for (const item of ['cpu=limits.cpu/1', 'worker:limits.cpu', 'resources']) {
    assert.deepEqual(parse(item).warnings, [], item);
  }
});

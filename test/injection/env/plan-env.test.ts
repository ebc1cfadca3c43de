import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { denials, injected, podWith } from '../injected.ts';

const fromField = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });
const podName = fromField('POD_NAME', 'metadata.name');
const podUid = fromField('POD_UID', 'metadata.uid');
const own = { name: 'OWN', value: 'x' };
const main = (env: unknown) => ({ containers: [{ name: 'main', env }] });
const limit = (name: string, divisor: unknown, more: object = {}) => ({
  name,
  valueFrom: { resourceFieldRef: { resource: 'limits.memory', ...(divisor !== undefined && { divisor }), ...more } },
});

describe('variables', () => {
  for (const [name, env, expected, warnings] of [
    ['are added if there are none', undefined, [podName, podUid], []],
    ['are added if the list is null', null, [podName, podUid], []],
    ['are added if the list is empty', [], [podName, podUid], []],
    ["go in front of the container's own", [own], [podName, podUid, own], []],
    ['that exist already keep their place', [own, podUid], [podName, own, podUid], []],
    ['that all exist already are not changed', [podUid, podName], [podUid, podName], []],
    [
      'with another value take precedence',
      [own, { name: 'POD_NAME', value: 'fixed' }],
      [podUid, own, { name: 'POD_NAME', value: 'fixed' }],
      ['env-kept'],
    ],
    [
      'with another source take precedence',
      [fromField('POD_NAME', 'metadata.uid')],
      [podUid, fromField('POD_NAME', 'metadata.uid')],
      ['env-kept'],
    ],
    ['without a value take precedence', [{ name: 'POD_NAME' }], [podUid, { name: 'POD_NAME' }], ['env-kept']],
    [
      'from elsewhere take precedence',
      [{ name: 'POD_NAME', valueFrom: { configMapKeyRef: { name: 'a', key: 'b' } } }],
      [podUid, { name: 'POD_NAME', valueFrom: { configMapKeyRef: { name: 'a', key: 'b' } } }],
      ['env-kept'],
    ],
    [
      'with defaults of the API server are the same',
      [{ name: 'POD_NAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } }, podUid],
      [{ name: 'POD_NAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } }, podUid],
      [],
    ],
    [
      'that occur twice have the last value, as in the container',
      [{ name: 'POD_NAME', value: 'early' }, podName],
      [podUid, { name: 'POD_NAME', value: 'early' }, podName],
      [],
    ],
  ] as const) {
    test(name, () => {
      const result = injected(podWith({ env: 'metadata.name, metadata.uid' }, main(env)));
      assert.deepEqual(result.container('main').env, expected);
      assert.deepEqual(result.warnings, warnings);
    });
  }
});

describe('a resource variable', () => {
  for (const [name, existing, same] of [
    ['without a divisor means 1', limit('M', undefined), true],
    ['with divisor 0 means 1', limit('M', '0'), true],
    ['with divisor 1 is the same', limit('M', '1'), true],
    ['with a number for a divisor is the same', limit('M', 1), true],
    ['that names its own container is the same', limit('M', '1', { containerName: 'main' }), true],
    ['that names no container is the same', limit('M', '1', { containerName: '' }), true],
    ['of another container differs', limit('M', '1', { containerName: 'other' }), false],
    ['with another divisor differs', limit('M', '1Ki'), false],
    [
      'of another resource differs',
      { name: 'M', valueFrom: { resourceFieldRef: { resource: 'requests.memory' } } },
      false,
    ],
    ['that is a field differs', fromField('M', 'metadata.name'), false],
  ] as const) {
    test(name, () => {
      const result = injected(podWith({ env: 'M=limits.memory' }, main([existing])));
      assert.deepEqual(result.container('main').env, [existing]);
      assert.deepEqual(result.warnings, same ? [] : ['env-kept']);
    });
  }
});

test('a missing divisor is written as 1, the default of Kubernetes', () => {
  const { container } = injected(podWith({ env: 'M=limits.memory' }));
  assert.deepEqual(container('main').env, [limit('M', '1')]);
});

describe('OTEL_RESOURCE_ATTRIBUTES', () => {
  const prefix = 'OTEL_RESOURCE_ATTRIBUTES';
  const node = fromField(`${prefix}_NODE_NAME`, 'spec.nodeName');
  const foreign = { name: `${prefix}_POD_UID`, value: 'u' };
  const all = ['k8s.pod.name', 'k8s.pod.uid', 'k8s.node.name', 'service.instance.id'];
  const literals = ['k8s.namespace.name', 'k8s.container.name', 'service.namespace'];
  for (const [name, env, expected, attributes, warnings] of [
    ['follows its components', undefined, 'NAME UID NODE SERVICE OTEL', all, []],
    ["comes in front of the container's own", [own], 'NAME UID NODE SERVICE OTEL OWN', all, []],
    [
      'does not use variables of the application',
      [
        { name: 'POD_NAME', value: 'search' },
        { name: 'POD_NAMESPACE', value: 'x' },
        { name: 'POD_UID', value: 'y' },
        fromField('NODE_NAME', 'metadata.name'),
      ],
      'NAME UID NODE SERVICE OTEL POD_NAME POD_NAMESPACE POD_UID NODE_NAME',
      all,
      [],
    ],
    [
      'comes right after a component that exists already',
      [own, node, own],
      'NAME UID SERVICE OWN NODE OTEL OWN',
      all,
      [],
    ],
    [
      'leaves out the attribute of a component with another value',
      [foreign, own],
      'NAME NODE SERVICE OTEL UID OWN',
      ['k8s.pod.name', 'k8s.node.name', 'service.instance.id'],
      ['env-kept'],
    ],
    [
      'leaves out the attribute of a component whose last value is another one',
      [node, { name: node.name, value: 'n' }],
      'NAME UID SERVICE OTEL NODE NODE',
      ['k8s.pod.name', 'k8s.pod.uid', 'service.instance.id'],
      ['env-kept'],
    ],
    [
      'is not added if it exists already',
      [{ name: prefix, value: 'a=b' }],
      'NAME UID NODE SERVICE OTEL',
      ['a'],
      ['env-kept'],
    ],
  ] as const) {
    test(name, () => {
      const result = injected(podWith({ env: 'otel' }, main(env)));
      const variables = result.container('main').env ?? [];
      const short = ({ name: full }: { readonly name: string }) =>
        full === prefix ? 'OTEL' : full.replace(`${prefix}_`, '').replace(/^POD_(?=NAME$|UID$)|_NAME$/, '');
      const ours = (variable: { readonly name: string }) =>
        variable.name === 'OTEL_SERVICE_NAME'
          ? 'SERVICE'
          : variable.name.startsWith(prefix)
            ? short(variable)
            : variable.name;
      assert.equal(variables.map(ours).join(' '), expected);
      const value = variables.findLast((variable) => variable.name === prefix)?.value ?? '';
      const given = value.split(',').map((attribute) => attribute.split('=')[0]);
      assert.deepEqual(
        given.filter((attribute) => !literals.includes(attribute ?? '')),
        attributes,
      );
      assert.deepEqual(result.warnings, warnings);
      assert.deepEqual(injected(result.pod).pod, result.pod, 'a second pass changes nothing');
    });
  }

  test('names its container', () => {
    const { container } = injected(
      podWith({ env: 'otel' }, { containers: [{ name: 'a' }], initContainers: [{ name: 'b' }] }),
    );
    for (const name of ['a', 'b']) {
      const attributes = container(name).env?.find((variable) => variable.name === 'OTEL_RESOURCE_ATTRIBUTES')?.value;
      assert.match(attributes ?? '', new RegExp(`,k8s\\.container\\.name=${name},`));
    }
  });
});

describe('one NAME with', () => {
  for (const [name, env, expected] of [
    ['one source twice is fine', 'A=metadata.name, A=metadata.name', []],
    ['divisors that mean the same is fine', 'A=limits.memory, A=limits.memory/1', []],
    ['the source of its group is fine', 'pod, POD_NAME=metadata.name', []],
    ['two fields is denied', 'A=metadata.name, A=metadata.uid', ['Duplicate env "A"']],
    ['two divisors is denied', 'A=limits.memory, A=limits.memory/1Ki', ['Duplicate env "A"']],
    ['a field and a resource is denied', 'A=metadata.name, A=limits.cpu/1m', ['Duplicate env "A"']],
    ['three sources is denied once', 'A=metadata.name, A=metadata.uid, A=status.podIP', ['Duplicate env "A"']],
    [
      'another source than in its group is denied',
      'otel, OTEL_RESOURCE_ATTRIBUTES=metadata.name',
      ['Duplicate env "OTEL_RESOURCE_ATTRIBUTES"'],
    ],
  ] as const) {
    test(name, () => {
      assert.deepEqual(denials(podWith({ env })), expected);
    });
  }
});

describe('topology', () => {
  for (const [version, env, warnings] of [
    [undefined, 'topology', []],
    [{ major: 1, minor: 34 }, 'topology', ['topology-empty']],
    [{ major: 1, minor: 35 }, 'topology', []],
    [{ major: 1, minor: 34 }, "ZONE=metadata.labels['topology.kubernetes.io/zone']", ['topology-empty']],
    [{ major: 1, minor: 34 }, "ZONE=metadata.labels['zone']", []],
  ] as const) {
    test(`as ${env} on ${version ? `1.${version.minor}` : 'an unknown version'} gives ${warnings.length} warnings`, () => {
      assert.deepEqual(injected(podWith({ env }), { kubernetesVersion: version }).warnings, warnings);
    });
  }
});

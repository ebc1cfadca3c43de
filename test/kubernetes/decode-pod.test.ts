import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatFieldError } from '../../src/diagnostics/field-error.ts';
import { decodePod } from '../../src/kubernetes/decode-pod.ts';

const container = { name: 'main' };
const withContainer = (fields: object) => ({ spec: { containers: [{ ...container, ...fields }] } });
const withSpec = (fields: object) => ({ spec: { containers: [container], ...fields } });

describe('a value is a pod', () => {
  for (const [name, pod] of [
    ['with one named container', { spec: { containers: [container] } }],
    ['with null for optional fields', withSpec({ initContainers: null, volumes: null, os: null, resources: null })],
    ['with null in a container', withContainer({ env: null, volumeMounts: null, resources: { limits: null } })],
    ['with numbers for quantities', withContainer({ resources: { limits: { cpu: 1, memory: '1Gi' } } })],
    ['with unknown fields', { ...withSpec({ futureField: { a: [1] } }), status: 3 }],
    ['with invalid annotations, which are checked elsewhere', { ...withSpec({}), metadata: { annotations: { a: 1 } } }],
  ] as const) {
    test(name, () => {
      const decoding = decodePod(pod);
      assert.equal(decoding.kind, 'valid');
      assert.equal(decoding.pod, pod);
    });
  }
});

describe('a value is not a pod', () => {
  for (const [name, value, ...expected] of [
    ['as null', null, 'object: Required value: must be set'],
    ['as a string', 'pod', 'object: Invalid value: must be an object'],
    ['as a list', [], 'object: Invalid value: must be an object'],
    ['without a spec', {}, 'spec: Required value: must be set'],
    ['without containers', { spec: {} }, 'spec.containers: Required value: must be set'],
    [
      'with an empty list of containers',
      { spec: { containers: [] } },
      'spec.containers: Required value: must not be empty',
    ],
    ['with an object of containers', { spec: { containers: {} } }, 'spec.containers: Invalid value: must be a list'],
    [
      'with null among the containers',
      { spec: { containers: [null] } },
      'spec.containers[0]: Invalid value: must be an object',
    ],
    [
      'with a container without a name',
      { spec: { containers: [{}] } },
      'spec.containers[0].name: Required value: must be set',
    ],
    [
      'with a number for a name',
      { spec: { containers: [{ name: 1 }] } },
      'spec.containers[0].name: Invalid value: must be a string',
    ],
    [
      'with a container whose name is too long for the API server',
      { spec: { containers: [{ name: 'x'.repeat(64) }] } },
      'spec.containers[0].name: Too long: must have at most 63 characters',
    ],
    [
      'with a variable that is null',
      withContainer({ env: [null] }),
      'spec.containers[0].env[0]: Invalid value: must be an object',
    ],
    [
      'with a variable without a name',
      withContainer({ env: [{}] }),
      'spec.containers[0].env[0].name: Required value: must be set',
    ],
    [
      'with a reference without a path',
      withContainer({ env: [{ name: 'A', valueFrom: { fieldRef: {} } }] }),
      'spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Required value: must be set',
    ],
    [
      'with a mount without a path',
      withContainer({ volumeMounts: [{ name: 'work' }] }),
      'spec.containers[0].volumeMounts[0].mountPath: Required value: must be set',
    ],
    [
      'with a quantity of another type',
      withContainer({ resources: { limits: { 'a\nb': {} } } }),
      'spec.containers[0].resources.limits[a\\nb]: Invalid value: must be a quantity',
    ],
    [
      'with a string for a flag',
      withSpec({ hostNetwork: 'true' }),
      'spec.hostNetwork: Invalid value: must be a boolean',
    ],
    [
      'with a number in a map of strings',
      withSpec({ nodeSelector: { a: 1 } }),
      'spec.nodeSelector[a]: Invalid value: must be a string',
    ],
    [
      'with several mistakes, all of which are reported',
      { metadata: { name: 1 }, spec: { containers: [{ name: 'a' }, {}], volumes: [{}] } },
      'metadata.name: Invalid value: must be a string',
      'spec.containers[1].name: Required value: must be set',
      'spec.volumes[0].name: Required value: must be set',
    ],
  ] as const) {
    test(name, () => {
      const decoded = decodePod(value);
      assert.equal(decoded.kind, 'invalid');
      assert.deepEqual(decoded.errors.first.map(formatFieldError), expected);
    });
  }
});

test('many mistakes are all counted, and the first ones are kept', () => {
  const decoded = decodePod(withContainer({ env: Array.from({ length: 200_000 }, () => 1) }));
  assert.equal(decoded.kind, 'invalid');
  assert.equal(decoded.errors.total, 200_000);
  assert.equal(decoded.errors.first.length, 100);
  assert.equal(decoded.errors.first.at(-1)?.field, 'spec.containers[0].env[99]');
});

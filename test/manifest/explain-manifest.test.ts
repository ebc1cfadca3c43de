import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { stringify } from 'yaml';
import { explain, inject, type PodExplanation } from '../../src/index.ts';
import { validOptions } from './valid-options.ts';

const annotations = (value: string, other: object = {}) => ({ annotations: { 'downlink.dev/env': value, ...other } });
const main = { name: 'main', image: 'busybox:1.37' };

function pod(metadata: object, spec: object = {}) {
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [main], ...spec } };
}

function deployment(template: { readonly metadata: object; readonly spec?: object }, metadata: object = {}) {
  const spec = { selector: {}, template: { spec: { containers: [main] }, ...template } };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', ...metadata }, spec };
}

/** Explains one object. */
function explained(object: object, kubernetesVersion?: string, namespace?: string): PodExplanation {
  const options = validOptions({ kubernetesVersion }, namespace);
  const { pods } = explain(stringify(object), options);
  const [found] = pods;
  assert.ok(found);
  return found;
}

describe('the value of a field is shown if the manifest decides it:', () => {
  const named = annotations('V=metadata.name');
  const label = (key: string) => annotations(`V=metadata.labels['${key}']`);
  for (const [name, object, value, source] of [
    ['the name of a pod', pod({ name: 'shop', ...named }), 'shop'],
    ['no name of a pod with a generateName', pod({ generateName: 'shop-', ...named })],
    ["no name of a Deployment's pods", deployment({ metadata: { name: 'ignored', ...named } })],
    ['the namespace', pod({ name: 'a', namespace: 'web', ...annotations('V=metadata.namespace') }), 'web'],
    [
      'the namespace of a workload',
      deployment({ metadata: annotations('V=metadata.namespace') }, { namespace: 'web' }),
      'web',
    ],
    [
      'the service account',
      pod({ name: 'a', ...annotations('V=spec.serviceAccountName') }, { serviceAccountName: 'reader' }),
      'reader',
    ],
    [
      'the service account by its deprecated name',
      pod({ name: 'a', ...annotations('V=spec.serviceAccountName') }, { serviceAccount: 'reader' }),
      'reader',
    ],
    ['the default service account', pod({ name: 'a', ...annotations('V=spec.serviceAccountName') }), 'default'],
    ['the node', pod({ name: 'a', ...annotations('V=spec.nodeName') }, { nodeName: 'one' }), 'one'],
    ['no node before the pod is scheduled', pod({ name: 'a', ...annotations('V=spec.nodeName') })],
    ['no address', pod({ name: 'a', ...annotations('V=status.podIP') })],
    ['no uid', pod({ name: 'a', ...annotations('V=metadata.uid') })],
    ['a label', pod({ name: 'a', labels: { app: 'shop' }, ...label('app') }), 'shop'],
    ['a label of a template', deployment({ metadata: { labels: { app: 'shop' }, ...label('app') } }), 'shop'],
    [
      "no label of the workload's own",
      deployment({ metadata: label('app') }, { labels: { app: 'shop' } }),
      '',
      "metadata.labels['app'] (not set: empty)",
    ],
    [
      'an annotation',
      pod({ name: 'a', ...annotations("V=metadata.annotations['example.com/build']", { 'example.com/build': '7' }) }),
      '7',
    ],
    ['a missing label', pod({ name: 'a', ...label('taem') }), '', "metadata.labels['taem'] (not set: empty)"],
    ['an empty label', pod({ name: 'a', labels: { x: '' }, ...label('x') }), '', "metadata.labels['x']"],
    ['no label of a controller', deployment({ metadata: label('pod-template-hash') })],
    ['no label of the node', pod({ name: 'a', ...label('topology.kubernetes.io/zone') })],
    [
      'a label named like a property of every JavaScript object',
      pod({ name: 'a', ...label('constructor') }),
      '',
      "metadata.labels['constructor'] (not set: empty)",
    ],
  ] as const) {
    test(name, () => {
      const [variable, ...more] = explained(object).variables;
      assert.deepEqual(more, []);
      assert.equal(variable?.value, value);
      assert.equal(variable?.followsChanges, false);
      if (source !== undefined) assert.equal(variable?.source, source);
    });
  }

  test('the namespace of the options, if the manifest has none', () => {
    const object = pod({ name: 'a', ...annotations('V=metadata.namespace') });
    assert.equal(explained(object, undefined, 'web').variables[0]?.value, 'web');
    assert.equal(explained(object).variables[0]?.value, undefined);
  });

  test('in files as well', () => {
    const object = pod({ name: 'shop', annotations: { 'downlink.dev/volume': 'pod, labels' } });
    assert.deepEqual(
      explained(object, undefined, 'web').files.map(({ value, followsChanges }) => [value, followsChanges]),
      [
        ['shop', false],
        ['web', false],
        [undefined, false],
        [undefined, true],
      ],
    );
  });
});

describe('a resource of a container', () => {
  const requested = { 'downlink.dev/env': 'C=limits.cpu/1m', 'downlink.dev/volume': 'c=limits.cpu/1m' };
  const with_ = (resources: object, ofPod: object = {}, changes: object = requested) =>
    pod({ name: 'a', annotations: changes }, { containers: [{ ...main, resources }], ...ofPod });
  const ofPod = { resources: { limits: { cpu: '1', memory: '512Mi' }, requests: { cpu: '500m' } } };
  const node = "the node's allocatable";

  for (const [name, object, version, ofVariable, ofFile] of [
    ['is its own', with_({ limits: { cpu: '200m' } }), '1.36', [200, undefined], [200, undefined]],
    [
      'is its own and not the pod’s',
      with_({ limits: { cpu: '200m' } }, ofPod),
      '1.36',
      [200, undefined],
      [200, undefined],
    ],
    ["without one is the node's", with_({}), '1.36', [undefined, node], [undefined, node]],
    ["of 0 is the node's", with_({ limits: { cpu: '0' } }), '1.36', [undefined, node], [undefined, node]],
    [
      "without one is the pod's for a variable, the node's for a file",
      with_({}, ofPod),
      '1.36',
      [1000, "the pod's limit"],
      [undefined, node],
    ],
    [
      "without one is the pod's for a variable on an unknown version",
      with_({}, ofPod),
      undefined,
      [1000, "the pod's limit"],
      [undefined, node],
    ],
    ["without one is the node's before 1.34", with_({}, ofPod), '1.33', [undefined, node], [undefined, node]],
  ] as const) {
    test(`${name}`, () => {
      const { variables, files } = explained(object, version);
      const noteOf = (source = '') => / \(not set: (.*)\)$/.exec(source)?.[1];
      assert.deepEqual([variables[0]?.value, noteOf(variables[0]?.source)], ofVariable);
      assert.deepEqual([files[0]?.value, noteOf(files[0]?.source)], ofFile);
    });
  }

  for (const [name, source, resources, value, note] of [
    ['a request that is the limit', 'requests.cpu/1m', { limits: { cpu: '200m' } }, 200, undefined],
    [
      'a request beside the limit',
      'requests.cpu/1m',
      { limits: { cpu: '200m' }, requests: { cpu: '50m' } },
      50,
      undefined,
    ],
    ['bytes past a thousand million', 'limits.memory/1', { limits: { memory: '1.5Gi' } }, 1_610_612_736, undefined],
    ['bytes by the trillion', 'limits.memory/1', { limits: { memory: '3Ti' } }, 3_298_534_883_328, undefined],
    ['a part of a byte, rounded up', 'limits.memory/1', { limits: { memory: '1.1Gi' } }, 1_181_116_007, undefined],
    ['a decimal number of bytes', 'limits.memory/1', { limits: { memory: '1.1G' } }, 1_100_000_000, undefined],
    ['a decimal number of cores', 'limits.cpu/1m', { limits: { cpu: '16.1' } }, 16_100, undefined],
    ['a part of a millicore, rounded up', 'limits.cpu/1m', { limits: { cpu: '0.0015' } }, 2, undefined],
    ['a unit larger than the value, rounded up', 'limits.memory/1Gi', { limits: { memory: '1' } }, 1, undefined],
    ['no request', 'requests.cpu/1m', {}, undefined, '0'],
    ["no request, whatever the pod's own is", 'requests.cpu/1m', {}, undefined, '0'],
    ['no limit of huge pages', 'limits.hugepages-2Mi', {}, undefined, '0'],
    ['no limit of storage', 'limits.ephemeral-storage', {}, undefined, "the node's allocatable"],
  ] as const) {
    test(name, () => {
      const { variables } = explained(with_(resources, ofPod, { 'downlink.dev/env': `V=${source}` }), '1.36');
      assert.equal(variables[0]?.value, value);
      assert.equal(/ \(not set: (.*)\)$/.exec(variables[0]?.source ?? '')?.[1], note);
    });
  }

  for (const [version, follows] of [
    [undefined, true],
    ['1.36', true],
    ['1.33', true],
    ['1.32', false],
  ] as const) {
    test(`${follows ? 'follows' : 'does not follow'} a resize in a file on ${version ?? 'an unknown version'}, never in a variable`, () => {
      const { variables, files } = explained(with_({ limits: { cpu: '200m' } }), version);
      assert.deepEqual([variables[0]?.followsChanges, files[0]?.followsChanges], [false, follows]);
    });
  }

  test('of storage does not follow a resize: there is none', () => {
    const object = with_({}, {}, { 'downlink.dev/volume': 's=limits.ephemeral-storage' });
    assert.equal(explained(object, '1.36').files[0]?.followsChanges, false);
  });
});

test('an ambassador that lost its restartPolicy is not a native sidecar', () => {
  const object = pod({ name: 'a', annotations: { 'downlink.dev/ambassador': 'true' } });
  const options = validOptions({ kubernetesVersion: '1.36' });
  assert.equal(explained(object, '1.36').ambassador?.sidecar, 'native');
  const { text = '' } = inject(stringify(object), options);
  assert.match(text, /restartPolicy: Always/);
  const stripped = text
    .replace(/^ +restartPolicy: Always\n/m, '')
    .replace('downlink.dev/ambassador: "true"', 'downlink.dev/env: pod');
  const { pods } = explain(stripped, options);
  assert.equal(pods[0]?.ambassador?.sidecar, 'init');
});

describe('an existing pod', () => {
  const uid = '11111111-2222-3333-4444-555555555555';
  const requested = { 'downlink.dev/env': 'pod', 'downlink.dev/ambassador': 'true' };
  const options = validOptions({ kubernetesVersion: '1.36' });
  const { text: injected = '' } = inject(stringify(pod({ name: 'a', annotations: requested })), options);
  const existing = (text: string) =>
    explain(text.replace('\n  name: a\n', `\n  name: a\n  uid: ${uid}\n`), options).pods[0];

  test('without an injection got nothing, whatever a new pod would get', () => {
    const { outcome, reason, variables, ambassador } = explained(
      pod({ name: 'a', uid, annotations: requested }),
      '1.36',
    );
    assert.deepEqual([outcome, reason, variables, ambassador], ['skipped', 'not-injected', [], undefined]);
  });

  test('has what it got', () => {
    const found = existing(injected);
    assert.deepEqual([found?.outcome, found?.variables.length, found?.ambassador?.sidecar], ['injected', 5, 'native']);
  });

  test('has no more than it got, whatever its annotations request', () => {
    const found = existing(injected.replace('downlink.dev/env: pod', 'downlink.dev/env: pod, node'));
    assert.deepEqual([found?.outcome, found?.variables.length], ['injected', 5]);
  });

  test('was injected, even if its annotations would now be denied', () => {
    const found = existing(injected.replace('downlink.dev/env: pod', 'downlink.dev/env: pdo'));
    assert.deepEqual([found?.outcome, found?.reason], ['injected', 'would-be-denied']);
    assert.deepEqual([found?.variables.length, found?.ambassador?.sidecar], [5, 'native']);
    assert.deepEqual(
      found?.findings.map(({ severity, code }) => [severity, code]),
      [['error', 'Invalid']],
    );
  });

  test('without an injection got nothing, even if its annotations would now be denied', () => {
    const wrong = { ...requested, 'downlink.dev/env': 'pdo' };
    const { outcome, reason, findings } = explained(pod({ name: 'a', uid, annotations: wrong }), '1.36');
    assert.deepEqual([outcome, reason, findings.length], ['skipped', 'not-injected', 1]);
  });

  test('shows that its ambassador lost its restartPolicy', () => {
    const stripped = injected.replace(/^ +restartPolicy: Always\n/m, '');
    assert.notEqual(stripped, injected);
    assert.equal(existing(stripped)?.ambassador?.sidecar, 'init');
  });

  test('is not a workload, which is explained as its new pods', () => {
    const { outcome } = explained(deployment({ metadata: { annotations: requested } }, { uid }), '1.36');
    assert.equal(outcome, 'injected');
  });
});

test('a pod in an unknown namespace is explained as in any namespace', () => {
  const access = { 'downlink.dev/ambassador': 'true', 'downlink.dev/ambassador-access': 'own-namespace' };
  const { outcome, namespace, ambassador } = explained(pod({ name: 'a', annotations: access }), '1.36');
  assert.deepEqual([outcome, namespace, ambassador?.access], ['injected', undefined, ['own-namespace']]);
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { envDetector } from '@opentelemetry/resources';
import fc from 'fast-check';
import { envGroups } from '../../../src/injection/env/env-items.ts';
import { expandedVariables } from '../../support/expand-references.ts';
import { type EnvSettings, plannedEnv } from './planned-env.ts';

const fields = { 'metadata.name': 'web-7d9f-x2k4q', 'metadata.uid': 'uid-1', 'spec.nodeName': 'node-1' };
const prefix = 'resource.opentelemetry.io/';
const common = {
  'k8s.namespace.name': 'shop',
  'k8s.pod.name': 'web-7d9f-x2k4q',
  'k8s.pod.uid': 'uid-1',
  'k8s.node.name': 'node-1',
  'k8s.container.name': 'main',
  'k8s.deployment.name': 'web',
  'service.namespace': 'shop',
  'service.instance.id': 'shop.web-7d9f-x2k4q.main',
  'service.name': 'web',
};

interface OtelPod {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly container?: object;
  readonly group?: 'otel' | 'otel-labels';
}

/** Returns the variables of a pod of Deployment web, as its container has them. */
function variablesOf(
  { annotations = {}, labels = {}, container = {}, group = 'otel' }: OtelPod,
  settings: EnvSettings,
) {
  const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-7d9f', controller: true }];
  const metadata = { generateName: 'web-7d9f-', labels: { 'pod-template-hash': '7d9f', ...labels }, annotations };
  const pod = { metadata: { ...metadata, ownerReferences }, spec: { containers: [{ name: 'main', ...container }] } };
  const planned = plannedEnv(pod, envGroups[group] ?? [], { namespace: 'shop', ...settings });
  assert.deepEqual(planned.errors, []);
  return { values: expandedVariables(planned.env['main'] ?? [], fields), warnings: planned.warnings };
}

/** Returns the attributes that the SDK detects in these variables. */
async function detected(values: ReadonlyMap<string, string>): Promise<Readonly<Record<string, unknown>>> {
  const before = { ...process.env };
  for (const name of ['OTEL_RESOURCE_ATTRIBUTES', 'OTEL_SERVICE_NAME']) {
    const value = values.get(name);
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  try {
    const { attributes = {} } = envDetector.detect();
    const entries = Object.entries(attributes).map(async ([key, value]) => [key, await value]);
    return Object.fromEntries(await Promise.all(entries));
  } finally {
    process.env = before;
  }
}

const attributesOf = async (pod: OtelPod, settings: EnvSettings = {}) => detected(variablesOf(pod, settings).values);

describe('the SDK of OpenTelemetry detects', () => {
  test('what is known about a pod', async () => {
    assert.deepEqual(await attributesOf({}), common);
  });

  test('the name of the cluster and the version of the image', async () => {
    const attributes = await attributesOf({ container: { image: 'r:5000/a:1.2@sha256:ab' } }, { clusterName: 'eu, 1' });
    assert.deepEqual(attributes, { ...common, 'k8s.cluster.name': 'eu, 1', 'service.version': '1.2@sha256:ab' });
  });

  test('the labels of the group otel-labels, and no labels of otel', async () => {
    const labels = {
      'app.kubernetes.io/instance': 'i',
      'app.kubernetes.io/name': 'n',
      'app.kubernetes.io/version': '3',
    };
    const expected = { ...common, 'service.name': 'i', 'service.version': '3' };
    assert.deepEqual(await attributesOf({ labels, group: 'otel-labels' }), expected);
    assert.deepEqual(await attributesOf({ labels }), common);
    const named = { labels: { ...labels, 'app.kubernetes.io/instance': '' }, group: 'otel-labels' } as const;
    assert.deepEqual(await attributesOf(named), { ...expected, 'service.name': 'n' });
  });

  test('annotations in place of computed attributes', async () => {
    const own = { 'service.name': 'shop, 50% = $(A) $$', 'service.version': '9', 'k8s.pod.name': 'p', team: 'a' };
    const annotations = Object.fromEntries(Object.entries(own).map(([key, value]) => [prefix + key, value]));
    assert.deepEqual(await attributesOf({ annotations }), { ...common, ...own });
  });

  for (const value of [
    ...[
      'a,b',
      'a=b',
      '50%',
      '%41',
      '"quoted"',
      "it's",
      ' spaces at the ends ',
      'in the middle',
      'a;b',
      'a\\b',
      'tab\tnewline\n',
    ],
    ...['Größe', '日本', '😀', '$(POD_NAME)', '$$(POD_NAME)', '$$', '$', '$(', ')', '+', 'a&b#c?d'],
  ]) {
    test(`the value ${JSON.stringify(value)} of an annotation`, async () => {
      const attributes = await attributesOf({ annotations: { [`${prefix}team`]: value } });
      assert.deepEqual(attributes, { ...common, team: value });
    });
  }

  test('every value of generated annotations', async () => {
    const keys = fc.constantFrom(
      'team',
      'tier',
      'service.version',
      'service.namespace',
      'deployment.environment',
      'k8s.pod.uid',
    );
    const values = fc.string({
      unit: fc.oneof(fc.constantFrom(...'$(),=%"\\; '), fc.constantFrom('é', '😀', 'a', 'A', '+')),
      minLength: 1,
      maxLength: 20,
    });
    const property = fc.asyncProperty(fc.dictionary(keys, values, { noNullPrototype: true }), async (own) => {
      const annotations = Object.fromEntries(Object.entries(own).map(([key, value]) => [prefix + key, value]));
      assert.deepEqual(await attributesOf({ annotations }), { ...common, ...own });
    });
    await fc.assert(property, { numRuns: 300 });
  });
});

describe('an attribute is left out', () => {
  for (const [name, key, value] of [
    ['if its value has more than 255 characters', 'team', 'x'.repeat(256)],
    ['if its encoded value has more than 255 characters', 'team', '😀'.repeat(30)],
    ['if its key is not one of an annotation', 'a b', 'x'],
    ['if its key has a slash', 'a/b', 'x'],
  ] as const) {
    test(`${name}, with a warning`, async () => {
      const { values, warnings } = variablesOf({ annotations: { [prefix + key]: value } }, {});
      assert.deepEqual(await detected(values), common);
      assert.equal(warnings.length, 1);
      assert.match(warnings[0] ?? '', /^otel-attribute-left-out: /);
    });
  }

  test('without a warning if its annotation is empty', async () => {
    assert.deepEqual(await attributesOf({ annotations: { [`${prefix}service.version`]: '' } }), common);
  });

  test('if the container has a variable of that name with another meaning', async () => {
    const container = { env: [{ name: 'OTEL_RESOURCE_ATTRIBUTES_POD_NAME', value: 'mine' }] };
    const { 'k8s.pod.name': _name, 'service.instance.id': _id, ...others } = common;
    assert.deepEqual(await attributesOf({ container }), others);
  });

  test('if its characters are a lone surrogate, nothing throws', async () => {
    const attributes = await attributesOf({ annotations: { [`${prefix}team`]: 'a\ud800b' } });
    assert.deepEqual(attributes, { ...common, team: 'a\ufffdb' });
  });

  test('if the identity of the instance would be too long', () => {
    const pod = { metadata: { name: `${'p'.repeat(250)}` }, spec: { containers: [{ name: 'main' }] } };
    const { env, warnings } = plannedEnv(pod, envGroups['otel'] ?? [], { namespace: 'shop' });
    assert.doesNotMatch(JSON.stringify(env), /service\.instance\.id/);
    assert.match(warnings.join(), /the attribute service\.instance\.id of container "main" is left out/);
  });
});

test('a container keeps its own attributes and can have ours as well', async () => {
  const env = [{ name: 'OTEL_RESOURCE_ATTRIBUTES', value: 'team=a,$(OURS)' }];
  const { values: without, warnings } = variablesOf({ container: { env } }, {});
  assert.equal(without.get('OTEL_RESOURCE_ATTRIBUTES'), 'team=a,$(OURS)');
  assert.match(warnings.join(), /env-kept: .*OTEL_OURS=otel.*team=a,\$\(OTEL_OURS\)/);
  const group = envGroups['otel'] ?? [];
  const renamed = group.map((one) => (one.name === 'OTEL_RESOURCE_ATTRIBUTES' ? { ...one, name: 'OURS' } : one));
  const pod = { metadata: { name: 'web-7d9f-x2k4q' }, spec: { containers: [{ name: 'main', env }] } };
  const planned = plannedEnv(pod, renamed, { namespace: 'shop' });
  assert.deepEqual(planned.warnings, []);
  const attributes = await detected(expandedVariables(planned.env['main'] ?? [], fields));
  const { 'k8s.deployment.name': _none, ...ofPod } = common;
  assert.deepEqual(attributes, { ...ofPod, team: 'a', 'service.name': 'web-7d9f-x2k4q' });
});

test('a container keeps its own OTEL_SERVICE_NAME, without a warning', () => {
  const { values, warnings } = variablesOf({ container: { env: [{ name: 'OTEL_SERVICE_NAME', value: 'mine' }] } }, {});
  assert.equal(values.get('OTEL_SERVICE_NAME'), 'mine');
  assert.deepEqual(warnings, []);
});

test('attributes need a namespace', () => {
  const pod = { metadata: { name: 'p' }, spec: { containers: [{ name: 'main' }] } };
  const { errors } = plannedEnv(pod, envGroups['otel'] ?? [], { namespace: undefined });
  assert.match(errors.join(), /"otel" needs the namespace of the pod; set metadata\.namespace.*--namespace/);
});

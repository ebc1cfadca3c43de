import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { EnvSource } from '../../../src/annotations/env-source.ts';
import { envGroups } from '../../../src/injection/env/env-items.ts';
import { plannedEnv, request } from './planned-env.ts';

const podOf = (container: object, metadata: object = {}, spec: object = {}) => ({
  metadata: { name: 'p', ...metadata },
  spec: { containers: [{ name: 'main', ...container }], ...spec },
});
const admission = (source: Extract<EnvSource, { kind: 'admission' }>['source']) =>
  ({ kind: 'admission', source }) as const;
const text = (value: string) => ({ kind: 'text', text: value }) as const;
const field = (fieldPath: string, isOptional?: true) =>
  ({ kind: 'field', fieldPath, ...(isOptional && { isOptional }) }) as const;
const short = (env: readonly { name: string; value?: unknown; valueFrom?: unknown }[] = []) =>
  env.map(({ name, value }) => (value === undefined ? name : `${name}=${value}`)).join(' ');

describe('an image gives the tag', () => {
  for (const [image, tag] of [
    ['busybox:1.36', '1.36'],
    ['busybox', 'latest'],
    ['registry:5000/busybox', 'latest'],
    ['registry:5000/a/busybox:1', '1'],
    ['busybox@sha256:abc', 'sha256:abc'],
    ['registry:5000/busybox:1@sha256:abc', '1'],
  ] as const) {
    test(`${tag} of ${image}`, () => {
      const { env } = plannedEnv(podOf({ image }), [
        request('IMAGE', admission('container.image')),
        request('TAG', admission('container.image.tag')),
      ]);
      assert.equal(short(env['main']), `IMAGE=${image} TAG=${tag}`);
    });
  }
});

test('containers without an image do not get the variables for it, with one warning for each variable', () => {
  const pod = podOf({}, {}, { initContainers: [{ name: 'init' }, { name: 'other', image: 'a:1' }] });
  const { env, warnings } = plannedEnv(pod, [request('TAG', admission('container.image.tag'))]);
  assert.deepEqual([env['init'], short(env['other']), env['main']], [[], 'TAG=1', []]);
  assert.deepEqual(warnings, ['image-absent: containers "init", "main" have no image, so TAG is left out']);
});

test('a text that refers to a variable which is left out is left out too, and so is what refers to that text', () => {
  const requests = [
    request('MEBIBYTES', { kind: 'fraction', resource: 'limits.memory', percent: 75, divisor: '1Mi' }),
    request('NODE_OPTIONS', text('--max-old-space-size=$(MEBIBYTES)')),
    request('ALL', text('node $(NODE_OPTIONS)')),
    request('OTHER', text('$$(MEBIBYTES)')),
  ];
  const pod = podOf({ resources: { limits: { memory: '1Gi' } } }, {}, { initContainers: [{ name: 'init' }] });
  const { env, warnings } = plannedEnv(pod, requests);
  assert.equal(short(env['init']), 'OTHER=$$(MEBIBYTES)');
  const all =
    'MEBIBYTES=768 NODE_OPTIONS=--max-old-space-size=$(MEBIBYTES) ALL=node $(NODE_OPTIONS) OTHER=$$(MEBIBYTES)';
  assert.equal(short(env['main']), all);
  const why = 'is left out of container "init", because a variable that it refers to is left out';
  assert.deepEqual(warnings, [
    'resource-absent: container "init" has no limits.memory, so MEBIBYTES is left out',
    `reference-undefined: NODE_OPTIONS ${why}`,
    `reference-undefined: ALL ${why}`,
  ]);
  const own = podOf({ env: [{ name: 'MEBIBYTES', value: '100' }] });
  assert.equal(
    short(plannedEnv(own, requests.slice(0, 2)).env['main']),
    'MEBIBYTES=100 NODE_OPTIONS=--max-old-space-size=$(MEBIBYTES)',
    'the container has the variable itself',
  );
});

describe('a share', () => {
  for (const [name, source, resources, expected] of [
    ['of 1.5Gi', 'limits.memory*90%', { limits: { memory: '1.5Gi' } }, '1449551462'],
    ['of 1.5Gi in MiB', 'limits.memory*75%/1Mi', { limits: { memory: '1.5Gi' } }, '1152'],
    ['of a number', 'limits.memory*50%', { limits: { memory: 1000 } }, '500'],
    ['of an exponent', 'limits.memory*50%', { limits: { memory: '1e3' } }, '500'],
    ['of bytes in thousandths', 'limits.memory*50%', { limits: { memory: '128974848m' } }, '64487'],
    ['of exbibytes, exactly', 'limits.memory*99%', { limits: { memory: '7Ei' } }, '7989746026925449543'],
    ['of nanocores', 'limits.cpu*50%/1m', { limits: { cpu: '100000000n' } }, '50'],
    ['of 0.1 cores in thousandths', 'limits.cpu*100%/1m', { limits: { cpu: '0.1' } }, '100'],
    ['of whole cores, rounded down', 'limits.cpu*90%', { limits: { cpu: 2 } }, '1'],
    ['of a request', 'requests.cpu*50%/1m', { requests: { cpu: '250m' }, limits: { cpu: '1' } }, '125'],
    ['of a request that defaults to the limit', 'requests.cpu*50%/1m', { limits: { cpu: '1' } }, '500'],
    ['of a request of 0', 'requests.cpu*50%', { requests: { cpu: 0 }, limits: { cpu: '1' } }, '0'],
  ] as const) {
    test(name, () => {
      const [, resource = '', percent, divisor] = /^(.*)\*(\d+)%(?:\/(.*))?$/.exec(source) ?? [];
      const share = { kind: 'fraction', resource, percent: Number(percent), ...(divisor && { divisor }) } as const;
      assert.equal(short(plannedEnv(podOf({ resources }), [request('S', share)]).env['main']), `S=${expected}`);
    });
  }

  test('of no limit, or of a limit of 0, is left out with one warning', () => {
    const pod = podOf({ resources: { limits: { memory: 0 } } }, {}, { initContainers: [{ name: 'init' }] });
    const share = { kind: 'fraction', resource: 'limits.memory', percent: 90 } as const;
    const { env, warnings } = plannedEnv(pod, [request('GOMEMLIMIT', share)]);
    assert.deepEqual(env, { init: [], main: [] });
    assert.deepEqual(warnings, [
      'resource-absent: containers "init", "main" have no limits.memory, so GOMEMLIMIT is left out',
    ]);
  });
});

describe('an optional key', () => {
  const tags = "metadata.labels['tags.datadoghq.com/env']";
  for (const [name, metadata, expected] of [
    ['that the pod lacks is left out', {}, ''],
    ['that the pod has is a reference', { labels: { 'tags.datadoghq.com/env': 'prod' } }, 'DD_ENV'],
    ['that is empty is a reference', { labels: { 'tags.datadoghq.com/env': '' } }, 'DD_ENV'],
  ] as const) {
    test(name, () => {
      const { env, warnings } = plannedEnv(podOf({}, metadata), [request('DD_ENV', field(tags, true))]);
      assert.equal(short(env['main']), expected);
      assert.deepEqual(warnings, []);
    });
  }
});

describe('the settings', () => {
  test('give the name of the cluster, whose references are escaped', () => {
    const { env } = plannedEnv(podOf({}), [request('C', admission('cluster.name'))], { clusterName: 'a$(B)' });
    assert.equal(short(env['main']), 'C=a$$(B)');
  });

  test('without a name of the cluster are an error that names the setting', () => {
    const { errors } = plannedEnv(podOf({}), [request('C', admission('cluster.name'))]);
    assert.match(errors.join(), /^cluster\.name: .*set clusterName/);
  });

  test('give the address of the ambassador, and an error without one', () => {
    const intents = [request('URL', admission('ambassador.url'))];
    assert.equal(short(plannedEnv(podOf({}), intents, { port: 9001 }).env['main']), 'URL=http://127.0.0.1:9001');
    assert.match(
      plannedEnv(podOf({}), intents).errors.join(),
      /^ambassador\.url: .*downlink\.dev\/ambassador to "true"/,
    );
  });
});

describe('a value with references', () => {
  const own = [
    { name: 'A', value: '1' },
    { name: 'B', value: '2' },
    { name: 'Z', value: '3' },
  ];
  for (const [name, env, intents, expected, warnings] of [
    ['goes in front without references', own, { T: 'x' }, 'T=x A=1 B=2 Z=3', []],
    ['goes behind the variable that it names', own, { T: '$(A)' }, 'A=1 T=$(A) B=2 Z=3', []],
    ['goes behind the last one', own, { T: '$(B) $(A)' }, 'A=1 B=2 T=$(B) $(A) Z=3', []],
    ['takes the variables along that name it', own, { T: '$(A)', U: '$(T)' }, 'A=1 T=$(A) U=$(T) B=2 Z=3', []],
    ['does not take along others', own, { T: '$(B)', U: 'x', V: '$(A)' }, 'U=x A=1 V=$(A) B=2 T=$(B) Z=3', []],
    ['is not moved by an escaped reference', own, { T: '$$(A)' }, 'T=$$(A) A=1 B=2 Z=3', []],
    ['sees an earlier one of ours', undefined, { T: 'x', U: '$(T)' }, 'T=x U=$(T)', []],
    ['does not see a later one of ours', undefined, { U: '$(T)', T: 'x' }, 'U=$(T) T=x', ['reference-too-early']],
    ['does not see itself', undefined, { T: '$(T)' }, 'T=$(T)', ['reference-undefined']],
    ['of a variable that is nowhere warns', own, { T: '$(NO)' }, 'T=$(NO) A=1 B=2 Z=3', ['reference-undefined']],
    ['of a Service does not', own, { T: '$(KUBERNETES_SERVICE_HOST)' }, undefined, []],
  ] as const) {
    test(name, () => {
      const requested = Object.entries(intents).map(([key, value]) => request(key, text(value)));
      const planned = plannedEnv(podOf({ env }), requested);
      if (expected !== undefined) assert.equal(short(planned.env['main']), expected);
      assert.deepEqual(
        planned.warnings.map((warning) => warning.split(':')[0]),
        warnings,
      );
      assert.deepEqual(plannedEnv(planned.pod, requested).pod, planned.pod, 'a second pass changes nothing');
    });
  }

  test('warns about each container that lacks the variable, but not about one with envFrom', () => {
    const spec = { initContainers: [{ name: 'all', envFrom: [{ configMapRef: { name: 'x' } }] }, { name: 'init' }] };
    const { warnings } = plannedEnv(podOf({}, {}, spec), [request('T', text('$(NO)'))]);
    assert.deepEqual(warnings, [
      'reference-undefined: T has "$(NO)", but containers "init", "main" have no such variable',
    ]);
  });
});

describe('the workload', () => {
  const owner = (apiVersion: string, kind: string, name: string) => ({
    apiVersion,
    kind,
    name,
    uid: 'u',
    controller: true,
  });
  const hash = { labels: { 'pod-template-hash': '7d9f' } };
  const intents = [request('KIND', admission('workload.kind')), request('NAME', admission('workload.name'))];
  for (const [name, metadata, template, expected] of [
    [
      'of a Deployment',
      { ...hash, ownerReferences: [owner('apps/v1', 'ReplicaSet', 'web-7d9f')] },
      { kind: 'Deployment', name: 'web' },
      'KIND=Deployment NAME=web',
    ],
    [
      'of a Rollout',
      {
        labels: { 'rollouts-pod-template-hash': '7d9f' },
        ownerReferences: [owner('apps/v1', 'ReplicaSet', 'web-7d9f')],
      },
      { kind: 'Rollout', name: 'web' },
      'KIND=Rollout NAME=web',
    ],
    [
      'of a ReplicaSet',
      { ownerReferences: [owner('apps/v1', 'ReplicaSet', 'web-7d9f')] },
      { kind: 'ReplicaSet', name: 'web-7d9f' },
      'KIND=ReplicaSet NAME=web-7d9f',
    ],
    [
      'of a StatefulSet',
      { ownerReferences: [owner('apps/v1', 'StatefulSet', 'db')] },
      { kind: 'StatefulSet', name: 'db' },
      'KIND=StatefulSet NAME=db',
    ],
    [
      'of a DaemonSet',
      { ownerReferences: [owner('apps/v1', 'DaemonSet', 'agent')] },
      { kind: 'DaemonSet', name: 'agent' },
      'KIND=DaemonSet NAME=agent',
    ],
    [
      'of a Job',
      { ownerReferences: [owner('batch/v1', 'Job', 'load')] },
      { kind: 'Job', name: 'load' },
      'KIND=Job NAME=load',
    ],
    [
      'of a CronJob',
      { ownerReferences: [owner('batch/v1', 'Job', 'load-28391234')] },
      { kind: 'CronJob', name: 'load' },
      'KIND=CronJob NAME=load',
    ],
    [
      'of a CronJob on Kubernetes 1.20',
      { ownerReferences: [owner('batch/v1', 'Job', 'load-1606435200')] },
      { kind: 'CronJob', name: 'load' },
      'KIND=CronJob NAME=load',
    ],
    [
      'of a Job with a date in its name',
      { ownerReferences: [owner('batch/v1', 'Job', 'load-20261127')] },
      { kind: 'Job', name: 'load-20261127' },
      'KIND=Job NAME=load-20261127',
    ],
    [
      'of a Job with a number of nine digits in its name',
      { ownerReferences: [owner('batch/v1', 'Job', 'load-283912345')] },
      { kind: 'Job', name: 'load-283912345' },
      'KIND=Job NAME=load-283912345',
    ],
    [
      'of a Job of another group',
      { ownerReferences: [owner('batch.volcano.sh/v1alpha1', 'Job', 'load-28391234')] },
      undefined,
      'KIND=Job NAME=load-28391234',
    ],
    [
      'of a ReplicationController',
      { ownerReferences: [owner('v1', 'ReplicationController', 'web-1')] },
      { kind: 'ReplicationController', name: 'web-1' },
      'KIND=ReplicationController NAME=web-1',
    ],
    [
      'of a custom controller',
      { ownerReferences: [owner('example.com/v1', 'Shard', 's')] },
      { kind: 'Shard', name: 's' },
      'KIND=Shard NAME=s',
    ],
    [
      'of several owners, the controller',
      { ownerReferences: [{ kind: 'Node', name: 'n' }, owner('apps/v1', 'DaemonSet', 'd')] },
      undefined,
      'KIND=DaemonSet NAME=d',
    ],
    [
      'of an owner that is no controller',
      { ownerReferences: [{ kind: 'Node', name: 'n' }] },
      undefined,
      'KIND=Pod NAME',
    ],
    ['of a pod alone', {}, undefined, 'KIND=Pod NAME'],
  ] as const) {
    test(name, () => {
      const { env } = plannedEnv(podOf({}, metadata), intents);
      assert.equal(short(env['main']), expected);
      if (template === undefined) return;
      const otel = [...intents, ...(envGroups['otel'] ?? [])];
      const ofTemplate = { ...metadata, ownerReferences: null };
      const offline = plannedEnv(podOf({ image: 'a:1' }, { ...ofTemplate, name: undefined }), otel, {
        workload: template,
      });
      const admitted = plannedEnv(podOf({ image: 'a:1' }, { ...metadata, name: undefined, generateName: 'p-' }), otel);
      assert.deepEqual(offline.env, admitted.env, 'offline and webhook give the same variables');
    });
  }

  test('with a generated name gives no name offline, and a warning', () => {
    const { env, warnings } = plannedEnv(podOf({}), intents, { workload: { kind: 'Job', name: undefined } });
    assert.equal(short(env['main']), 'KIND=Job');
    assert.deepEqual(
      warnings.map((warning) => warning.split(':')[0]),
      ['workload-name-unknown'],
    );
  });
});

test('a later pass leaves a variable of ours with an outdated value, and warns', () => {
  const share = { kind: 'fraction', resource: 'limits.memory', percent: 50 } as const;
  const intents = [request('M', share), request('N', field('metadata.name'))];
  const limited = (memory: string) => podOf({ resources: { limits: { memory } } });
  const first = plannedEnv(limited('1000'), intents);
  const container = { ...first.pod.spec?.containers?.[0], resources: { limits: { memory: '2000' } } };
  const resized = { ...first.pod, spec: { containers: [container] } };
  const second = plannedEnv(resized, intents);
  assert.equal(short(second.env['main']), 'M=500 N');
  assert.deepEqual(
    second.warnings.map((warning) => warning.split(':')[0]),
    ['value-outdated'],
  );
  assert.deepEqual(plannedEnv(first.pod, intents).warnings, []);
});

test('a message about a variable of a profile names the profile', () => {
  const share = { kind: 'fraction', resource: 'limits.memory', percent: 50 } as const;
  const { warnings } = plannedEnv(podOf({}), [{ name: 'M', source: share, profile: 'web' }]);
  assert.match(warnings.join(), /so "M" of profile "web" is left out/);
});

test('the variables of a pod are limited in total, also those of a single container', () => {
  const annotations = Object.fromEntries(
    Array.from({ length: 1000 }, (_, index) => [`resource.opentelemetry.io/key-${index}`, 'x'.repeat(200)]),
  );
  const [composed] = (envGroups['otel'] ?? []).slice(-1);
  const intents = Array.from({ length: 100 }, (_, index) => ({
    ...request('', text('')),
    ...composed,
    name: `N${index}`,
  }));
  assert.match(plannedEnv(podOf({}, { annotations }), intents).errors.join(), /1 container would get \d+ characters/);
  const images = Array.from({ length: 100 }, (_, index) => request(`N${index}`, admission('container.image')));
  assert.match(plannedEnv(podOf({ image: 'x'.repeat(100_000) }), images).errors.join(), /1 container would get/);
});

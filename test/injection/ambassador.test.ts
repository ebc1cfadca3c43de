import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { injectPod } from '../../src/injection/inject-pod.ts';
import { defaultOptions } from '../golden/default-options.ts';
import { denials, injected, podWith } from './injected.ts';

const version = (minor: number | undefined) => (minor === undefined ? undefined : { major: 1, minor });
const busy = { containers: [{ name: 'main', resources: { requests: { cpu: '10m' } } }] };
const status = '{"version":"0.1.0","volumes":["downlink-token"],"containers":["ambassador"]}';
const main = { name: 'main' };
const ambassador = { name: 'ambassador', image: 'kubectl:older' };
const token = { name: 'downlink-token', projected: { sources: [] } };

describe('the kind of sidecar', () => {
  for (const [kind, minor, expected] of [
    ['auto', undefined, 'container'],
    ['auto', 20, 'container'],
    ['auto', 31, 'container'],
    ['auto', 32, 'native'],
    ['auto', 36, 'native'],
    ['container', 36, 'container'],
    ['native', 29, 'native'],
    ['native', undefined, 'native'],
  ] as const) {
    test(`${kind} on ${minor === undefined ? 'an unknown version' : `1.${minor}`} is ${expected}`, () => {
      const pod = podWith(
        { ambassador: 'true', 'ambassador-sidecar': kind },
        { ...busy, initContainers: [{ name: 'prepare' }] },
      );
      const { spec, warnings } = injected(pod, { kubernetesVersion: version(minor) });
      const isNative = expected === 'native';
      assert.deepEqual(
        spec.initContainers?.map(({ name, restartPolicy }) => [name, restartPolicy]),
        [...(isNative ? [['ambassador', 'Always']] : []), ['prepare', undefined]],
      );
      assert.deepEqual(
        spec.containers?.map(({ name, restartPolicy }) => [name, restartPolicy]),
        [['main', undefined], ...(isNative ? [] : [['ambassador', undefined]])],
      );
      assert.deepEqual(warnings, isNative ? [] : ['application-must-retry']);
    });
  }

  test('native is denied on 1.28', () => {
    const pod = podWith({ ambassador: 'true', 'ambassador-sidecar': 'native' }, busy);
    assert.deepEqual(denials(pod, { kubernetesVersion: version(28) }), ['Forbidden ambassador-sidecar']);
  });
});

describe('the ambassador', () => {
  for (const [name, annotations, spec, minor, expected] of [
    ['is denied with hostNetwork', {}, { hostNetwork: true }, 33, ['Forbidden ambassador']],
    ['is fine with hostNetwork: false', {}, { hostNetwork: false }, 33, []],
    ['is denied on Windows by os', {}, { os: { name: 'windows' } }, 33, ['Forbidden ambassador']],
    ['is fine on Linux by os', {}, { os: { name: 'linux' } }, 33, []],
    [
      'is denied on Windows by nodeSelector',
      {},
      { nodeSelector: { 'kubernetes.io/os': 'windows' } },
      33,
      ['Forbidden ambassador'],
    ],
    ['is denied beside a container of its name', {}, { containers: [main, ambassador] }, 33, ['Forbidden ambassador']],
    [
      'is denied beside an init container of its name',
      {},
      { initContainers: [ambassador] },
      33,
      ['Forbidden ambassador'],
    ],
    ["is denied beside a volume of its token's name", {}, { volumes: [token] }, 33, ['Forbidden ambassador']],
    [
      'is denied where its port is taken',
      {},
      { containers: [{ ...main, ports: [{ containerPort: 8001 }] }] },
      33,
      ['Forbidden ambassador'],
    ],
    [
      'is denied where its port is taken by an init container',
      {},
      { initContainers: [{ name: 'x', ports: [{ containerPort: 8001 }] }] },
      33,
      ['Forbidden ambassador'],
    ],
    [
      'is fine on another port',
      { 'ambassador-port': '8002' },
      { containers: [{ ...main, ports: [{ containerPort: 8001 }] }] },
      33,
      [],
    ],
    ['is denied in a Job as an ordinary container', {}, { restartPolicy: 'Never' }, 28, ['Forbidden ambassador']],
    [
      'is denied in a Job that retries as an ordinary container',
      { 'ambassador-sidecar': 'container' },
      { restartPolicy: 'OnFailure' },
      33,
      ['Forbidden ambassador'],
    ],
    ['is fine in a Job as a native sidecar', {}, { restartPolicy: 'Never' }, 33, []],
    ['is fine where restartPolicy is null', {}, { restartPolicy: null }, 28, []],
    ['takes its own status for ours', { status }, { containers: [main, ambassador], volumes: [token] }, 33, []],
  ] as const) {
    test(name, () => {
      const pod = podWith({ ambassador: 'true', ...annotations }, spec);
      assert.deepEqual(denials(pod, { kubernetesVersion: version(minor) }), expected);
    });
  }

  for (const [name, spec, expected] of [
    ['warns of a shared process namespace', { ...busy, shareProcessNamespace: true }, ['process-namespace-shared']],
    ['warns that a BestEffort pod becomes Burstable', {}, ['quality-of-service']],
    ['does not warn in a Burstable pod', busy, []],
  ] as const) {
    test(name, () => {
      assert.deepEqual(injected(podWith({ ambassador: 'true' }, spec)).warnings, expected);
    });
  }

  test('gets neither variables nor files', () => {
    const { container } = injected(podWith({ ambassador: 'true', env: 'pod', volume: 'labels' }, busy));
    assert.equal(container('ambassador').env, undefined);
    assert.deepEqual(
      container('ambassador').volumeMounts?.map(({ name }) => name),
      ['downlink-token'],
    );
  });

  test('alone has the token', () => {
    const { container } = injected(podWith({ ambassador: 'true' }, { ...busy, initContainers: [{ name: 'prepare' }] }));
    for (const name of ['main', 'prepare']) assert.equal(container(name).volumeMounts, undefined);
  });

  test('is restricted by construction', () => {
    const { container } = injected(podWith({ ambassador: 'true' }, busy));
    assert.deepEqual(container('ambassador').securityContext, {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      runAsUser: 65532,
      seccompProfile: { type: 'RuntimeDefault' },
    });
  });

  test('has no user id where the platform assigns them', () => {
    const { container } = injected(podWith({ ambassador: 'true' }, busy), {
      ambassador: { ...defaultOptions.ambassador, runAsUser: undefined },
    });
    assert.ok(!('runAsUser' in (container('ambassador').securityContext ?? {})));
  });

  test('has a token that the API server does not extend to a year, and that its user can read', () => {
    const volume = injected(podWith({ ambassador: 'true' }, busy)).spec.volumes?.[0];
    const projected = volume?.projected as {
      defaultMode: number;
      sources: { serviceAccountToken?: { expirationSeconds: number } }[];
    };
    assert.equal(projected.sources[0]?.serviceAccountToken?.expirationSeconds, 3600);
    assert.equal(projected.defaultMode & 0o004, 0o004);
  });
});

describe('a second pass', () => {
  for (const [name, spec, containers, volumes] of [
    [
      'leaves the ambassador and its token as they are',
      { containers: [main, ambassador], volumes: [token] },
      ['main', 'ambassador'],
      [token],
    ],
    [
      'leaves an ambassador of the other kind as it is',
      { containers: [main], initContainers: [ambassador], volumes: [token] },
      ['ambassador', 'main'],
      [token],
    ],
    ['adds the token that was lost', { containers: [main, ambassador] }, ['main', 'ambassador'], undefined],
  ] as const) {
    test(name, () => {
      const result = injected(podWith({ ambassador: 'true', status }, spec));
      const all = [...(result.spec.initContainers ?? []), ...(result.spec.containers ?? [])];
      assert.deepEqual(
        all.map((container) => container.name),
        containers,
      );
      assert.deepEqual(
        all.find((container) => container.name === 'ambassador'),
        ambassador,
      );
      if (volumes !== undefined) assert.deepEqual(result.spec.volumes, volumes);
      else
        assert.deepEqual(
          result.spec.volumes?.map((volume) => volume.name),
          ['downlink-token'],
        );
    });
  }

  test('adds the ambassador that was lost', () => {
    const { spec } = injected(podWith({ ambassador: 'true', status }, { ...busy, volumes: [token] }));
    assert.deepEqual(
      spec.initContainers?.map(({ name }) => name),
      ['ambassador'],
    );
    assert.deepEqual(spec.volumes, [token]);
  });
});

describe('own-namespace', () => {
  const pod = podWith({ ambassador: 'true', 'ambassador-access': 'own-namespace' }, busy);
  for (const [namespace, expected] of [
    ['default', 'patch'],
    ['a1-b', 'patch'],
    ['x'.repeat(63), 'patch'],
    [undefined, 'deny'],
    ['', 'deny'],
    ['x'.repeat(64), 'deny'],
    ['a.*', 'deny'],
    ['a|b', 'deny'],
    ['-a', 'deny'],
    ['Default', 'deny'],
    ['a\nb', 'deny'],
  ] as const) {
    test(`of a pod in ${JSON.stringify(namespace)} gives a ${expected}`, () => {
      assert.equal(injectPod(pod, namespace, defaultOptions).kind, expected);
    });
  }

  test('alone needs the namespace', () => {
    assert.equal(injectPod(podWith({ ambassador: 'true' }, busy), undefined, defaultOptions).kind, 'patch');
  });
});

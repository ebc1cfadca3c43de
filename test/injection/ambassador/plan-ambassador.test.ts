import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { injectPod } from '../../../src/injection/inject-pod.ts';
import { provesFine } from '../../../src/injection/patch/patch-proof.ts';
import { decodePod } from '../../../src/kubernetes/decode-pod.ts';
import { defaultOptions } from '../../golden/default-options.ts';
import { denials, injected, outcomeOf, podWith } from '../injected.ts';
import { plannedPatch } from '../planned-patch.ts';

const version = (minor: number | undefined) => (minor === undefined ? undefined : { major: 1, minor });
const busy = { containers: [{ name: 'main', resources: { requests: { cpu: '10m' } } }] };
const status = '{"version":"0.1.0","volumes":["downlink-token"],"containers":["ambassador"]}';
const main = { name: 'main' };
const ambassador = { name: 'ambassador', image: 'kubectl:older' };
const native = { ...ambassador, restartPolicy: 'Always' };
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
    [
      'is denied on Windows by affinity',
      {},
      {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [
                { matchExpressions: [{ key: 'kubernetes.io/os', operator: 'In', values: ['windows'] }] },
              ],
            },
          },
        },
      },
      33,
      ['Forbidden ambassador'],
    ],
    [
      'is denied on Windows by windowsOptions',
      {},
      { containers: [{ ...main, securityContext: { windowsOptions: {} } }] },
      33,
      ['Forbidden ambassador'],
    ],
    [
      'is denied in a pod that has a container of its name',
      {},
      { containers: [main, ambassador] },
      33,
      ['Forbidden ambassador'],
    ],
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
    ['is fine if restartPolicy is null', {}, { restartPolicy: null }, 28, []],
    [
      'is an injected one if the status names it',
      { status },
      { containers: [main, ambassador], volumes: [token] },
      33,
      [],
    ],
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

  test('is the only container with the token', () => {
    const { container } = injected(podWith({ ambassador: 'true' }, { ...busy, initContainers: [{ name: 'prepare' }] }));
    for (const name of ['main', 'prepare']) assert.equal(container(name).volumeMounts, undefined);
  });

  test('conforms to the restricted Pod Security Standard', () => {
    const { container } = injected(podWith({ ambassador: 'true' }, busy));
    assert.deepEqual(container('ambassador').securityContext, {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      seccompProfile: { type: 'RuntimeDefault' },
    });
  });

  test('has no user id if the platform assigns user ids', () => {
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

describe('a reinvocation', () => {
  for (const [name, spec, containers, volumes] of [
    [
      'leaves the ambassador and its token as they are',
      { containers: [main, ambassador], volumes: [token] },
      ['main', 'ambassador'],
      [token],
    ],
    [
      'leaves an ambassador of the other kind as it is',
      { containers: [main], initContainers: [native], volumes: [token] },
      ['ambassador', 'main'],
      [token],
    ],
    ['adds a missing token', { containers: [main, ambassador] }, ['main', 'ambassador'], undefined],
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
        'initContainers' in spec ? native : ambassador,
      );
      if (volumes !== undefined) assert.deepEqual(result.spec.volumes, volumes);
      else
        assert.deepEqual(
          result.spec.volumes?.map((volume) => volume.name),
          ['downlink-token'],
        );
    });
  }

  test('adds a missing ambassador', () => {
    const { spec } = injected(podWith({ ambassador: 'true', status }, { ...busy, volumes: [token] }));
    assert.deepEqual(
      spec.initContainers?.map(({ name }) => name),
      ['ambassador'],
    );
    assert.deepEqual(spec.volumes, [token]);
  });
});

describe('the restartPolicy of a native ambassador', () => {
  const prepare = { name: 'prepare' };
  for (const [name, minor, initContainers, given, expected] of [
    ['that another webhook dropped is restored', 33, [ambassador], status, ['Always']],
    ['that is null is restored', 33, [{ ...ambassador, restartPolicy: null }], status, ['Always']],
    [
      'is added again behind an init container that came later',
      33,
      [prepare, ambassador, prepare],
      status,
      [undefined, 'Always', undefined],
    ],
    ['is restored since 1.29', 29, [ambassador], status, ['Always']],
    ['is restored on an unknown version', undefined, [ambassador], status, ['Always']],
    ['is not restored before 1.29', 28, [ambassador], status, [undefined]],
    ['is not changed', 33, [native], status, ['Always']],
    [
      'is not changed if it has another value',
      33,
      [{ ...ambassador, restartPolicy: 'OnFailure' }],
      status,
      ['OnFailure'],
    ],
  ] as const) {
    test(name, () => {
      const pod = podWith({ ambassador: 'true', status: given }, { ...busy, initContainers, volumes: [token] });
      const options = { kubernetesVersion: version(minor) };
      const first = injected(pod, options);
      const policies = first.spec.initContainers?.map(({ restartPolicy }) => restartPolicy);
      assert.deepEqual(policies, expected);
      assert.deepEqual(first.spec.containers, busy.containers);
      assert.deepEqual(injected(first.pod, options).pod, first.pod, 'a second pass changes nothing');
    });
  }

  test('is not added to an ordinary ambassador', () => {
    const pod = podWith({ ambassador: 'true', status }, { containers: [main, ambassador], volumes: [token] });
    assert.deepEqual(injected(pod).pod, pod);
  });

  test("is not added to the pod's own init container of that name", () => {
    const pod = podWith({ ambassador: 'true' }, { ...busy, initContainers: [ambassador] });
    assert.deepEqual(denials(pod), ['Forbidden ambassador']);
  });

  test('is added by a patch that is proved and only adds', () => {
    const pod = podWith({ ambassador: 'true', status }, { ...busy, initContainers: [ambassador], volumes: [token] });
    const outcome = injectPod(pod, { namespace: 'default' }, defaultOptions);
    assert.ok(outcome.kind === 'injected');
    assert.deepEqual(
      outcome.operations.map(({ op, path }) => `${op} ${path}`),
      ['add /spec/initContainers/0/restartPolicy', 'add /metadata/annotations/downlink.dev~1status'],
    );
    const decoding = decodePod(pod);
    assert.equal(decoding.kind, 'valid');
    assert.equal(provesFine(decoding.pod, plannedPatch(decoding.pod)), true);
  });
});

describe('no-secrets', () => {
  for (const [access, expected] of [
    ['no-secrets', 'pods or certificate signing requests, secrets can still be read; write "read-only, no-secrets"'],
    ['no-secrets, own-namespace', 'pods, secrets can still be read; write "read-only, own-namespace, no-secrets"'],
    ['read-only, no-secrets', undefined],
    ['read-only, own-namespace, no-secrets', undefined],
    ['read-only', undefined],
    ['full', undefined],
  ] as const) {
    test(`as ${access} ${expected === undefined ? 'does not warn' : 'warns that secrets are within reach'}`, () => {
      const outcome = outcomeOf(podWith({ ambassador: 'true', 'ambassador-access': access }, busy));
      assert.ok(outcome.kind === 'injected');
      const code = 'secrets-within-reach';
      const field = 'metadata.annotations[downlink.dev/ambassador-access]';
      const detail = `with permission to create ${expected}`;
      assert.deepEqual(outcome.warnings.first, expected === undefined ? [] : [{ code, field, detail }]);
    });
  }
});

describe('all conflicts of an ambassador are reported at once', () => {
  const port = { ports: [{ containerPort: 8001 }] };
  for (const [name, annotations, spec, expected] of [
    [
      'beside a container of its name',
      {},
      { containers: [{ ...main, ...port }, ambassador] },
      ['Forbidden ambassador', 'Forbidden ambassador'],
    ],
    [
      "beside a volume of its token's name",
      {},
      { containers: [{ ...main, ...port }], volumes: [token] },
      ['Forbidden ambassador', 'Forbidden ambassador'],
    ],
    [
      'beside a container of its name where the files of the volume have no place, in that container',
      { volume: 'labels' },
      { containers: [main, { ...ambassador, ...port, volumeMounts: [{ name: 'x', mountPath: '/etc/downward' }] }] },
      ['Forbidden volume', 'Forbidden ambassador', 'Forbidden ambassador'],
    ],
  ] as const) {
    test(name, () => assert.deepEqual(denials(podWith({ ambassador: 'true', ...annotations }, spec)), expected));
  }
});

test('what the pod has is reported before what is wrong with every pod', () => {
  const pod = podWith(
    { ambassador: 'true', 'ambassador-access': 'own-namespace' },
    { containers: [{ ...main, ports: [{ containerPort: 8001 }] }] },
  );
  const outcome = injectPod(pod, { namespace: undefined }, defaultOptions);
  assert.ok(outcome.kind === 'denied');
  assert.deepEqual(
    outcome.errors.first.map(({ field }) => field),
    ['metadata.annotations[downlink.dev/ambassador]', 'metadata.annotations[downlink.dev/ambassador-access]'],
  );
});

describe('own-namespace', () => {
  const pod = podWith({ ambassador: 'true', 'ambassador-access': 'own-namespace' }, busy);
  for (const [namespace, expected] of [
    ['default', 'injected'],
    ['a1-b', 'injected'],
    ['x'.repeat(63), 'injected'],
    [undefined, 'denied'],
    ['', 'denied'],
    ['x'.repeat(64), 'denied'],
    ['a.*', 'denied'],
    ['a|b', 'denied'],
    ['-a', 'denied'],
    ['Default', 'denied'],
    ['a\nb', 'denied'],
  ] as const) {
    test(`in ${JSON.stringify(namespace)}: the pod is ${expected}`, () => {
      assert.equal(injectPod(pod, { namespace }, defaultOptions).kind, expected);
    });
  }

  test('is the only preset that needs the namespace', () => {
    assert.equal(
      injectPod(podWith({ ambassador: 'true' }, busy), { namespace: undefined }, defaultOptions).kind,
      'injected',
    );
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { denials, injected, podWith } from '../injected.ts';

const mount = { name: 'downlink', mountPath: '/etc/downward', readOnly: true };
const work = { name: 'work', emptyDir: {} };
const workMount = { name: 'work', mountPath: '/work' };
const labels = { path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } };
const ours = (items: unknown) => ({ name: 'downlink', downwardAPI: { items } });
const status = '{"version":"0.1.0","volumes":["downlink"]}';
const two = { containers: [{ name: 'main' }, { name: 'worker' }] };

describe('the volume', () => {
  for (const [name, volumes, expected] of [
    [
      'is added if there is none',
      undefined,
      [{ name: 'downlink', downwardAPI: { defaultMode: 420, items: [labels] } }],
    ],
    ['is added if the list is null', null, [{ name: 'downlink', downwardAPI: { defaultMode: 420, items: [labels] } }]],
    [
      "comes behind the pod's own",
      [work],
      [work, { name: 'downlink', downwardAPI: { defaultMode: 420, items: [labels] } }],
    ],
  ] as const) {
    test(name, () => {
      assert.deepEqual(injected(podWith({ volume: 'labels' }, { volumes })).spec.volumes, expected);
    });
  }

  for (const [name, items, expected] of [
    [
      'that was injected gets missing files',
      [{ ...labels, mode: 256 }],
      [
        { ...labels, mode: 256 },
        { path: 'podName', fieldRef: { fieldPath: 'metadata.name' } },
      ],
    ],
    [
      'that was injected gets files if the list is empty',
      [],
      [labels, { path: 'podName', fieldRef: { fieldPath: 'metadata.name' } }],
    ],
    [
      'that was injected gets files if the list is null',
      null,
      [labels, { path: 'podName', fieldRef: { fieldPath: 'metadata.name' } }],
    ],
    [
      'that was injected keeps a file of another source, which was requested earlier',
      [
        { path: 'labels', fieldRef: { fieldPath: 'metadata.annotations' } },
        { path: 'podName', fieldRef: { fieldPath: 'metadata.uid' } },
      ],
      [
        { path: 'labels', fieldRef: { fieldPath: 'metadata.annotations' } },
        { path: 'podName', fieldRef: { fieldPath: 'metadata.uid' } },
      ],
    ],
  ] as const) {
    test(name, () => {
      const pod = podWith({ volume: 'labels, metadata.name', status }, { volumes: [work, ours(items)] });
      assert.deepEqual(injected(pod).spec.volumes, [work, ours(expected)]);
    });
  }

  test('keeps the container of a file that an earlier invocation chose, whichever is first now', () => {
    const file = {
      path: 'containerCpuLimitMilliCores',
      resourceFieldRef: { containerName: 'main', resource: 'limits.cpu', divisor: '1m' },
    };
    const pod = podWith(
      { volume: 'limits.cpu', status },
      { containers: [{ name: 'mesh' }, { name: 'main' }], volumes: [ours([file])] },
    );
    const { spec, warnings } = injected(pod);
    assert.deepEqual(spec.volumes, [ours([file])]);
    assert.deepEqual(warnings, []);
  });

  for (const [name, spec, expected] of [
    ["of the pod's own is denied", { volumes: [{ name: 'downlink', emptyDir: {} }] }, ['Forbidden volume']],
    [
      'of another type is denied, whatever the status is',
      { volumes: [{ name: 'downlink', emptyDir: {} }], status },
      ['Forbidden volume'],
    ],
    ['that the status does not name is denied', { volumes: [ours([labels])] }, ['Forbidden volume']],
  ] as const) {
    test(name, () => {
      const { status: written, ...rest } = { status: undefined, ...spec };
      assert.deepEqual(denials(podWith({ volume: 'labels', ...(written && { status: written }) }, rest)), expected);
    });
  }

  test('is not added if every file is invalid, and the errors are reported', () => {
    assert.deepEqual(denials(podWith({ volume: 'status.podIP' })), ['Invalid volume "status.podIP"']);
  });
});

describe('the mount', () => {
  for (const [name, volumeMounts, expected] of [
    ['is added if there is none', undefined, [mount]],
    ['is added if the list is null', null, [mount]],
    ["comes behind the container's own", [workMount], [workMount, mount]],
  ] as const) {
    test(name, () => {
      const pod = podWith({ volume: 'labels' }, { containers: [{ name: 'main', volumeMounts }], volumes: [work] });
      assert.deepEqual(injected(pod).container('main').volumeMounts, expected);
    });
  }

  test('that was injected stays at its path', () => {
    const elsewhere = { ...mount, mountPath: '/etc/podinfo' };
    const pod = podWith(
      { volume: 'labels', status },
      { containers: [{ name: 'main', volumeMounts: [elsewhere] }, { name: 'late' }], volumes: [ours([labels])] },
    );
    const { container } = injected(pod);
    assert.deepEqual(container('main').volumeMounts, [elsewhere]);
    assert.deepEqual(container('late').volumeMounts, [mount]);
  });

  for (const [name, container, expected] of [
    [
      'at a path that is taken is denied',
      { volumeMounts: [{ name: 'work', mountPath: '/etc/downward' }] },
      ['Forbidden volume'],
    ],
    [
      'at a path that is taken with a slash is denied',
      { volumeMounts: [{ name: 'work', mountPath: '/etc/downward/' }] },
      ['Forbidden volume'],
    ],
    [
      'at the path of a device is denied',
      { volumeDevices: [{ name: 'disk', devicePath: '/etc/downward' }] },
      ['Forbidden volume'],
    ],
    [
      'at a path that is taken in another spelling is denied',
      { volumeMounts: [{ name: 'work', mountPath: '../etc//x/.././downward/' }] },
      ['Forbidden volume'],
    ],
    ['above another mount is fine', { volumeMounts: [{ name: 'work', mountPath: '/etc/downward/work' }] }, []],
    ['below another mount is fine', { volumeMounts: [{ name: 'work', mountPath: '/etc' }] }, []],
  ] as const) {
    test(name, () => {
      assert.deepEqual(
        denials(podWith({ volume: 'labels' }, { containers: [{ name: 'main', ...container }] })),
        expected,
      );
    });
  }
});

describe('a file', () => {
  for (const [name, volume, expected] of [
    ['with one source twice is fine', 'x=limits.memory, x=main:limits.memory/1', []],
    ['with two sources is denied', 'x=metadata.name, x=metadata.uid', ['Duplicate volume "x"']],
    ['of two containers is denied', 'x=main:limits.cpu/1m, x=worker:limits.cpu/1m', ['Duplicate volume "x"']],
    ["that is another one's directory is denied", 'x=metadata.name, x/y=metadata.uid', ['Invalid volume "x"']],
    [
      'that is a directory of another file is denied',
      'a/b=metadata.name, a/b/c/d=metadata.uid, a/b-c=metadata.uid',
      ['Invalid volume "a/b"'],
    ],
    [
      'with a name that has the start of a directory is fine',
      'a-b=metadata.name, a/b=metadata.uid, ab=metadata.uid, a.b=metadata.uid',
      [],
    ],
    [
      'of a container that does not exist is denied, once',
      'x:limits.cpu, x:resources, y:limits.cpu',
      ['NotFound volume "x"', 'NotFound volume "y"'],
    ],
    ['of an init container is fine', 'prepare:limits.cpu', []],
  ] as const) {
    test(name, () => {
      assert.deepEqual(denials(podWith({ volume }, { ...two, initContainers: [{ name: 'prepare' }] })), expected);
    });
  }

  test('that is the directory of an existing file is denied', () => {
    const pod = podWith(
      { volume: 'x/y=metadata.name', status },
      { volumes: [ours([{ path: 'x', fieldRef: { fieldPath: 'metadata.uid' } }])] },
    );
    assert.deepEqual(denials(pod), ['Invalid volume "x"']);
  });
});

describe('a resource file without a container', () => {
  for (const [name, spec, expected, warnings] of [
    ['is that of the only one', {}, 'main', []],
    ['is that of the first of two, with a warning', two, 'main', ['default-container']],
    ['does not count init containers', { initContainers: [{ name: 'prepare' }] }, 'main', []],
  ] as const) {
    test(name, () => {
      const result = injected(podWith({ volume: 'requests.cpu' }, spec));
      const [volume] = result.spec.volumes ?? [];
      assert.equal(volume?.downwardAPI?.items?.[0]?.resourceFieldRef?.containerName, expected);
      assert.deepEqual(result.warnings, warnings);
    });
  }

  test('does not count the ambassador', () => {
    const pod = podWith(
      {
        volume: 'limits.cpu',
        ambassador: 'true',
        'ambassador-sidecar': 'container',
        status: '{"containers":["ambassador"]}',
      },
      { containers: [{ name: 'main' }, { name: 'ambassador' }] },
    );
    assert.ok(!injected(pod).warnings.includes('default-container'));
  });
});

describe('a resource file without a container, by kubectl.kubernetes.io/default-container', () => {
  const key = 'kubectl.kubernetes.io/default-container';
  const spec = {
    containers: [{ name: 'main' }, { name: 'worker' }],
    initContainers: [{ name: 'mesh', restartPolicy: 'Always' }],
    ephemeralContainers: [{ name: 'debugger' }],
  };
  const named = (value: string, volume = 'requests.cpu') => {
    const pod = podWith({ volume }, spec);
    return { ...pod, metadata: { ...pod.metadata, annotations: { ...pod.metadata?.annotations, [key]: value } } };
  };

  for (const [value, expected] of [
    ['worker', 'worker'],
    ['mesh', 'mesh'],
    ['', 'main'],
  ] as const) {
    test(`that is "${value}" is of ${expected}`, () => {
      const [volume] = injected(named(value)).spec.volumes ?? [];
      assert.equal(volume?.downwardAPI?.items?.[0]?.resourceFieldRef?.containerName, expected);
    });
  }

  for (const [value, expected] of [
    ['other', [`NotFound metadata.annotations[${key}] "other"`]],
    ['debugger', [`Invalid metadata.annotations[${key}] "debugger"`]],
  ] as const) {
    test(`that is "${value}" is denied, once`, () => {
      assert.deepEqual(denials(named(value, 'requests.cpu, requests.memory')), expected);
    });

    test(`that is "${value}" is fine if no file needs it`, () => {
      assert.deepEqual(denials(named(value, 'labels, main:requests.cpu')), []);
    });
  }
});

describe('a mode', () => {
  for (const [name, mode, spec, warnings] of [
    ['that all can read is fine for anybody', '0644', { securityContext: { runAsNonRoot: true } }, []],
    ['that only root can read is fine for root', '0600', {}, []],
    [
      'that only root can read gives a warning for another user',
      '0600',
      { securityContext: { runAsUser: 1000 } },
      ['unreadable-mode'],
    ],
    [
      'that only root can read gives a warning for runAsNonRoot',
      '0600',
      { securityContext: { runAsNonRoot: true } },
      ['unreadable-mode'],
    ],
    [
      'that its group can read gives a warning without an fsGroup',
      '0640',
      { securityContext: { runAsUser: 1000 } },
      ['unreadable-mode'],
    ],
    [
      'that only root can read is fine with an fsGroup',
      '0640',
      { securityContext: { runAsUser: 1000, fsGroup: 1 } },
      [],
    ],
    [
      "is judged by the container's own user",
      '0600',
      { securityContext: { runAsUser: 1000 }, containers: [{ name: 'main', securityContext: { runAsUser: 0 } }] },
      [],
    ],
    [
      "is judged by the container's own word",
      '0600',
      { containers: [{ name: 'main', securityContext: { runAsNonRoot: true } }] },
      ['unreadable-mode'],
    ],
  ] as const) {
    test(name, () => {
      assert.deepEqual(injected(podWith({ volume: 'labels', 'volume-mode': mode }, spec)).warnings, warnings);
    });
  }
});

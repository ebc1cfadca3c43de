import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { denials, outcomeOf, podWith } from '../injection/injected.ts';

const data = { name: 'data', emptyDir: {} };
const kubelets = {
  configMap: { name: 'a' },
  secret: { secretName: 'a' },
  downwardAPI: { items: [] },
  projected: { sources: [] },
};
const mounted = (mountPath: string, more: object = {}) => ({ volumeMounts: [{ name: 'data', mountPath, ...more }] });
const readOnly = { readOnly: true };

/** Returns the errors of files at that path, each as `FIELD: detail`. */
function problems(mountPath: string, container: object = {}, volume: object = data): readonly string[] {
  const outcome = outcomeOf(
    podWith(
      { volume: 'labels, a/b=metadata.name', 'volume-path': mountPath },
      { containers: [{ name: 'main', ...container }], volumes: [volume] },
    ),
  );
  if (outcome.kind !== 'denied') return [];
  return outcome.errors.first.map(({ field, detail }) => `${field.replace(/.*\/|\]/g, '')}: ${detail}`);
}

describe('a path that Kubernetes uses', () => {
  const token = "Kubernetes mounts the service account's token at /var/run/secrets/kubernetes.io/serviceaccount";
  for (const [path, why] of [
    ['/proc', 'the container runtime sets up /proc itself'],
    ['/proc/self/x', 'the container runtime sets up /proc itself'],
    ['/sys', 'the container runtime sets up /sys itself'],
    ['/sys/fs/cgroup', 'the container runtime sets up /sys itself'],
    ['/dev', 'the container runtime sets up /dev itself'],
    ['/dev/shm', 'the container runtime sets up /dev itself'],
    ['/dev/termination-log', 'the container runtime sets up /dev itself'],
    ['/etc', 'it would hide /etc/hosts and /etc/resolv.conf, which Kubernetes mounts'],
    ['/etc/', 'it would hide /etc/hosts and /etc/resolv.conf, which Kubernetes mounts'],
    ['/etc/hosts', 'Kubernetes mounts the file /etc/hosts'],
    ['/etc/hosts/x', 'Kubernetes mounts the file /etc/hosts'],
    ['/etc/hostname', 'Kubernetes mounts the file /etc/hostname'],
    ['/etc/resolv.conf', 'Kubernetes mounts the file /etc/resolv.conf'],
    ['/var/run/secrets/kubernetes.io/serviceaccount', token],
    ['/var/run/secrets/kubernetes.io/serviceaccount/x', token],
    ['/var/run/secrets/kubernetes.io', token],
    ['/var/run/secrets', token],
    ['/var/run', token],
    ['/var', token],
    ['/run/secrets/kubernetes.io/serviceaccount', token],
    ['/run/secrets/kubernetes.io', token],
    ['/run/secrets', token],
    ['/run', token],
  ] as const) {
    test(`is rejected: ${path}`, () => {
      assert.deepEqual(problems(path), [`volume-path: ${why}; write another path, for example "/etc/podinfo"`]);
    });
  }

  for (const path of [
    ...['/procfs', '/system', '/devices', '/etcetera', '/etc/podinfo', '/etc/hosts.d', '/etc/resolv.conf.d', '/x/proc'],
    ...['/var/lib/podinfo', '/var/run/podinfo', '/run/podinfo', '/var/run/secrets/podinfo', '/run/secrets/tokens'],
    ...['/var/run/secrets/kubernetes.io/podinfo', '/running', '/srv/var/run', '/tmp', '/usr/share/podinfo'],
  ]) {
    test(`is not: ${path}`, () => assert.deepEqual(problems(path), []));
  }

  test('is reported together with other errors, and without any target', () => {
    const annotations = { volume: 'labels', 'volume-path': '/proc', containers: 'other' };
    assert.deepEqual(denials(podWith(annotations)), ['NotFound containers "other"', 'Invalid volume-path "/proc"']);
  });

  test('is accepted if an earlier version has mounted the volume there', () => {
    const volumes = [{ name: 'downlink', downwardAPI: { items: [] } }];
    const container = { name: 'main', volumeMounts: [{ name: 'downlink', mountPath: '/dev/info' }] };
    const status = '{"version":"0.1.0","volumes":["downlink"]}';
    const pod = podWith({ volume: 'labels', 'volume-path': '/dev/info', status }, { containers: [container], volumes });
    assert.deepEqual(denials(pod), []);
  });
});

describe('files at /data/podinfo', () => {
  const denied = (clause: string) => [
    `volume: container "main" ${clause}; set downlink.dev/volume-path to another path, for example "/etc/podinfo"`,
  ];
  const inReadOnly = (path = '/data') => denied(`mounts "${path}" read-only, so no directory for it can be created`);
  for (const [name, container, volume, expected] of [
    ['beside another mount', mounted('/work', readOnly), data, []],
    ['beside a mount whose path has the same start', mounted('/dat', readOnly), data, []],
    ['in a writable emptyDir', mounted('/data'), data, []],
    ['in a read-only emptyDir', mounted('/data', readOnly), data, inReadOnly()],
    ['in a read-only emptyDir, in another spelling', mounted('//data/', readOnly), data, inReadOnly('//data/')],
    ['in a claim', mounted('/data'), { name: 'data', persistentVolumeClaim: { claimName: 'a' } }, []],
    [
      'in a claim that is mounted read-only',
      mounted('/data', readOnly),
      { name: 'data', persistentVolumeClaim: { claimName: 'a' } },
      inReadOnly(),
    ],
    [
      'in a claim that is read-only itself',
      mounted('/data'),
      { name: 'data', persistentVolumeClaim: { claimName: 'a', readOnly: true } },
      inReadOnly(),
    ],
    ['in a read-only ephemeral volume', mounted('/data', readOnly), { name: 'data', ephemeral: {} }, inReadOnly()],
    ['in a read-only directory of the node', mounted('/data', readOnly), { name: 'data', hostPath: {} }, inReadOnly()],
    ['in a read-only CSI volume', mounted('/data'), { name: 'data', csi: { readOnly: true } }, inReadOnly()],
    ['in a read-only NFS share', mounted('/data'), { name: 'data', nfs: { readOnly: true } }, inReadOnly()],
    [
      'in an image, which is always read-only',
      mounted('/data'),
      { name: 'data', image: { reference: 'a' } },
      inReadOnly(),
    ],
    ...Object.entries(kubelets).flatMap(
      ([kind, source]) =>
        [
          [`in a volume of kind ${kind}`, mounted('/data'), { name: 'data', [kind]: source }, []],
          [`in a read-only one of kind ${kind}`, mounted('/data', readOnly), { name: 'data', [kind]: source }, []],
          [
            `in a part of one of kind ${kind}`,
            mounted('/data', { subPath: 'a' }),
            { name: 'data', [kind]: source },
            inReadOnly(),
          ],
        ] as const,
    ),
    [
      'in a part of a configMap, by an expression',
      mounted('/data', { subPathExpr: '$(A)' }),
      { name: 'data', configMap: {} },
      inReadOnly(),
    ],
    ['in a part of an emptyDir', mounted('/data', { subPath: 'a' }), data, []],
    ['in a volume that the pod does not have', mounted('/data', readOnly), { name: 'other', emptyDir: {} }, []],
    [
      'at the path of another mount',
      mounted('/data/podinfo'),
      data,
      denied('already mounts something at "/data/podinfo"'),
    ],
    [
      'at the path of a device',
      { volumeDevices: [{ name: 'data', devicePath: '/data/podinfo' }] },
      data,
      denied('already mounts something at "/data/podinfo"'),
    ],
    [
      'below a device',
      { volumeDevices: [{ name: 'data', devicePath: '/data' }] },
      data,
      denied('has a device at "/data"'),
    ],
    [
      'above a device',
      { volumeDevices: [{ name: 'data', devicePath: '/data/podinfo/disk' }] },
      data,
      denied('has a device at "/data/podinfo/disk"'),
    ],
    ['above another mount', mounted('/data/podinfo/x'), data, []],
    ['above a part of an emptyDir', mounted('/data/podinfo/x', { subPath: 'x' }), data, []],
    [
      'above a file of a configMap',
      mounted('/data/podinfo/x.conf', { subPath: 'x.conf' }),
      { name: 'data', configMap: {} },
      denied('mounts a single file at "/data/podinfo/x.conf", which is not possible inside another volume'),
    ],
    [
      'with a file at the path of another mount',
      mounted('/data/podinfo/labels'),
      data,
      denied('mounts something at "/data/podinfo/labels", which would hide one of the files'),
    ],
    [
      'with a directory at the path of another mount',
      mounted('/data/podinfo/a/c'),
      data,
      denied('mounts something at "/data/podinfo/a/c", which would hide one of the files'),
    ],
    ['with another termination message', { terminationMessagePath: '/tmp/log' }, data, []],
    ['with a termination message of null', { terminationMessagePath: null }, data, []],
    ...['/data/podinfo', '/data/podinfo/log', '/data'].map(
      (path) =>
        [
          `with a termination message at ${path}`,
          { terminationMessagePath: path },
          data,
          denied(`writes its termination message to "${path}"`),
        ] as const,
    ),
  ] as const) {
    test(`${name} ${expected.length === 0 ? 'work' : 'do not work'}`, () => {
      assert.deepEqual(problems('/data/podinfo', container, volume), expected);
    });
  }

  test('in a writable mount within a read-only one work', () => {
    const volumeMounts = [
      { name: 'data', mountPath: '/data', readOnly: true },
      { name: 'work', mountPath: '/data/podinfo' },
    ];
    assert.deepEqual(problems('/data/podinfo/x', { volumeMounts }), []);
  });
});

describe('a conflict of paths', () => {
  test('is reported once for all its containers, and once for each kind', () => {
    const taken = { volumeMounts: [{ name: 'data', mountPath: '/etc/downward' }] };
    const messages = { terminationMessagePath: '/etc/downward/log' };
    const pod = podWith(
      { volume: 'labels' },
      {
        initContainers: [{ name: 'init', ...taken }],
        containers: [{ name: 'a', ...taken }, { name: 'b', ...messages }, { name: 'c' }],
        volumes: [data],
      },
    );
    const outcome = outcomeOf(pod);
    assert.deepEqual(outcome.kind === 'denied' && outcome.errors.first.map(({ detail }) => detail.replace(/;.*/, '')), [
      'containers "init", "a" already mount something at "/etc/downward"',
      'container "b" writes its termination message to "/etc/downward/log"',
    ]);
  });

  test('suggests another path that works', () => {
    const mount = { volumeMounts: [{ name: 'data', mountPath: '/etc', readOnly: true }] };
    const pod = podWith({ volume: 'labels' }, { containers: [{ name: 'main', ...mount }], volumes: [data] });
    const outcome = outcomeOf(pod);
    assert.match(outcome.kind === 'denied' ? (outcome.errors.first[0]?.detail ?? '') : '', /for example "\/podinfo"$/);
  });

  test('suggests no other path if none is known to work', () => {
    const mount = { volumeMounts: [{ name: 'data', mountPath: '/', readOnly: true }] };
    const pod = podWith({ volume: 'labels' }, { containers: [{ name: 'main', ...mount }], volumes: [data] });
    const outcome = outcomeOf(pod);
    assert.match(outcome.kind === 'denied' ? (outcome.errors.first[0]?.detail ?? '') : '', /to another path$/);
  });

  test('is reported together with a volume of a reserved name', () => {
    const pod = podWith(
      { volume: 'labels' },
      {
        containers: [{ name: 'main', ...mounted('/etc/downward') }],
        volumes: [data, { name: 'downlink', emptyDir: {} }],
      },
    );
    assert.deepEqual(denials(pod), ['Forbidden volume', 'Forbidden volume']);
  });

  test('is found through the link /var/run', () => {
    const sentences = problems('/run/podinfo', mounted('/var/run/podinfo'));
    assert.match(sentences.join(), /^volume: container "main" already mounts something at "\/run\/podinfo"/);
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { stringify } from 'yaml';
import { explain, lint, type ManifestFinding, type ManifestOptions } from '../../src/index.ts';
import type { Profile } from '../../src/injection/profile.ts';
import { validOptions } from './valid-options.ts';

const options = validOptions({ kubernetesVersion: '1.33' }, 'default');

/** Returns the hints about objects in one manifest. */
function hintsAbout(objects: readonly object[], given: ManifestOptions = options): readonly ManifestFinding[] {
  const [linted] = lint([{ name: 'all.yaml', text: objects.map((object) => stringify(object)).join('---\n') }], given);
  return (linted?.findings ?? []).filter(({ severity }) => severity === 'hint');
}
const codes = (...objects: readonly object[]) => hintsAbout(objects).map(({ code }) => code);

const container = { name: 'main', resources: { requests: { cpu: '10m' } } };
const ambassador = (changes: object = {}, spec: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', annotations: { 'downlink.dev/ambassador': 'true' } },
  spec: { automountServiceAccountToken: false, containers: [{ ...container, ...changes }], ...spec },
});

describe('beside an ambassador, a token of the application', () => {
  const account = (automount: boolean) => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'quiet' },
    automountServiceAccountToken: automount,
  });
  const binding = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'quiet' },
    subjects: [{ kind: 'ServiceAccount', name: 'quiet', namespace: 'default' }],
  };
  for (const [name, automount, ofAccount, expected] of [
    ['is a hint by default', undefined, true, ['application-token']],
    ['is no hint if the account mounts none', undefined, false, []],
    ['is no hint if the pod mounts none', false, true, []],
    ['is a hint if the pod overrides the account', true, false, ['application-token']],
  ] as const) {
    test(name, () => {
      const spec = { automountServiceAccountToken: automount, serviceAccountName: 'quiet' };
      assert.deepEqual(codes(ambassador({}, spec), account(ofAccount), binding), expected);
    });
  }
});

describe('beside an ambassador, a probe', () => {
  const http = (port: unknown, host?: string) => ({ readinessProbe: { httpGet: { port, ...(host && { host }) } } });
  for (const [name, changes, count] of [
    ['of its port is a hint', http(8001), 1],
    ['of its port as text is a hint', http('8001'), 1],
    ['of its port on loopback is a hint', http(8001, '127.0.0.1'), 1],
    ['of another host is none', http(8001, 'example.com'), 0],
    ['of another port is none', http(8080), 0],
    ['of a port with a name is none', { ...http('web'), ports: [{ name: 'web', containerPort: 8080 }] }, 0],
    ['by grpc is a hint', { livenessProbe: { grpc: { port: 8001 } } }, 1],
    ['that is a command is none', { livenessProbe: { exec: { command: ['true'] } } }, 0],
    ['of a hook is a hint', { lifecycle: { postStart: { tcpSocket: { port: 8001 } } } }, 1],
  ] as const) {
    test(name, () => {
      assert.deepEqual(codes(ambassador(changes)), new Array(count).fill('probe-of-ambassador'));
    });
  }
});

describe('beside an ambassador, a proxy', () => {
  const proxy = { name: 'HTTP_PROXY', value: 'http://proxy:3128' };
  for (const [name, changes, count] of [
    ['is a hint', { env: [proxy] }, 1],
    ['with exceptions for names only is a hint', { env: [proxy, { name: 'NO_PROXY', value: 'localhost' }] }, 1],
    ['with an exception for 127.0.0.1 is none', { env: [proxy, { name: 'no_proxy', value: 'a, 127.0.0.1' }] }, 0],
    ['with an exception for all hosts is none', { env: [proxy, { name: 'NO_PROXY', value: '*' }] }, 0],
    ['with exceptions from elsewhere is none', { env: [proxy], envFrom: [{ configMapRef: { name: 'a' } }] }, 0],
    ['without a value is none', { env: [{ name: 'HTTP_PROXY', value: '' }] }, 0],
    ['for HTTPS is none', { env: [{ name: 'HTTPS_PROXY', value: 'http://proxy:3128' }] }, 0],
  ] as const) {
    test(name, () => {
      assert.deepEqual(codes(ambassador(changes)), new Array(count).fill('proxied-ambassador'));
    });
  }

  test('and a probe are no hints without an ambassador', () => {
    const { metadata: _, ...pod } = ambassador({ env: [proxy], readinessProbe: { httpGet: { port: 8001 } } });
    assert.deepEqual(codes({ ...pod, metadata: { annotations: { 'downlink.dev/env': 'pod' } } }), []);
  });
});

describe('a missing label', () => {
  const workload = (apiVersion: string, kind: string, source: string) => ({
    apiVersion,
    kind,
    metadata: { name: 'web' },
    spec: {
      template: {
        metadata: { labels: { team: 'blue' }, annotations: { 'downlink.dev/env': `A=${source}` } },
        spec: { containers: [container] },
      },
    },
  });
  for (const [name, object, expected] of [
    ['is a hint', workload('apps/v1', 'Deployment', "metadata.labels['tier']"), ['empty-source']],
    ['that a controller sets is none', workload('apps/v1', 'Deployment', "metadata.labels['pod-template-hash']"), []],
    ['of a custom resource is none', workload('argoproj.io/v1alpha1', 'Rollout', "metadata.labels['tier']"), []],
    [
      'of a custom resource is a hint if it is misspelled',
      workload('argoproj.io/v1alpha1', 'Rollout', "metadata.labels['taem']"),
      ['empty-source'],
    ],
    ['that is there is none', workload('apps/v1', 'Deployment', "metadata.labels['team']"), []],
  ] as const) {
    test(name, () => assert.deepEqual(codes(object), expected));
  }
});

describe('a key on a Namespace', () => {
  const namespace = (map: string, key: string, value: string) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'shop', [map]: { [key]: value } },
  });
  for (const [name, object, count] of [
    ['that enables it is read', namespace('labels', 'downlink.dev/enabled', 'true'), 0],
    ['that names a profile is read', namespace('labels', 'downlink.dev/profile', 'web'), 0],
    ['that names a profile in an annotation is a hint', namespace('annotations', 'downlink.dev/profile', 'web'), 1],
    ['that is for pods is a hint', namespace('annotations', 'downlink.dev/env', 'pod'), 1],
    ['that is for pods is a hint as a label, too', namespace('labels', 'downlink.dev/env', 'pod'), 1],
  ] as const) {
    test(name, () => assert.deepEqual(codes(object), new Array(count).fill('unread-key')));
  }
});

const profileOf = (name: string): Profile => ({
  name,
  values: new Map(),
  env: undefined,
  files: undefined,
  locked: new Set(),
  hash: '00000000',
});

test('a profile of a Namespace that the settings lack is a hint', () => {
  const profiles = new Map(['web', 'worker'].map((name) => [name, profileOf(name)]));
  const given = { ...options, profiles };
  const labelled = (profile: string) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'shop', labels: { 'downlink.dev/profile': profile } },
  });
  assert.deepEqual(hintsAbout([labelled('web')], given), []);
  assert.deepEqual(
    hintsAbout([labelled('wbe')], given).map(({ message }) => message),
    ['metadata.labels[downlink.dev/profile]: the settings have no such profile; known profiles: "web", "worker"'],
  );
});

test('a custom resource is explained by its own kind and name', () => {
  const rollout = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    metadata: { name: 'web' },
    spec: {
      template: { metadata: { annotations: { 'downlink.dev/env': 'limits.cpu' } }, spec: { containers: [container] } },
    },
  };
  const [explained, ...more] = explain(stringify(rollout), options).pods;
  assert.deepEqual([explained?.object, explained?.outcome, more], ['Rollout/web', 'injected', []]);
});

test('a template of a chart is passed over unless it mentions Downlink', () => {
  const template = (line: string) => `{{- if .Values.enabled }}\nkind: ServiceAccount\n${line}{{- end }}\n`;
  const found = (text: string) => lint([{ name: 'a.yaml', text }], options)[0]?.findings.map(({ code }) => code);
  assert.deepEqual(found(template('')), []);
  assert.deepEqual(found(template('downlink.dev/env: pod\n')), ['template']);
});

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import { type ApiAnswer, type FakeApiServer, startApiServer, statusOf } from '../support/fake-api-server.ts';
import { run as runInProcess } from './run-program.ts';

const install = await readFile(join(import.meta.dirname, '../../deploy/install.yaml'), 'utf8');

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'downlink-test-'));
});
after(() => rm(folder, { recursive: true }));

interface Deployment {
  readonly metadata: object;
  readonly spec: { readonly template: { readonly metadata: object; readonly spec: PodSpec } };
}

interface PodSpec {
  readonly containers: readonly { readonly args: readonly string[] }[];
}

const objects: readonly { readonly kind: string }[] = parseAllDocuments(install).map((document) => document.toJS());
const ofKind = (kind: string) => objects.filter((object) => object.kind === kind);
const [service] = ofKind('Service');
const [installed] = ofKind('Deployment') as unknown as readonly Deployment[];
assert.ok(service && installed);

/** Returns the Deployment of install.yaml with additional arguments and a changed pod spec. */
function deployment(args: readonly string[] = [], env: readonly object[] = [], changes: object = {}): object {
  const { spec } = installed?.spec.template ?? assert.fail();
  const [container] = spec.containers;
  const mounts = 'volumes' in changes ? { volumeMounts: [{ name: 'settings', mountPath: '/etc/downlink' }] } : {};
  const containers = [{ ...container, env, ...mounts, args: [...(container?.args ?? []), ...args] }];
  const template = { ...installed?.spec.template, spec: { ...spec, ...changes, containers } };
  return { ...installed, spec: { ...installed?.spec, template } };
}

/** Returns the responses of a cluster with install.yaml; those of `other` take precedence. */
function cluster(webhook: object, other: (path: string) => ApiAnswer | undefined = () => undefined) {
  const list = (items: readonly object[]): ApiAnswer => ({ code: 200, body: { kind: 'List', metadata: {}, items } });
  return (path: string): ApiAnswer => {
    const own = other(path);
    if (own !== undefined) return own;
    if (path === '/version') return { code: 200, body: { major: '1', minor: '36+' } };
    if (path.includes('/mutatingwebhookconfigurations?')) return list(ofKind('MutatingWebhookConfiguration'));
    if (path === '/api/v1/namespaces/downlink/services/downlink') return { code: 200, body: service };
    if (path.startsWith('/apis/apps/v1/namespaces/downlink/deployments?')) return list([webhook]);
    return statusOf(404, `${path} not found`);
  };
}

async function kubeconfig(server: string, namespace?: string, name = 'test'): Promise<string> {
  const file = join(await mkdtemp(join(folder, 'config-')), 'kubeconfig');
  const context = { cluster: name, user: name, ...(namespace !== undefined && { namespace }) };
  const config = {
    clusters: [{ name, cluster: { server } }],
    users: [{ name, user: {} }],
    contexts: [{ name, context }],
    'current-context': name,
  };
  await writeFile(file, JSON.stringify(config));
  return file;
}

const ambassador = `apiVersion: v1
kind: Pod
metadata:
  name: x
  annotations: { downlink.dev/ambassador: "true", downlink.dev/ambassador-access: own-namespace }
spec:
  automountServiceAccountToken: false
  containers: [{ name: main, resources: { requests: { cpu: 10m } } }]
`;

const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}, input = ambassador) =>
  runInProcess(args, { input, env: { HOME: folder, ...env } });

/** Injects with the options of a cluster, and returns what the ambassador got. */
async function injected(answer: (path: string) => ApiAnswer, args: readonly string[] = ['--cluster'], env = {}) {
  const server = await startApiServer(answer);
  const result = await run(['inject', '-f', '-', ...args], { KUBECONFIG: await kubeconfig(server.url, 'web'), ...env });
  await server.close();
  const { initContainers = [], containers = [] } = result.stdout === '' ? {} : parse(result.stdout).spec;
  const [native] = initContainers;
  const { image, args: flags = [] } = native ?? containers.at(-1) ?? {};
  const namespace = /namespaces\/(\w+)\(/.exec(flags.join())?.[1];
  return { ...result, requests: server.requests, native: native !== undefined, image, namespace };
}

/** Starts a cluster with Downlink that lasts until the end of the test. */
async function serving(t: TestContext): Promise<FakeApiServer> {
  const server = await startApiServer(cluster(deployment()));
  t.after(() => server.close());
  return server;
}

describe('--cluster takes from the cluster', () => {
  test('the version, the namespace of the context, and the settings of the running webhook, by GET only', async () => {
    const { code, stderr, requests, native, image, namespace } = await injected(
      cluster(deployment(['--ambassador-image=of/arguments:1'])),
    );
    assert.deepEqual([code, stderr], [0, '']);
    assert.deepEqual([native, image, namespace], [true, 'of/arguments:1', 'web']);
    assert.ok(requests.every((request) => request.startsWith('GET ')));
    assert.ok(!requests.some((request) => request.includes('secrets')), 'it needs no Secret');
  });

  test('settings in the environment of the webhook', async () => {
    const env = [{ name: 'DOWNLINK_AMBASSADOR_CPU', value: '70m' }];
    const { stdout } = await injected(cluster(deployment([], env)));
    assert.match(stdout, /cpu: 70m/);
  });

  for (const [name, args, env, volume] of [
    ['an argument', ['--config=/etc/downlink/settings.yaml'], [], { name: 'settings' }],
    ['two arguments', ['--config', '/etc/downlink/settings.yaml'], [], { name: 'settings' }],
    ['the environment', [], [{ name: 'DOWNLINK_CONFIG', value: '/etc/downlink/settings.yaml' }], { name: 'settings' }],
    [
      'a path that is not the key',
      ['--config=/etc/downlink/other.yaml'],
      [],
      { name: 'settings', items: [{ key: 'settings.yaml', path: 'other.yaml' }] },
    ],
  ] as const) {
    test(`settings in a ConfigMap of the webhook, by ${name}`, async () => {
      const volumes = [{ name: 'settings', configMap: volume }];
      const webhook = deployment(args, env, { volumes });
      const data = { 'settings.yaml': 'ambassadorCpu: 80m\nlaterSetting: x\n' };
      const { stdout, stderr } = await injected(
        cluster(webhook, (path) =>
          path === '/api/v1/namespaces/downlink/configmaps/settings' ? { code: 200, body: { data } } : undefined,
        ),
      );
      assert.equal(stderr, '');
      assert.match(stdout, /cpu: 80m/);
    });
  }

  test('profiles in a ConfigMap of the webhook', async (t) => {
    const webhook = deployment(['--config=/etc/downlink/settings.yaml'], [], {
      volumes: [{ name: 'settings', configMap: { name: 'settings' } }],
    });
    const data = { 'settings.yaml': 'profiles: { web: { env: TEAM="a" } }\n' };
    const server = await startApiServer(
      cluster(webhook, (path) =>
        path === '/api/v1/namespaces/downlink/configmaps/settings' ? { code: 200, body: { data } } : undefined,
      ),
    );
    t.after(() => server.close());
    const env = { KUBECONFIG: await kubeconfig(server.url, 'web') };
    const annotated = (profile: string) =>
      `apiVersion: v1\nkind: Pod\nmetadata: { name: x, annotations: { downlink.dev/profile: ${profile} } }\nspec: { containers: [{ name: main }] }\n`;
    const explained = await run(['explain', '-f', '-', '--cluster'], env, annotated('web'));
    assert.match(explained.stdout, /^ {2}main +TEAM +a +"a" +no +profile web$/m);
    const linted = await run(['lint', '-f', '-', '--cluster'], env, annotated('wbe'));
    assert.equal(linted.code, 1);
    assert.match(linted.stdout, /Not found: "wbe": this cluster has the profiles "web"; did you mean "web"\?/);
  });

  test('the version in the settings of the webhook rather than that of the API server', async () => {
    const { native } = await injected(cluster(deployment(['--kubernetes-version=1.30'])));
    assert.equal(native, false);
  });

  test('nothing that flags, environment, or settings file set', async () => {
    const answer = cluster(deployment(['--ambassador-image=of/arguments:1']));
    const flags = ['--cluster', '--ambassador-image', 'of/flags:1', '-n', 'here', '--kubernetes-version', '1.30'];
    const ofFlags = await injected(answer, flags);
    assert.deepEqual([ofFlags.native, ofFlags.image, ofFlags.namespace], [false, 'of/flags:1', 'here']);
    const ofEnvironment = await injected(answer, ['--cluster'], { DOWNLINK_AMBASSADOR_IMAGE: 'of/environment:1' });
    assert.equal(ofEnvironment.image, 'of/environment:1');
    const file = join(folder, 'settings.yaml');
    await writeFile(file, 'ambassadorImage: of/file:1\n');
    assert.equal((await injected(answer, ['--cluster', '--config', file])).image, 'of/file:1');
  });

  test('the namespace default if the context has none, as kubectl does', async (t) => {
    const server = await serving(t);
    const { stdout } = await run(['inject', '-f', '-', '--cluster'], { KUBECONFIG: await kubeconfig(server.url) });
    assert.match(stdout, /namespaces\/default\(/);
  });

  test('also if a flag selects the context or kubeconfig', async (t) => {
    const server = await serving(t);
    const file = await kubeconfig(server.url, 'web');
    for (const args of [
      ['--kubeconfig', file],
      ['--kubeconfig', file, '--context', 'test'],
    ]) {
      const { code, stdout, stderr } = await run(['inject', '-f', '-', ...args]);
      assert.deepEqual([code, stderr], [0, '']);
      assert.match(stdout, /namespaces\/web\(/);
    }
  });

  test('for lint and explain as well', async (t) => {
    const server = await serving(t);
    const KUBECONFIG = await kubeconfig(server.url, 'web');
    const linted = await run(['lint', '-f', '-', '--cluster'], { KUBECONFIG });
    assert.deepEqual(linted, { code: 0, stdout: '', stderr: '1 file: 0 errors, 0 warnings, 0 hints\n' });
    const explained = await run(['explain', '-f', '-', '--cluster', '-o', 'json'], { KUBECONFIG });
    assert.equal(JSON.parse(explained.stdout)[0].ambassador.sidecar, 'native');
    assert.equal(JSON.parse(explained.stdout)[0].namespace, 'web');
  });
});

describe('--cluster continues without what it may not read, with a note:', () => {
  const webhook = deployment(['--ambassador-image=of/arguments:1']);
  const standard = 'registry.k8s.io/kubectl:v1.36.2';
  for (const [name, path, answer, note] of [
    [
      'webhook configurations',
      '/mutatingwebhookconfigurations',
      statusOf(403, 'mutatingwebhookconfigurations is forbidden'),
      'mutatingwebhookconfigurations is forbidden; using default settings for the webhook',
    ],
    [
      'Deployments',
      '/deployments',
      statusOf(403, 'deployments.apps is forbidden'),
      'deployments.apps is forbidden; using default settings for the webhook',
    ],
    [
      'no webhook',
      '/mutatingwebhookconfigurations',
      { code: 200, body: { items: [] } },
      'Downlink is not installed in the cluster; using default settings for the webhook',
    ],
    [
      'no Deployment of its Service',
      '/deployments',
      { code: 200, body: { items: [] } },
      'the Service of the webhook selects no Deployment; using default settings for the webhook',
    ],
  ] as const) {
    test(name, async () => {
      const { code, stderr, native, image } = await injected(
        cluster(webhook, (one) => (one.includes(path) ? answer : undefined)),
      );
      assert.deepEqual([code, stderr], [0, `downlink: ${note}\n`]);
      assert.deepEqual([native, image], [true, standard]);
    });
  }

  test('the version, which is then unknown', async () => {
    const { stderr, native } = await injected(
      cluster(webhook, (path) => (path === '/version' ? statusOf(403, '/version is forbidden') : undefined)),
    );
    assert.match(stderr, /^downlink: \/version is forbidden; continuing without the Kubernetes version$/m);
    assert.match(stderr, /^downlink: the Kubernetes version is unknown, /m);
    assert.equal(native, false);
  });
});

const unreachable = 'http://127.0.0.1:1';

describe('a cluster that cannot be read ends a command with one sentence and exit code 2:', () => {
  let expired: FakeApiServer;
  before(async () => {
    expired = await startApiServer(() => statusOf(401, 'Unauthorized'));
  });
  after(() => expired.close());
  for (const [command, name, args, server, words] of [
    ['inject', 'no kubeconfig', ['--cluster'], undefined, /no kubeconfig: KUBECONFIG is not set/],
    [
      'lint',
      'an unreachable server',
      ['--cluster'],
      unreachable,
      /cannot reach http:\/\/127\.0\.0\.1:1: connection refused/,
    ],
    [
      'explain',
      'an unreachable server',
      ['--cluster'],
      unreachable,
      /cannot reach http:\/\/127\.0\.0\.1:1: connection refused/,
    ],
    ['inject', 'another context', ['--context', 'prod'], unreachable, /no context "prod" in \S+; it has "test"/],
    [
      'lint',
      'a timeout that is not a duration',
      ['--cluster', '--request-timeout', 'soon'],
      unreachable,
      /--request-timeout: "soon" is not a duration/,
    ],
    ['inject', 'a token that has expired', ['--cluster'], 'expired', /does not accept your credentials \(401\)/],
  ] as const) {
    test(`${name}, for ${command}`, async () => {
      const url = server === 'expired' ? expired.url : server;
      const env = url === undefined ? {} : { KUBECONFIG: await kubeconfig(url) };
      const { code, stdout, stderr } = await run([command, '-f', '-', ...args], env);
      assert.deepEqual([code, stdout], [2, ''], stderr);
      assert.match(stderr, words);
      assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
    });
  }

  test('wrong settings in the cluster are reported with their source', async () => {
    const { code, stderr } = await injected(cluster(deployment(['--ambassador-port=80'])));
    assert.equal(code, 2);
    assert.match(stderr, /^downlink: http:\S+: --ambassador-port: Invalid value: "80": must be a port/);
  });
});

describe('an unknown version is reported once, if it matters:', () => {
  const line =
    'downlink: the Kubernetes version is unknown, and the ambassador is a native sidecar only on 1.32 and later; set --kubernetes-version, for example 1.36, or use --cluster\n';
  const pod = (annotations: string) =>
    `apiVersion: v1\nkind: Pod\nmetadata: { name: x, annotations: { ${annotations} } }\nspec: { automountServiceAccountToken: false, containers: [{ name: main, resources: { requests: { cpu: 10m } } }] }\n`;
  const auto = pod('downlink.dev/ambassador: "true"');
  for (const command of ['inject', 'explain', 'lint']) {
    test(`${command} with two ambassadors, once`, async () => {
      const { stderr } = await run([command, '-f', '-'], {}, `${auto}---\n${auto}`);
      assert.equal(stderr.split(line).length - 1, 1, stderr);
    });
  }
  for (const [name, args, input, isTold] of [
    ['with an ambassador', [], auto, true],
    ['with a version', ['--kubernetes-version', '1.30'], auto, false],
    ['without an ambassador', [], pod('downlink.dev/env: pod'), false],
    [
      'with one that is native',
      [],
      pod('downlink.dev/ambassador: "true", downlink.dev/ambassador-sidecar: native'),
      false,
    ],
    ['with a setting that makes it one', ['--ambassador-sidecar', 'native'], auto, false],
    ['with one that is opted out', [], pod('downlink.dev/ambassador: "true", downlink.dev/inject: "false"'), false],
  ] as const) {
    test(`lint ${name}`, async () => {
      const { stderr } = await run(['lint', '-f', '-', ...args], {}, input);
      assert.equal(stderr.split(line).length - 1, isTold ? 1 : 0, stderr);
    });
  }

  test('and lint does not warn of an ordinary container', async () => {
    assert.deepEqual((await run(['lint', '-f', '-'], {}, auto)).stdout, '');
    const ordinary = pod('downlink.dev/ambassador: "true", downlink.dev/ambassador-sidecar: container');
    assert.match(
      (await run(['lint', '-f', '-'], {}, ordinary)).stdout,
      /it starts at the same time as the application/,
    );
    const old = await run(['lint', '-f', '-', '--kubernetes-version', '1.30'], {}, auto);
    assert.match(old.stdout, /it starts at the same time as the application/);
  });

  test('and the examples have no findings', async () => {
    const examples = join(import.meta.dirname, '../../deploy/examples');
    for (const args of [[], ['--kubernetes-version', '1.36']]) {
      const { code, stdout } = await run(['lint', '-f', examples, '-R', ...args]);
      assert.deepEqual([code, stdout], [0, '']);
    }
  });
});

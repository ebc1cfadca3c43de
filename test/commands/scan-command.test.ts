import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { ScanReport } from '../../src/scan/scan-finding.ts';
import { type ApiAnswer, startApiServer, statusOf } from '../support/fake-api-server.ts';
import { issueAuthority, issueCertificate } from '../support/pem-certificates.ts';
import { run, spawnProgram } from './run-program.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'downlink-test-'));
});
after(() => rm(folder, { recursive: true }));

/** Runs `downlink scan` in a home without a kubeconfig. */
const scan = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  run(['scan', ...args], { env: { HOME: folder, ...env } });

/** Writes a kubeconfig for that server, with the context `test`, and returns its path. */
async function kubeconfig(server: string, user: object = {}, cluster: object = {}, name = 'test'): Promise<string> {
  const file = join(await mkdtemp(join(folder, 'config-')), 'kubeconfig');
  const config = {
    clusters: [{ name, cluster: { server, ...cluster } }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: `of-${name}` } }],
    'current-context': name,
  };
  await writeFile(file, JSON.stringify(config));
  return file;
}

/** Returns the responses of an empty cluster with one namespace; those of `other` take precedence. */
function emptyCluster(other: (path: string) => ApiAnswer | undefined = () => undefined): (path: string) => ApiAnswer {
  return (path) => {
    const own = other(path);
    if (own !== undefined) return own;
    if (path === '/version') return { code: 200, body: { major: '1', minor: '33' } };
    if (/^\/api\/v1\/namespaces\/[^/]+$/.test(path))
      return { code: 200, body: { metadata: { name: path.split('/').at(-1), labels: {} } } };
    return { code: 200, body: { kind: 'List', apiVersion: 'v1', metadata: {}, items: [] } };
  };
}

async function refuses(args: readonly string[], words: RegExp, env: Record<string, string> = {}): Promise<void> {
  const { code, stdout, stderr } = await scan(args, env);
  assert.deepEqual([code, stdout], [2, ''], stderr);
  assert.match(stderr, words);
  assert.equal(stderr.trimEnd().split('\n').length, 1, `one sentence: ${stderr}`);
}

test('no kubeconfig', () =>
  refuses([], /^downlink: no kubeconfig: KUBECONFIG is not set and there is no \S+\/\.kube\/config; select one/));

test('a kubeconfig that does not exist', async () => {
  await refuses([], /no kubeconfig: KUBECONFIG is \/nowhere, which does not exist/, { KUBECONFIG: '/nowhere' });
  await refuses(['--kubeconfig', '/nowhere'], /cannot read the kubeconfig \/nowhere: ENOENT/);
});

for (const { name, content, words } of [
  { name: 'broken YAML', content: 'clusters: [', words: /cannot read the kubeconfig \S+: .*; select another one/ },
  { name: 'an empty file', content: '', words: /cannot read the kubeconfig|no current context/ },
  {
    name: 'a cluster without a server',
    content: 'clusters: [{name: a, cluster: {}}]',
    words: /cannot read the kubeconfig \S+: clusters\[0\]/,
  },
  {
    name: 'no current context',
    content: 'contexts: [{name: a, context: {cluster: b}}]',
    words: /no current context in \S+; it has "a"; select one with --context/,
  },
  {
    name: 'a context without its cluster',
    content: 'contexts: [{name: a, context: {cluster: b}}]\ncurrent-context: a',
    words: /the context "a" in \S+ refers to a cluster that does not exist/,
  },
]) {
  test(`a kubeconfig with ${name}`, async () => {
    const file = join(folder, 'broken');
    await writeFile(file, content);
    await refuses([], words, { KUBECONFIG: file });
  });
}

test('a context that does not exist', async () => {
  const file = await kubeconfig('https://127.0.0.1:1');
  await refuses(['--context', 'prod'], /no context "prod" in \S+; it has "test"/, { KUBECONFIG: file });
});

test('a server that is down', async () => {
  const server = await startApiServer(() => undefined);
  await server.close();
  await refuses([], /cannot reach http:\S+: connection refused; check that the cluster is up/, {
    KUBECONFIG: await kubeconfig(server.url),
  });
  await refuses([], /cannot reach https:\/\/no-such-host\.invalid: /, {
    KUBECONFIG: await kubeconfig('https://no-such-host.invalid'),
  });
});

test('a server whose certificate cannot be verified', async () => {
  const authority = await issueAuthority('x', new Date(), 60_000);
  const { certificate, privateKey } = await issueCertificate(authority, ['127.0.0.1'], new Date(), 60_000);
  const server = createServer({ cert: certificate, key: privateKey });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const file = await kubeconfig(`https://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await refuses([], /the TLS connection to https:\S+ failed: .*; check certificate-authority-data/, {
    KUBECONFIG: file,
  });
  server.close();
});

test('a server that does not respond', async () => {
  const server = await startApiServer(() => undefined);
  await refuses(['--request-timeout', '1s'], /http:\S+ did not respond in time; .*--request-timeout/, {
    KUBECONFIG: await kubeconfig(server.url),
  });
  await server.close();
});

test('a connection that breaks in the middle of a response', async () => {
  const server = await startApiServer(
    emptyCluster((path) =>
      path.includes('/pods?') ? { code: 200, body: { items: [], kind: 'PodList' }, cut: true } : undefined,
    ),
  );
  await refuses([], /cannot reach http:\S+: the connection was reset/, { KUBECONFIG: await kubeconfig(server.url) });
  await server.close();
});

test('a proxy that answers with the page of a login', async () => {
  const server = await startApiServer(() => ({ code: 200, body: undefined, text: '<html>Sign in</html>' }));
  await refuses([], /http:\S+ responded with something other than JSON; is it an API server\?/, {
    KUBECONFIG: await kubeconfig(server.url),
  });
  await server.close();
});

for (const { name, answer, words } of [
  {
    name: 'an expired token',
    answer: () => statusOf(401, 'Unauthorized'),
    words: /http:\S+ does not accept your credentials \(401\), which may have expired/,
  },
  {
    name: 'no permission to list pods',
    answer: emptyCluster((path) =>
      path.includes('/pods?') ? statusOf(403, 'pods is forbidden: User "x" cannot list') : undefined,
    ),
    words: /http:\S+ denied a request \(403\): pods is forbidden: User "x" cannot list; request this permission/,
  },
  {
    name: 'an unknown namespace',
    answer: emptyCluster((path) => (path === '/api/v1/namespaces/of-test' ? statusOf(404, 'not found') : undefined)),
    words: /there is no namespace "of-test" at http:\S+; select another one with --namespace/,
  },
]) {
  test(name, async () => {
    const server = await startApiServer(answer);
    await refuses([], words, { KUBECONFIG: await kubeconfig(server.url, { token: 'stale' }) });
    await server.close();
  });
}

test('a credential plugin that fails', async () => {
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: 'sh',
    args: ['-c', 'echo please log in >&2; exit 1'],
  };
  await refuses([], /cannot get credentials for https:\/\/127\.0\.0\.1:1: please log in/, {
    KUBECONFIG: await kubeconfig('https://127.0.0.1:1', { exec }),
  });
});

for (const { name, args, words } of [
  {
    name: 'a timeout that is not a duration',
    args: ['--request-timeout', 'soon'],
    words: /--request-timeout: "soon" is not a duration; for example 30s or 2m/,
  },
  {
    name: 'an expiry that is not a number of days',
    args: ['--expiring-within', '-1'],
    words: /--expiring-within: "-1" is not a number of days; for example 7/,
  },
]) {
  test(name, () => refuses(args, words));
}

test('wrong flags end with 2, unlike findings', async () => {
  for (const args of [['-o', 'yaml'], ['-A', '-n', 'x'], ['--nmaespace']]) assert.equal((await scan(args)).code, 2);
});

test('a cluster is read only by GET, page by page, beyond an expired snapshot, and without what is forbidden', async () => {
  const pod = (name: string) => ({
    metadata: { name, namespace: 'of-test', annotations: { 'downlink.dev/env': 'pod' } },
    spec: { containers: [{ name: 'a' }] },
  });
  const page = (items: readonly object[], next?: string): ApiAnswer => ({
    code: 200,
    body: { kind: 'PodList', apiVersion: 'v1', metadata: { continue: next }, items },
  });
  const server = await startApiServer(
    emptyCluster((path) => {
      if (path.includes('webhookconfigurations')) return statusOf(403, 'mutatingwebhookconfigurations is forbidden');
      if (!path.includes('/pods?')) return undefined;
      if (path.includes('continue=two')) return statusOf(410, 'too old', { continue: 'newest' });
      return path.includes('continue=newest') ? page([pod('b')]) : page([pod('a')], 'two');
    }),
  );
  const { code, stdout } = await scan(['-o', 'json'], { KUBECONFIG: await kubeconfig(server.url) });
  const report: ScanReport = JSON.parse(stdout);
  assert.equal(code, 1);
  assert.deepEqual(
    report.findings.map(({ object }) => object.name),
    ['a', 'b'],
  );
  assert.deepEqual(report.notes, ['cannot read webhook configurations: mutatingwebhookconfigurations is forbidden']);
  assert.deepEqual(report.scanned, { pods: 2, namespaces: 1, optedIn: 2, workloads: 0 });
  assert.ok(server.requests.every((request) => request.startsWith('GET ')));
  assert.ok(server.requests.some((request) => request.includes('/pods?limit=500')));
  await server.close();
});

test('the files in KUBECONFIG are merged, the first wins, and a credential plugin gets its input', async () => {
  let authorization: string | undefined;
  const server = await startApiServer((path, { headers }) => {
    authorization = headers.authorization;
    return emptyCluster((one) => (one.includes('webhookconfigurations') ? statusOf(403, 'forbidden') : undefined))(
      path,
    );
  });
  const script = `echo '{"status":{"token":"'"$(echo "$KUBERNETES_EXEC_INFO" | tr -dc a-z0-9.)"'"}}'`;
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'sh', args: ['-c', script] };
  const files = [await kubeconfig(server.url, { exec }), await kubeconfig('https://127.0.0.1:1'), '/nowhere'];
  const { code, stdout, stderr } = await scan([], { KUBECONFIG: files.join(':') });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^nothing found; scanned 0 pods \(0 opted in\) and 0 workloads in 1 namespace$/m);
  assert.match(authorization ?? '', /^Bearer apiersionclient\.authentication\.k8s\.iov1kind/);
  await server.close();
});

test('findings end with 1 as a process, too', async () => {
  const server = await startApiServer(emptyCluster());
  const env = { HOME: folder, KUBECONFIG: await kubeconfig(server.url) };
  const args = ['scan', '-n', 'of-test'];
  const result = await spawnProgram(args, { env });
  assert.deepEqual(result, { ...(await run(args, { env })), code: 1 });
  await server.close();
});

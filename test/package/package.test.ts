import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { packInto } from '../../release/pack.ts';
import { connectWebhook } from '../support/webhook-client.ts';
import { nodeReleases } from './node-releases.ts';
import { documentedExample, portOf, type User, userWith } from './user.ts';

// Packs the package, installs it into an empty project, and runs it on each supported Node.js.

const repository = fileURLToPath(new URL('../..', import.meta.url));
const { version, peerDependencies } = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8'));

const pod = (env: string) => `apiVersion: v1
kind: Pod
metadata:
  name: shop
  annotations:
    downlink.dev/env: ${env}
spec:
  containers:
    - name: main
      image: busybox:1.37
`;
const kubeconfig = `apiVersion: v1
kind: Config
current-context: here
contexts: [{ name: here, context: { cluster: here, user: me } }]
clusters: [{ name: here, cluster: { server: 'https://127.0.0.1:1' } }] # nothing listens there
users: [{ name: me, user: { token: none } }]
`;
const files = { 'pod.yaml': pod('metadata.name'), 'wrong.yaml': pod('metadata.nam'), kubeconfig };

let folder: string;
let tarball: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'downlink-package-'));
  tarball = await packInto(folder);
});
after(() => rm(folder, { recursive: true }));

for (const release of await nodeReleases()) {
  describe(`the package on Node.js ${release.name}`, { timeout: 10 * 60_000 }, () => {
    let user: User;
    const downlink = (...args: readonly string[]) => user.run('npx', '--no', '--', 'downlink', ...args);
    before(async () => {
      user = await userWith(await release.folder(), join(folder, release.name), files);
      await user.run('npm', 'install', '--engine-strict', tarball);
    });

    test('installs its files and commands, and no optional dependency', async () => {
      const modules = join(user.folder, 'node_modules');
      const installed = await readdir(join(modules, 'kubectl-downlink'));
      assert.deepEqual(installed.toSorted(), ['LICENSE', 'README.md', 'deploy', 'dist', 'package.json']);
      const commands = (await readdir(join(modules, '.bin'))).filter((name) => name.endsWith('downlink'));
      assert.deepEqual(commands.toSorted(), ['downlink', 'kubectl-downlink', 'kubectl_complete-downlink']);
      assert.ok(!(await readdir(modules)).includes('@kubernetes'));
    });

    test('can be imported as a library by its name', async () => {
      const print = "import { version } from 'kubectl-downlink';\nconsole.log(version, process.version, text);\n";
      await writeFile(join(user.folder, 'example.js'), `${await documentedExample(user)}${print}`);
      const { stdout } = await user.run('node', 'example.js');
      assert.match(stdout, /^(\S+) (\S+) apiVersion: v1[\s\S]* name: POD_NAME\n/);
      const [own, node = ''] = stdout.split(' ');
      assert.equal(own, version);
      assert.ok(`${node}.`.startsWith(`v${release.name}.`), `${node} is not ${release.name}`);
    });

    test('runs under its three names', async () => {
      assert.equal((await downlink('--version')).stdout, `${version}\n`);
      assert.match(
        (await user.run('npx', '--no', '--', 'kubectl-downlink', '--help')).stdout,
        /^Usage: kubectl downlink /,
      );
      assert.match((await user.run('npx', '--no', '--', 'kubectl_complete-downlink', 'expl')).stdout, /^explain\n/);
    });

    test('lints, explains, injects and uninjects', async () => {
      assert.match((await downlink('lint', '-f', 'pod.yaml')).stderr, /^1 file: 0 errors/);
      await assert.rejects(downlink('lint', '-f', 'wrong.yaml'), { code: 1, stdout: /did you mean "metadata.name"/ });
      assert.match((await downlink('explain', '-f', 'pod.yaml')).stdout, / POD_NAME /);
      const injected = (await downlink('inject', '-f', 'pod.yaml')).stdout;
      assert.match(injected, /- name: POD_NAME\n/);
      await writeFile(join(user.folder, 'injected.yaml'), injected);
      assert.equal((await downlink('uninject', '-f', 'injected.yaml')).stdout, files['pod.yaml']);
    });

    test('serves reviews over TLS until SIGTERM', async () => {
      await downlink('certs', '--out', 'certificates', '--dns', 'localhost');
      const certificates = ['--tls-cert-file=certificates/tls.crt', '--tls-private-key-file=certificates/tls.key'];
      const ports = ['--port=0', '--health-port=0', '--bind-address=127.0.0.1', '--shutdown-delay=0'];
      const server = user.start('downlink', 'serve', ...certificates, ...ports);
      const exit = once(server, 'exit');
      try {
        const ca = await readFile(join(user.folder, 'certificates/ca.crt'), 'utf8');
        const client = connectWebhook(await portOf(server), ca);
        const review = await readFile(join(repository, 'test/fixtures/reviews/pod-downward-env.json'), 'utf8');
        const { response } = JSON.parse((await client.post(review)).body);
        client.close();
        assert.deepEqual([response.allowed, response.patchType], [true, 'JSONPatch']);
      } finally {
        server.kill('SIGTERM');
      }
      assert.deepEqual(await exit, [0, null]);
    });

    test('scans when the Kubernetes client is installed', async () => {
      const scan = () => downlink('scan', '--kubeconfig', 'kubeconfig');
      await assert.rejects(scan(), { code: 2, stderr: /npm install @kubernetes\/client-node/ });
      const clients = Object.entries(peerDependencies).map(([name, range]) => `${name}@${range}`);
      await user.run('npm', 'install', '--engine-strict', ...clients);
      await assert.rejects(scan(), { code: 2, stderr: /127\.0\.0\.1:1/ });
    });
  });
}

test('the types compile without skipLibCheck, and reject wrong arguments', async () => {
  const compilerOptions = { strict: true, target: 'es2022', module: 'nodenext', types: ['node'], noEmit: true };
  const user = await userWith(join(repository, 'node_modules/.bin'), join(folder, 'types'), {
    'tsconfig.json': JSON.stringify({ compilerOptions, files: ['example.ts'] }),
    'wrong.json': JSON.stringify({ compilerOptions, files: ['wrong.ts'] }),
    'wrong.ts': `import { lint, type ManifestOptions } from 'kubectl-downlink';
export const lintNumber = (options: ManifestOptions) => lint(1, options);
`,
  });
  const { devDependencies } = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8'));
  await user.run('npm', 'install', tarball, `@types/node@${devDependencies['@types/node']}`);
  await writeFile(join(user.folder, 'example.ts'), await documentedExample(user));
  const compile = (project: string) =>
    promisify(execFile)(join(repository, 'node_modules/.bin/tsc'), ['-p', join(user.folder, project)]);
  await assert.doesNotReject(compile('tsconfig.json').catch((error) => Promise.reject(new Error(error.stdout))));
  await assert.rejects(compile('wrong.json'), { stdout: /wrong\.ts\(2,62\): error TS2345: Argument of type 'number'/ });
});

import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, lstat, mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { installFile } from '../../deploy/render.ts';
import { flagName, settingKeys } from '../../src/config/settings.ts';
import { flagsOf, type Manifest, only, parseManifests } from '../support/manifests.ts';
import { buildStages, type Stage } from './dockerfile.ts';

const run = promisify(execFile);
const repository = fileURLToPath(new URL('../..', import.meta.url));
const maxTar = 512 * 1024 * 1024; // bytes
const startTimeout = 60_000; // milliseconds

describe('the image', { timeout: 10 * 60_000 }, () => {
  let folder: string;
  let stages: readonly Stage[];
  let again: readonly Stage[];
  let image: Stage;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'downlink-image-'));
    await chmod(folder, 0o755); // the server runs as another user
    const build = (name: string) => buildStages(repository, join(folder, name));
    [stages, again] = await Promise.all([build('build'), build('again')]);
    image = stages.at(-1) as Stage;
  });
  after(() => rm(folder, { recursive: true }));

  test('contains the dependencies of package-lock.json, and nothing else', async (t) => {
    assert.deepEqual((await readdir(image.root)).toSorted(), ['app']);
    const app = join(image.root, image.workdir);
    assert.deepEqual((await readdir(app)).toSorted(), ['dist', 'node_modules', 'package.json']);
    const lock = JSON.parse(await readFile(join(repository, 'package-lock.json'), 'utf8'));
    const wanted = Object.entries<Manifest>(lock.packages)
      .filter(([path, { dev, optional, devOptional }]) => path !== '' && !dev && !optional && !devOptional)
      .map(([path]) => path);
    const found = (await paths(app)).flatMap((path) => {
      const [, name] = /^((?:node_modules\/(?:@[^/]+\/)?[^/]+\/)+)package\.json$/.exec(path) ?? [];
      return name === undefined ? [] : [name.slice(0, -1)];
    });
    assert.deepEqual(found.toSorted(), wanted.toSorted());
    for (const part of ['node_modules', 'dist']) t.diagnostic(await size(app, part));
  });

  test('contains nothing that runs on one platform only', async () => {
    const native = (await paths(image.root)).filter((path) => /\.(node|so|dylib|exe|wasm)$/.test(path));
    assert.deepEqual(native, []);
  });

  test('is the same in every build', async () => {
    assert.deepEqual(await digests((again.at(-1) as Stage).root), await digests(image.root));
  });

  test('has base images with a tag and a digest, of the Node.js version that runs the tests', () => {
    for (const { base } of stages) assert.match(base, /^[^@]+:[^@]+@sha256:[0-9a-f]{64}$/);
    const [major] = process.versions.node.split('.');
    assert.match(image.base, new RegExp(`/nodejs${major}-`));
    assert.match(stages[0]?.base ?? '', new RegExp(`^node:${major}\\.`));
  });

  test('runs as the user of the Deployment', async () => {
    const { runAsUser, runAsGroup } = (await deployedPod()).securityContext;
    assert.equal(image.user, `${runAsUser}:${runAsGroup}`);
  });

  test('omits the package that only scan needs, and scan says so', async () => {
    const scan = run(process.execPath, [...argumentsOfNode(image), 'scan'], { cwd: folder });
    await assert.rejects(scan, {
      code: 2,
      stderr: /^downlink: scan and --cluster require the package @kubernetes\/client-node/,
    });
  });

  test('runs every other command with its arguments in place of serve, reading standard input', async () => {
    const pod = (env: string) =>
      `apiVersion: v1\nkind: Pod\nmetadata: { name: web, annotations: { downlink.dev/env: ${env} } }\nspec: { containers: [{ name: main }] }\n`;
    const linted = await runImage(image, ['lint', '-f', '-'], { input: pod('ppod') });
    assert.match(linted.stdout, /^stdin:3:57: error: Pod\/web: .*"ppod"/);
    assert.equal(linted.code, 1);
    const injected = await runImage(image, ['inject', '-f', '-'], { input: pod('pod') });
    assert.match(injected.stdout, /name: POD_NAME/);
    assert.deepEqual([injected.code, injected.stderr], [0, '']);
    assert.deepEqual(image.cmd, ['serve']);
  });

  test('checks 2 MB of manifests within its memory', async () => {
    const pod = (index: number) =>
      `apiVersion: v1\nkind: Pod\nmetadata: { name: web-${index}, annotations: { downlink.dev/ambassador: "true" } }\nspec: { automountServiceAccountToken: false, containers: [{ name: main, env: [${'{ name: A, value: some-value }, '.repeat(40)}] }] }\n`;
    const input = Array.from({ length: 1400 }, (_, index) => pod(index)).join('---\n');
    assert.ok(input.length > 2_000_000);
    const { code, stderr } = await runImage(image, ['lint', '-f', '-', '--kubernetes-version', '1.36'], { input });
    assert.match(stderr, /^1 file: 0 errors, /);
    assert.equal(code, 0);
  });

  test('checks a folder that is mounted as the working directory, with paths relative to it', async () => {
    const { code, stdout } = await runImage(image, ['lint', '-R', '-f', '.'], {
      cwd: join(repository, 'docs/examples'),
    });
    assert.match(stdout, /^shop-with-mistakes\.yaml:7:5: error: /m);
    assert.equal(code, 1);
  });

  test('serves webhook and probes with the arguments of the Deployment, and stops on SIGTERM', async () => {
    const certificates = join(folder, 'certificates');
    const entrypoint = argumentsOfNode(image);
    const cwd = join(image.root, image.workdir);
    const certs = ['certs', '--out', certificates, '--dns', 'localhost'];
    await run(process.execPath, [...entrypoint, ...certs], { cwd });
    await chmod(join(certificates, 'tls.key'), 0o644); // as in the volume of a Secret

    const manifests = parseManifests(await readFile(installFile, 'utf8'));
    const [container] = (await deployedPod()).containers;
    const server = spawn(process.execPath, [...entrypoint, ...argumentsOf(container, certificates)], {
      cwd,
      env: { ...image.env },
      stdio: ['ignore', 'pipe', 'inherit'],
      ...(process.getuid?.() === 0 && { uid: 65532, gid: 65532 }),
    });
    try {
      const { port, healthPort } = await portsOf(server);
      const ca = await readFile(join(certificates, 'ca.crt'), 'utf8');
      for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
        const { status } = await fetch(`http://localhost:${healthPort}${container[probe].httpGet.path}`);
        assert.equal(status, 200, probe);
      }
      const [{ clientConfig }] = only(manifests, 'MutatingWebhookConfiguration').webhooks;
      const review = await readFile(join(repository, 'test/fixtures/reviews/pod-downward-env.json'), 'utf8');
      const { response } = JSON.parse(await post(port, clientConfig.service.path, ca, review));
      assert.equal(response.uid, JSON.parse(review).request.uid);
      assert.equal(response.allowed, true);
      assert.ok(response.patch);
    } finally {
      server.kill('SIGTERM');
    }
    assert.deepEqual(await once(server, 'exit'), [0, null]);
  });
});

/** Runs the image as `docker run --interactive --rm IMAGE` does with these arguments, or without any, as its user. */
async function runImage(
  image: Stage,
  args: readonly string[],
  { input = '', cwd = join(image.root, image.workdir) } = {},
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const child = spawn(process.execPath, [...argumentsOfNode(image), ...(args.length > 0 ? args : image.cmd)], {
    cwd,
    env: { ...image.env },
    ...(process.getuid?.() === 0 && { uid: 65532, gid: 65532 }),
  });
  child.stdin.end(input);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, stdout, stderr };
}

/** Returns the arguments of Node.js in the entrypoint, with the path of the program in the files of the image. */
function argumentsOfNode(image: Stage): readonly string[] {
  const [program, ...args] = image.entrypoint;
  assert.equal(program, '/nodejs/bin/node'); // its path in the base image
  return args.map((argument) => (argument.startsWith('/') ? join(image.root, argument) : argument));
}

async function deployedPod(): Promise<Manifest> {
  const manifests = parseManifests(await readFile(installFile, 'utf8'));
  return only(manifests, 'Deployment').spec.template.spec;
}

/** Returns the container's arguments without those that need a cluster: certificates come from files, ports are free ones. */
function argumentsOf(container: Manifest, certificates: string): readonly string[] {
  const ofCluster = ['certificate-secret', 'service-name', 'webhook-configuration', 'deployment-name'];
  const here = new Map([
    ['port', '0'],
    ['health-port', '0'],
    ['shutdown-delay', '0'],
    ['certificate-mode', 'files'],
    ['kubernetes-version', '1.36'],
    ['tls-cert-file', join(certificates, 'tls.crt')],
    ['tls-private-key-file', join(certificates, 'tls.key')],
  ]);
  const known = settingKeys.map((key) => flagName(key).slice('--'.length));
  const given = flagsOf(container).filter(([name]) => !ofCluster.includes(name));
  const flags = [...new Map([...given, ...here])].filter(([name]) => known.includes(name));
  return [container.args[0], ...flags.map(([name, value]) => `--${name}=${value}`)];
}

/** Waits until the server logs that it serves, and returns its ports. */
async function portsOf(server: ChildProcess): Promise<{ readonly port: number; readonly healthPort: number }> {
  const lines: string[] = [];
  const timer = setTimeout(() => server.kill('SIGKILL'), startTimeout);
  try {
    for await (const line of createInterface({ input: server.stdout as NodeJS.ReadableStream })) {
      lines.push(line);
      const { msg, port, healthPort } = JSON.parse(line);
      if (msg === 'serving') return { port, healthPort };
    }
  } finally {
    clearTimeout(timer);
    server.stdout?.resume();
  }
  throw new Error(`the server did not start to serve:\n${lines.join('\n')}`);
}

function post(port: number, path: string, ca: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const sent = request({ host: 'localhost', port, path, method: 'POST', ca, headers, agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk;
      });
      response.on('end', () => (response.statusCode === 200 ? resolve(text) : reject(new Error(text))));
    });
    sent.on('error', reject).end(body);
  });
}

/** Returns the relative paths of the files and links in a folder. */
async function paths(root: string): Promise<readonly string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name).slice(root.length + 1))
    .toSorted();
}

async function digests(root: string): Promise<Readonly<Record<string, string>>> {
  const digest = async (path: string) => {
    const status = await lstat(join(root, path));
    const content = status.isSymbolicLink() ? await readlink(join(root, path)) : await readFile(join(root, path));
    return `${status.mode.toString(8)} ${createHash('sha256').update(content).digest('hex')}`;
  };
  return Object.fromEntries(await Promise.all((await paths(root)).map(async (path) => [path, await digest(path)])));
}

/** Returns the size of a layer with the folder, unpacked and compressed. */
async function size(parent: string, name: string): Promise<string> {
  const sizes = await Promise.all(
    (await paths(join(parent, name))).map(async (path) => (await lstat(join(parent, name, path))).size),
  );
  const tar = await run('tar', ['-c', '-C', parent, name], { encoding: 'buffer', maxBuffer: maxTar });
  const mebibytes = (bytes: number) => (bytes / 1024 / 1024).toFixed(2);
  const unpacked = sizes.reduce((sum, bytes) => sum + bytes, 0);
  return `layer ${name}: ${mebibytes(unpacked)} MiB in ${sizes.length} files, ${mebibytes(gzipSync(tar.stdout).length)} MiB compressed`;
}

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { copyFile, cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findProgram } from '../../deploy/helm.ts';
import { version } from '../../src/version.ts';
import { buildStages } from '../image/dockerfile.ts';
import { buildPrograms, controlPlane, node, releaseOf } from '../kubernetes/build.ts';

// node test/e2e/run-on-this-machine.ts [COMMAND...]
//
// Starts a Kubernetes node on this machine, without Docker and without a registry, runs the command against it (by default the
// end-to-end tests), and stops it. Needs root. Variables:
//
//   E2E_CLUSTER_SCRIPTS  the folder of up.sh, down.sh and images.sh
//   K8S_BIN              the folder of kube-apiserver, kube-controller-manager, kube-scheduler and kubelet; by default that of
//                        the release KUBERNETES_RELEASE, from test/kubernetes/build.ts
//   CERT_MANAGER         the folder that `test/kubernetes/build.ts cert-manager` prints; without it, its tests are skipped
//   K8S_PORT, ...        other settings of the scripts

const run = promisify(execFile);
const repository = fileURLToPath(new URL('../..', import.meta.url));
const scripts = process.env['E2E_CLUSTER_SCRIPTS'];
if (!scripts) throw new Error('E2E_CLUSTER_SCRIPTS must name the folder with up.sh and down.sh');
const binaries = process.env['K8S_BIN'] || (await buildPrograms(releaseOf(process.env), [...controlPlane, ...node]));
const [program = 'npm', ...args] = process.argv.slice(2);
const command = process.argv.length > 2 ? [program, ...args] : ['npm', 'run', '--silent', 'test:e2e'];

const images = {
  WEBHOOK_IMAGE: `localhost/downlink:${version}`,
  AMBASSADOR_IMAGE: 'localhost/kubectl:1',
  TEST_IMAGE: 'localhost/busybox:1',
};
const began = performance.now();
const work = await mkdtemp(join(tmpdir(), 'downlink-e2e-'));
const cluster = join(work, 'cluster');
const ownKubectl = join(binaries, 'kubectl'); // of the same version as the API server
const kubectl = existsSync(ownKubectl) ? ownKubectl : await findProgram('kubectl');
const environment = {
  // separate ports, addresses and bridge, in case another cluster runs on this machine
  K8S_PORT: '19443',
  K8S_ETCD_PORT: '19379',
  K8S_KUBELET_PORT: '19250',
  K8S_BRIDGE: 'dlbr0',
  K8S_NET: '10.124',
  ...process.env,
  K8S_DIR: cluster,
  K8S_IMAGES: join(work, 'images'),
  KUBECTL: kubectl,
  KUBECTL_IMAGE_BIN: kubectl,
};

let running: ChildProcess | undefined;
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    interrupted = true;
    running?.kill('SIGTERM');
  });
}

try {
  await makeImages();
  report('images are made');
  await script('up.sh', binaries);
  await keepAddress(environment.K8S_BRIDGE);
  report('the cluster is up');
  const KUBECONFIG = join(cluster, 'admin.kubeconfig');
  const PATH = `${binaries}${delimiter}${process.env['PATH']}`; // its kubectl comes before that of the machine
  process.exitCode = await execute(command, { ...process.env, ...images, KUBECONFIG, PATH });
} finally {
  interrupted = false;
  if (existsSync(cluster)) await script('down.sh'); // even if up.sh failed
  await rm(work, { recursive: true }); // not if down.sh failed, because something can still be mounted there
  report('the end');
}

/** Builds the images of busybox, kubectl, and Downlink by the steps of its Dockerfile, with the Node.js of this machine. */
async function makeImages(): Promise<void> {
  await script('images.sh');
  const image = (await buildStages(repository, join(work, 'stages'))).at(-1);
  if (image === undefined) throw new Error('the Dockerfile has no stage');
  const [nodeProgram = '', ...entrypoint] = image.entrypoint;
  await mkdir(join(image.root, dirname(nodeProgram)), { recursive: true });
  await copyFile(process.execPath, join(image.root, nodeProgram));
  const { stdout: libraries } = await run('ldd', [process.execPath]);
  for (const [library] of libraries.matchAll(/\/\S+/g)) {
    await mkdir(join(image.root, dirname(library)), { recursive: true });
    await cp(library, join(image.root, library), { dereference: true });
  }
  // images.sh sets no working directory
  const absolute = entrypoint.map((argument) =>
    argument.startsWith('-') ? argument : resolve(image.workdir, argument),
  );
  await script('images.sh', 'dir', images.WEBHOOK_IMAGE, image.root, nodeProgram, ...absolute);
}

/**
 * Keeps a bridge at the Ethernet address that it has. Otherwise, the kernel gives it the lowest one of its ports whenever a pod
 * comes or goes. Pods then answer to the old address, and no probe or request reaches them, until their ARP entry expires (15 to
 * 45 s): the kernel announces a new address with the next ARP request only, which names whatever address of the node the
 * packet has, and that of the Service `kubernetes` does not update the entry of the node.
 */
async function keepAddress(bridge: string): Promise<void> {
  const address = (await readFile(`/sys/class/net/${bridge}/address`, 'utf8')).trim();
  await run('ip', ['link', 'set', 'dev', bridge, 'address', address]);
}

async function script(name: string, ...args: readonly string[]): Promise<void> {
  const code = await execute([join(scripts ?? '', name), ...args], environment);
  if (code !== 0) throw new Error(`${name} ended with ${code}`);
}

/** Runs a command with the output of this process, and returns its exit code. */
async function execute(
  [program = '', ...args]: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  if (interrupted) throw new Error('interrupted');
  running = spawn(program, args, { cwd: repository, env, stdio: ['inherit', 'inherit', 'inherit'] });
  const [code] = await once(running, 'exit');
  running = undefined;
  return code ?? 1;
}

function report(what: string): void {
  console.error(`${((performance.now() - began) / 1000).toFixed(0)} s: ${what}`);
}

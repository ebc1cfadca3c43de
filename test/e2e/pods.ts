import assert from 'node:assert/strict';
import { loadExamples } from '../cluster/parts/examples.ts';
import { kubectl, tryKubectl } from './kubectl.ts';
import { images, namespace } from './settings.ts';

/** A pod that these tests create. */
export interface TestPod {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly containers: readonly object[] };
  readonly [field: string]: unknown;
}

/** A pod with one container, `main`, that runs the shell command; `spec` goes over its own. */
export function podWith(
  name: string,
  annotations: Readonly<Record<string, string>>,
  command: string,
  spec: object = {},
) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, annotations },
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [withTestImage({ name: 'main', image: 'busybox:1.37', command: ['sh', '-c', command] })],
      ...spec,
    },
  };
}

/** The pod of a file in deploy/examples, with an image that the cluster has. */
export async function examplePod(file: string): Promise<TestPod> {
  const example = (await loadExamples()).find((example) => example.file === file);
  const pod = example?.pods[0] as unknown as TestPod | undefined;
  if (pod === undefined) throw new Error(`no pod in the example ${file}`);
  return { ...pod, spec: { ...pod.spec, containers: pod.spec.containers.map(withTestImage) } };
}

/**
 * Waits until the containers of these have started, their startup probes included. That is not the same as ready: a
 * kubelet of 1.20 says so up to 80 s later where a container has a startup probe and no readiness probe
 * (https://github.com/kubernetes/kubernetes/issues/95140).
 */
export async function started(...names: readonly string[]): Promise<void> {
  const pods = names.map((name) => `pod/${name}`);
  // by their names the ambassador comes first, and it is the last one to start where it is not a native sidecar
  const first = '--for=jsonpath={.status.containerStatuses[0].started}=true';
  const { exitCode, stderr } = await tryKubectl([...inNamespace, 'wait', first, ...pods, patience]);
  if (exitCode === 0) return;
  const { stdout } = await tryKubectl([...inNamespace, 'describe', ...pods]);
  assert.fail(`${stderr}\n${stdout}`);
}

/** What the command prints in the container `main`. */
export function execute(pod: string, ...command: readonly string[]): Promise<string> {
  return kubectl([...inNamespace, 'exec', pod, '--container=main', '--', ...command]);
}

/** What the pod's container `main` has printed. */
export function logs(pod: string): Promise<string> {
  return kubectl([...inNamespace, 'logs', pod, '--container=main']);
}

/** What wget gets in the container `main`, which is a POST where there is a body. */
export async function fetchIn(pod: string, url: string, body?: object): Promise<{ code: number; body: string }> {
  const post = body ? ['--header', 'Content-Type: application/json', '--post-data', JSON.stringify(body)] : [];
  const wget = ['wget', '-q', '-O', '-', ...post, url];
  const { exitCode, stdout, stderr } = await tryKubectl([
    ...inNamespace,
    'exec',
    pod,
    '--container=main',
    '--',
    ...wget,
  ]);
  if (exitCode === 0) return { code: 200, body: stdout };
  const [, code] = /HTTP\/\S+ (\d{3})/.exec(stderr) ?? [];
  assert.ok(code, `${wget.join(' ')}: ${stderr}`);
  return { code: Number(code), body: stdout };
}

const inNamespace = ['--namespace', namespace];
const patience = '--timeout=120s'; // a node may pull images first

function withTestImage<T extends object>(container: T): T {
  return { ...container, ...(images.test && { image: images.test }), imagePullPolicy: 'IfNotPresent' };
}

import assert from 'node:assert/strict';
import type { Pod } from '../../src/kubernetes/pod.ts';
import { loadExamples } from '../cluster/parts/examples.ts';
import { kubectl, tryKubectl } from './kubectl.ts';
import { images, namespace } from './settings.ts';

/** A pod of these tests. */
export interface TestPod {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly containers: readonly object[] };
  readonly [field: string]: unknown;
}

/** Returns a pod with a container `main` that runs a shell command. `spec` overrides fields of its spec. */
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

/** Returns the pod of a file in deploy/examples, with an image that the cluster can pull. */
export async function examplePod(file: string): Promise<TestPod> {
  const example = (await loadExamples()).find((example) => example.file === file);
  const pod = example?.pods[0] as unknown as TestPod | undefined;
  if (pod === undefined) throw new Error(`no pod in the example ${file}`);
  return { ...pod, spec: { ...pod.spec, containers: pod.spec.containers.map(withTestImage) } };
}

/** A pod that runs: its name in the namespace of these tests, or the pod as it is stored, which can be in another one. */
export type RunningPod = string | Pod;

/**
 * Waits until the containers of the pods have started and their startup probes have succeeded. They can be ready later: a
 * kubelet of 1.20 reports a container with a startup probe and no readiness probe as ready up to 80 s later
 * (https://github.com/kubernetes/kubernetes/issues/95140).
 */
export async function started(...pods: readonly RunningPod[]): Promise<void> {
  // the statuses are sorted by name: the ambassador is the first, and without a native sidecar it starts last
  const first = '--for=jsonpath={.status.containerStatuses[0].started}=true';
  const waitFor = async (pod: RunningPod) => {
    const { exitCode, stderr } = await tryKubectl([...placeOf(pod), 'wait', first, `pod/${nameOf(pod)}`, patience]);
    if (exitCode === 0) return;
    const { stdout } = await tryKubectl([...placeOf(pod), 'describe', `pod/${nameOf(pod)}`]);
    assert.fail(`${stderr}\n${stdout}`);
  };
  await Promise.all(pods.map(waitFor));
}

/** Runs a command in the container `main`, and returns its output. */
export function execute(pod: RunningPod, ...command: readonly string[]): Promise<string> {
  return kubectl([...placeOf(pod), 'exec', nameOf(pod), '--container=main', '--', ...command]);
}

/** Returns the log of the container `main`. */
export function logs(pod: RunningPod): Promise<string> {
  return kubectl([...placeOf(pod), 'logs', nameOf(pod), '--container=main']);
}

/** Returns what wget receives in the container `main`. With a body, it sends a POST. */
export async function fetchIn(pod: RunningPod, url: string, body?: object): Promise<{ code: number; body: string }> {
  const post = body ? ['--header', 'Content-Type: application/json', '--post-data', JSON.stringify(body)] : [];
  const wget = ['wget', '-q', '-O', '-', ...post, url];
  const { exitCode, stdout, stderr } = await tryKubectl([
    ...placeOf(pod),
    'exec',
    nameOf(pod),
    '--container=main',
    '--',
    ...wget,
  ]);
  if (exitCode === 0) return { code: 200, body: stdout };
  const [, code] = /HTTP\/\S+ (\d{3})/.exec(stderr) ?? [];
  assert.ok(code, `${wget.join(' ')}: ${stderr}`);
  return { code: Number(code), body: stdout };
}

const patience = '--timeout=120s'; // with the time to pull images

function placeOf(pod: RunningPod): readonly string[] {
  return ['--namespace', (typeof pod === 'string' ? undefined : pod.metadata?.namespace) ?? namespace];
}

function nameOf(pod: RunningPod): string {
  return typeof pod === 'string' ? pod : (pod.metadata?.name ?? '');
}

function withTestImage<T extends object>(container: T): T {
  return { ...container, ...(images.test && { image: images.test }), imagePullPolicy: 'IfNotPresent' };
}

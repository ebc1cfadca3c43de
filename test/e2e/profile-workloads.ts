import assert from 'node:assert/strict';
import type { Pod } from '../../src/kubernetes/pod.ts';
import { eventually } from '../support/eventually.ts';
import { kubectl } from './kubectl.ts';
import { execute, podWith } from './pods.ts';

/** The memory limit of the containers `main`, in bytes. */
export const memoryLimit = 64 * 1024 * 1024;

type Texts = Readonly<Record<string, string>>;

/** Returns the template of pods with a label `app`, and a memory limit for the container `main`. */
export function templateWith(app: string, annotations: Texts, command: string, spec: object = {}) {
  const { spec: ofPod } = podWith('', {}, command, spec);
  const resources = { limits: { memory: String(memoryLimit) } };
  return {
    metadata: { labels: { app, tier: 'front' }, annotations },
    spec: { ...ofPod, containers: ofPod.containers.map((container) => ({ ...container, resources })) },
  };
}

/** Returns a Deployment or a StatefulSet with one replica. */
export function workloadWith(kind: 'Deployment' | 'StatefulSet', name: string, annotations: Texts) {
  const template = templateWith(name, annotations, 'sleep 99999');
  const selector = { matchLabels: { app: name } };
  const serviceName = kind === 'StatefulSet' && { serviceName: name };
  return { apiVersion: 'apps/v1', kind, metadata: { name }, spec: { ...serviceName, replicas: 1, selector, template } };
}

/** Returns the only pod with a label `app` that is not ending, once there is one. */
export function podOf(namespace: string, app: string): Promise<Pod> {
  return eventually(async () => {
    const list = JSON.parse(await kubectl(['-n', namespace, 'get', 'pods', `--selector=app=${app}`, '-o=json']));
    const pods = (list.items as readonly Pod[]).filter(({ metadata }) => !('deletionTimestamp' in (metadata ?? {})));
    assert.equal(pods.length, 1, `pods of ${app}`);
    return pods[0] as Pod;
  });
}

/** Waits until the workload has rolled out, and returns its pod. */
export async function rolledOut(namespace: string, workload: string): Promise<Pod> {
  await kubectl(['-n', namespace, 'rollout', 'status', workload, '--timeout=120s']);
  return podOf(namespace, workload.split('/')[1] ?? '');
}

/** Returns the environment of the container `main`. */
export async function environmentOf(pod: Pod): Promise<ReadonlyMap<string, string>> {
  return variablesIn(await execute(pod, 'env'));
}

/** Returns the variables that `env` has printed. */
export function variablesIn(printed: string): ReadonlyMap<string, string> {
  return pairsIn(printed.trimEnd().split('\n'));
}

/** Returns the attributes in OTEL_RESOURCE_ATTRIBUTES, except for the version, which is that of the image under test. */
export function attributesIn(environment: ReadonlyMap<string, string>): Texts {
  const { 'service.version': version, ...others } = Object.fromEntries(
    pairsIn((environment.get('OTEL_RESOURCE_ATTRIBUTES') ?? '').split(',')),
  );
  assert.ok(version, 'it has no service.version');
  return others;
}

/** Returns the attributes that the container `main` of a pod must have, except for the version. */
export function expectedAttributes({ metadata, spec }: Pod, workload: Texts): Texts {
  const { namespace = '', name = '', uid } = metadata as { namespace?: string; name?: string; uid?: string };
  const { nodeName } = spec as { nodeName?: string };
  return {
    'k8s.namespace.name': namespace,
    'k8s.pod.name': name,
    'k8s.pod.uid': uid ?? '',
    'k8s.node.name': nodeName ?? '',
    'k8s.container.name': 'main',
    ...workload,
    'k8s.cluster.name': 'prod-eu',
    'service.namespace': namespace,
    'service.instance.id': `${namespace}.${name}.main`,
  };
}

/** Returns a percentage of the memory limit, rounded down to whole bytes. */
export function shareOfLimit(percentage: number): string {
  return String(Math.floor((memoryLimit * percentage) / 100));
}

function pairsIn(pairs: readonly string[]): ReadonlyMap<string, string> {
  return new Map(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
}

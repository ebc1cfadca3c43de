import { addWarning } from '../../annotations/annotation-warning.ts';
import { ambassadorName, tokenVolumeName } from '../../annotations/injected-names.ts';
import { type Findings, repeatFindings } from '../../diagnostics/findings.ts';
import { constant } from '../../json/json-patch.ts';
import { isAtLeast, type KubernetesVersion } from '../../kubernetes/kubernetes-version.ts';
import { containersOf, type PodSpec } from '../../kubernetes/pod.ts';
import { qualityOfService } from '../../kubernetes/quality-of-service.ts';
import type { PlanContext, PlannedPart } from '../patch/injection-part.ts';
import type { PodAddition } from '../patch/patch-target.ts';
import { rejectHost, rejectNames, rejectOrdinaryInJob, rejectPort, rejectVersion } from './ambassador-conflicts.ts';
import { tokenVolume } from './ambassador-container.ts';
import { planKubeconfig } from './ambassador-kubeconfig.ts';
import { ambassadorResources, rejectMoreThanPodHas, warnOfLowLimits } from './ambassador-resources.ts';
import type { RequestedAmbassador } from './compile-ambassador.ts';

/**
 * Plans the ambassador with its token volume, pull secrets, and kubeconfig, or whichever of them the pod lacks. An injected
 * ambassador is not changed.
 */
export function planAmbassador(requested: RequestedAmbassador, context: PlanContext): PlannedPart {
  const { status, findings } = context;
  const { spec } = context.pod;
  repeatFindings(requested.ofPolicy, findings);
  rejectHost(spec, findings);
  warnOfSharedProcesses(spec, findings);
  rejectNames(spec, status, findings);
  const isInjected =
    status.containers.has(ambassadorName) && containersOf(spec).some(({ name }) => name === ambassadorName);
  const hasToken = (spec.volumes ?? []).some(({ name }) => name === tokenVolumeName);
  // planned even if the pod has its own container of that name, to report everything else that is in the way
  const container = isInjected ? [] : [planContainer(requested, context)];
  const restartPolicy = isInjected ? restoreRestartPolicy(spec, context.kubernetesVersion) : [];
  const kubeconfig = planKubeconfig(requested.intent, context);
  const secrets = lackingSecrets(spec, requested.pullSecrets);
  const volumes = [...(hasToken ? [] : [tokenVolumeName]), ...(kubeconfig.names.volumes ?? [])];
  return {
    additions: [
      ...(hasToken ? [] : [addTokenVolume]),
      ...kubeconfig.additions,
      ...(secrets.length > 0 ? [addSecrets(secrets)] : []),
      ...restartPolicy,
      ...container,
    ],
    names: {
      ...kubeconfig.names,
      ...(volumes.length > 0 && { volumes: new Set(volumes) }),
      ...(secrets.length > 0 && { imagePullSecrets: new Set(secrets) }),
      ...(!isInjected && { containers: new Set([ambassadorName]) }),
    },
    resources: [],
  };
}

const addTokenVolume: PodAddition = {
  kind: 'elements',
  target: { kind: 'volumes' },
  at: 'end',
  values: constant([tokenVolume]),
};

/** Returns the pull secrets that the pod does not name. */
function lackingSecrets({ imagePullSecrets }: PodSpec, names: readonly string[]): readonly string[] {
  if (names.length === 0) return names;
  const own = new Set((imagePullSecrets ?? []).map(({ name }) => name));
  return names.filter((name) => !own.has(name));
}

function addSecrets(names: readonly string[]): PodAddition {
  return {
    kind: 'elements',
    target: { kind: 'image-pull-secrets' },
    at: 'end',
    values: names.map((name) => ({ name })),
  };
}

/**
 * Restores the restartPolicy of an injected ambassador that is an init container without one. It was a native sidecar, since
 * otherwise it would not be an init container. A webhook that uses the types of Kubernetes 1.27 or earlier drops the field,
 * and then the pod waits for the ambassador forever. Before 1.29, the API server itself may drop the field, so nothing is added.
 */
function restoreRestartPolicy(spec: PodSpec, version: KubernetesVersion | undefined): readonly PodAddition[] {
  if (version !== undefined && !isAtLeast(version, 1, 29)) return [];
  const index = (spec.initContainers ?? []).findIndex(({ name }) => name === ambassadorName);
  const policy = spec.initContainers?.[index]?.restartPolicy;
  if (index < 0 || (policy !== undefined && policy !== null)) return [];
  return [{ kind: 'field', target: { kind: 'restart-policy', index }, value: 'Always' }];
}

function planContainer(requested: RequestedAmbassador, context: PlanContext): PodAddition {
  const { intent, isNative } = requested;
  const { kubernetesVersion, findings } = context;
  const { spec } = context.pod;
  rejectVersion(intent, kubernetesVersion, findings);
  if (!isNative) rejectOrdinaryInJob(spec, intent, kubernetesVersion, findings);
  rejectPort(spec, intent.port, findings);
  repeatFindings(requested.ofContainer, findings);
  const quality = qualityOfService(spec);
  if (quality === 'BestEffort') {
    const detail = "its requests change the pod's QoS class from BestEffort to Burstable";
    addWarning(findings, 'quality-of-service', 'ambassador', detail);
  }
  const resources = ambassadorResources(spec, quality, intent);
  warnOfLowLimits(resources, findings);
  rejectMoreThanPodHas(spec, resources, findings);
  return {
    kind: 'elements',
    target: { kind: 'containers', list: isNative ? 'initContainers' : 'containers' },
    at: isNative ? 0 : 'end', // a native sidecar starts before the other init containers
    values: requested.containersWith(resources),
  };
}

function warnOfSharedProcesses(spec: PodSpec, findings: Findings): void {
  const shared = (['shareProcessNamespace', 'hostPID'] as const).find((field) => spec[field]);
  if (shared === undefined) return;
  const detail = `with ${shared}, the pod's other containers can read its token`;
  addWarning(findings, 'process-namespace-shared', 'ambassador', detail);
}

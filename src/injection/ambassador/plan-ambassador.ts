import { warn } from '../../annotations/annotation-warning.ts';
import { ambassadorName, tokenVolumeName } from '../../annotations/injected-names.ts';
import type { InjectionStatus } from '../../annotations/injection-status.ts';
import type { Findings } from '../../diagnostics/findings.ts';
import { quote } from '../../diagnostics/text.ts';
import { isAtLeast, type KubernetesVersion } from '../../kubernetes/kubernetes-version.ts';
import { type Container, containersOf, type PodSpec, type Volume } from '../../kubernetes/pod.ts';
import { qualityOfService } from '../../kubernetes/quality-of-service.ts';
import {
  rejectHost,
  rejectMissingNamespace,
  rejectNames,
  rejectOrdinaryInJob,
  rejectPort,
  rejectVersion,
} from './ambassador-conflicts.ts';
import { ambassadorContainer, tokenVolume } from './ambassador-container.ts';
import type { AmbassadorIntent } from './ambassador-options.ts';
import { ambassadorResources, warnOfLowLimits } from './ambassador-resources.ts';
import { proxyArgs } from './kubectl-proxy.ts';

/** The sidecar and its token volume, as far as the pod lacks them. */
export interface AmbassadorAddition {
  readonly container: { readonly native: boolean; readonly container: Container } | undefined;
  readonly tokenVolume: Volume | undefined;
  /** The index among the init containers of a native sidecar of ours that needs its restartPolicy again. */
  readonly restartPolicyAt: number | undefined;
}

export interface AmbassadorSurroundings {
  readonly namespace: string | undefined;
  /** The API server's; undefined where it is not known. */
  readonly kubernetesVersion: KubernetesVersion | undefined;
  /** The user id to run as; undefined leaves it to the platform. */
  readonly runAsUser: number | undefined;
}

/** Decides the ambassador. One that an earlier pass injected stays as it is. */
export function planAmbassador(
  spec: PodSpec,
  intent: AmbassadorIntent,
  status: InjectionStatus,
  surroundings: AmbassadorSurroundings,
  findings: Findings,
): AmbassadorAddition {
  rejectHost(spec, findings);
  warnOfSharedProcesses(spec, findings);
  rejectNames(spec, status, findings);
  const isOurs =
    status.containers.has(ambassadorName) && containersOf(spec).some(({ name }) => name === ambassadorName);
  const hasToken = (spec.volumes ?? []).some(({ name }) => name === tokenVolumeName);
  return {
    // beside a container of the pod's own, too, for what else is in the way
    container: isOurs ? undefined : planContainer(spec, intent, surroundings, findings),
    tokenVolume: hasToken ? undefined : tokenVolume,
    restartPolicyAt: isOurs ? withoutRestartPolicy(spec, surroundings.kubernetesVersion) : undefined,
  };
}

/**
 * Returns the index of an ambassador of ours among the init containers that has no restartPolicy. It was a native sidecar,
 * since only as one does it stand there; a webhook with the types of a Kubernetes before 1.28 drops the field, and then the
 * pod waits for it for ever. Before 1.29 the server itself may drop it, which is left so.
 */
function withoutRestartPolicy(spec: PodSpec, version: KubernetesVersion | undefined): number | undefined {
  if (version !== undefined && !isAtLeast(version, 1, 29)) return undefined;
  const index = (spec.initContainers ?? []).findIndex(({ name }) => name === ambassadorName);
  const policy = spec.initContainers?.[index]?.restartPolicy;
  return index >= 0 && (policy === undefined || policy === null) ? index : undefined;
}

function planContainer(
  spec: PodSpec,
  intent: AmbassadorIntent,
  { namespace, kubernetesVersion, runAsUser }: AmbassadorSurroundings,
  findings: Findings,
): AmbassadorAddition['container'] {
  const native = isNative(intent, kubernetesVersion);
  rejectVersion(intent, kubernetesVersion, findings);
  if (!native) rejectOrdinaryInJob(spec, intent, kubernetesVersion, findings);
  rejectPort(spec, intent.port, findings);
  if (intent.access.includes('own-namespace')) rejectMissingNamespace(namespace, findings);
  warnOfSecretsWithinReach(intent, findings);
  if (!native) {
    const detail = 'it starts beside the application, which must retry until the proxy answers';
    warn(findings, 'application-must-retry', 'ambassador', detail);
  }
  const quality = qualityOfService(spec);
  if (quality === 'BestEffort') {
    const detail = "its requests make the BestEffort pod's QoS class Burstable";
    warn(findings, 'quality-of-service', 'ambassador', detail);
  }
  const resources = ambassadorResources(spec, quality, intent);
  warnOfLowLimits(resources, findings);
  const args = proxyArgs(intent.port, intent.access, namespace ?? '');
  return { native, container: ambassadorContainer(intent, args, native, resources, runAsUser) };
}

function warnOfSharedProcesses(spec: PodSpec, findings: Findings): void {
  const shared = (['shareProcessNamespace', 'hostPID'] as const).find((field) => spec[field]);
  if (shared === undefined) return;
  const detail = `with ${shared} the pod's other containers can read its token`;
  warn(findings, 'process-namespace-shared', 'ambassador', detail);
}

/** A pod may mount any Secret of its namespace, and a certificate may be anybody's. */
function warnOfSecretsWithinReach({ access }: AmbassadorIntent, findings: Findings): void {
  if (!access.includes('no-secrets') || access.includes('read-only')) return;
  const objects = access.includes('own-namespace') ? 'pods' : 'pods or certificate signing requests';
  const right = quote(['read-only', ...access].join(', '));
  const detail = `with the right to create ${objects}, secrets can be read all the same; write ${right}`;
  warn(findings, 'secrets-within-reach', 'ambassador-access', detail);
}

/** `auto` is native from 1.32 on: then every kubelet that the version skew policy allows is at least 1.29. */
function isNative({ sidecar }: AmbassadorIntent, version: KubernetesVersion | undefined): boolean {
  switch (sidecar) {
    case 'native':
      return true;
    case 'container':
      return false;
    case 'auto':
      return version !== undefined && isAtLeast(version, 1, 32);
    default:
      return sidecar satisfies never;
  }
}

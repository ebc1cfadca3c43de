import { type AmbassadorIntent, maxPort, minPort } from '../annotations/ambassador-options.ts';
import { type AnnotationName, annotationField, annotationKey } from '../annotations/keys.ts';
import type { InjectionStatus } from '../annotations/status.ts';
import { warn } from '../annotations/warn.ts';
import type { Findings } from '../findings.ts';
import { type Container, containersOf, type PodSpec, type Volume } from '../kubernetes/pod.ts';
import { qualityOfService } from '../kubernetes/quality-of-service.ts';
import { formatKubernetesVersion, isAtLeast, type KubernetesVersion } from '../kubernetes/version.ts';
import { quote } from '../text.ts';
import { ambassadorContainer, tokenVolume } from './ambassador-container.ts';
import { ambassadorResources, warnOfLowLimits } from './ambassador-resources.ts';
import { proxyArgs } from './kubectl-proxy.ts';
import { ambassadorName, tokenVolumeName } from './names.ts';

/** The sidecar and its token volume, as far as the pod lacks them. */
export interface AmbassadorAddition {
  readonly container: { readonly native: boolean; readonly container: Container } | undefined;
  readonly tokenVolume: Volume | undefined;
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
  const forbid = (name: AnnotationName, detail: string) =>
    findings.errors.push({ field: annotationField(name), kind: 'Forbidden', detail });

  if (spec.hostNetwork) {
    forbid(
      'ambassador',
      "with hostNetwork its port would open on the node's loopback with the pod's credentials; remove one of the two",
    );
  }
  if (isWindows(spec)) forbid('ambassador', 'it runs on Linux only and this is a Windows pod; remove the annotation');
  const shared = (['shareProcessNamespace', 'hostPID'] as const).find((field) => spec[field]);
  if (shared !== undefined) {
    const detail = `with ${shared} the pod's other containers can read its token`;
    warn(findings, 'process-namespace-shared', 'ambassador', detail);
  }

  const existing = containersOf(spec).some(({ name }) => name === ambassadorName);
  const token = (spec.volumes ?? []).find(({ name }) => name === tokenVolumeName);
  if (existing && !status.containers.has(ambassadorName)) {
    forbid('ambassador', `the pod has a container ${quote(ambassadorName)} of its own; give that another name`);
  }
  if (token !== undefined && !status.volumes.has(tokenVolumeName)) {
    forbid('ambassador', `the pod has a volume ${quote(tokenVolumeName)} of its own; give that another name`);
  }
  return {
    container: existing ? undefined : planContainer(spec, intent, surroundings, findings, forbid),
    tokenVolume: token === undefined ? tokenVolume : undefined,
  };
}

function planContainer(
  spec: PodSpec,
  intent: AmbassadorIntent,
  { namespace, kubernetesVersion, runAsUser }: AmbassadorSurroundings,
  findings: Findings,
  forbid: (name: AnnotationName, detail: string) => void,
): AmbassadorAddition['container'] {
  const native = isNative(intent, kubernetesVersion);
  if (intent.sidecar === 'native' && kubernetesVersion !== undefined && !isAtLeast(kubernetesVersion, 1, 29)) {
    forbid(
      'ambassador-sidecar',
      `native sidecars need Kubernetes 1.29 and this is ${formatKubernetesVersion(kubernetesVersion)}; write "auto" or "container"`,
    );
  }
  const restartPolicy = spec.restartPolicy ?? 'Always';
  if (!native && restartPolicy !== 'Always') {
    const unknown = intent.sidecar === 'auto' && kubernetesVersion === undefined;
    const hint = unknown ? ', and the Kubernetes version is not known (--kubernetes-version 1.32 makes it native)' : '';
    forbid(
      'ambassador',
      `as an ordinary container it would keep a pod with restartPolicy ${quote(restartPolicy)} from ending${hint}; on Kubernetes 1.29 or later set ${annotationKey('ambassador-sidecar')}: "native"`,
    );
  }
  const taken = portsOf(spec);
  if (taken.has(intent.port)) {
    let free = intent.port === maxPort ? minPort : intent.port + 1;
    while (taken.has(free) && free < maxPort) free++;
    forbid(
      'ambassador',
      `a container uses port ${intent.port} itself; set ${annotationKey('ambassador-port')} to another one, for example "${free}"`,
    );
  }
  const ownNamespace = intent.access.includes('own-namespace');
  if (ownNamespace && !isDnsLabel(namespace)) {
    forbid(
      'ambassador-access',
      '"own-namespace" needs the namespace of the pod; set metadata.namespace, for example to "default"',
    );
  }
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

function isWindows(spec: PodSpec): boolean {
  return spec.os?.name === 'windows' || spec.nodeSelector?.['kubernetes.io/os'] === 'windows';
}

function portsOf(spec: PodSpec): ReadonlySet<unknown> {
  const numbers = new Set<unknown>();
  for (const { ports } of containersOf(spec)) for (const { containerPort } of ports ?? []) numbers.add(containerPort);
  return numbers;
}

/** A namespace's name is a DNS label, and so needs no escaping in a regular expression. */
function isDnsLabel(name: string | undefined): boolean {
  return name !== undefined && /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/.test(name);
}

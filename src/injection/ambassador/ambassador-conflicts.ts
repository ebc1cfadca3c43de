import { type AnnotationName, annotationField, annotationKey } from '../../annotations/annotation-keys.ts';
import { ambassadorName, tokenVolumeName } from '../../annotations/injected-names.ts';
import type { InjectionStatus } from '../../annotations/injection-status.ts';
import type { Findings } from '../../diagnostics/findings.ts';
import { quote } from '../../diagnostics/text.ts';
import { formatKubernetesVersion, isAtLeast, type KubernetesVersion } from '../../kubernetes/kubernetes-version.ts';
import { windowsField } from '../../kubernetes/operating-system.ts';
import { containersOf, type PodSpec } from '../../kubernetes/pod.ts';
import { type AmbassadorIntent, maxPort, minPort } from './ambassador-options.ts';

/** Reports a pod on the host's network or on Windows, where no ambassador can run. */
export function rejectHost(spec: PodSpec, findings: Findings): void {
  if (spec.hostNetwork) {
    const detail =
      "with hostNetwork, its port would be open on the node's loopback interface, with the pod's credentials; remove one of the two";
    forbid('ambassador', detail, findings);
  }
  const windows = windowsField(spec);
  if (windows !== undefined) {
    const detail = `it runs on Linux only, and ${windows} makes this a Windows pod; remove the annotation`;
    forbid('ambassador', detail, findings);
  }
}

/** Reports a container or volume of the pod's own that has the name of an injected one. */
export function rejectNames(spec: PodSpec, status: InjectionStatus, findings: Findings): void {
  const nameClash = (what: string, name: string) => `the pod has its own ${what} ${quote(name)}; rename that ${what}`;
  const hasContainer = containersOf(spec).some(({ name }) => name === ambassadorName);
  if (hasContainer && !status.containers.has(ambassadorName)) {
    forbid('ambassador', nameClash('container', ambassadorName), findings);
  }
  const hasVolume = (spec.volumes ?? []).some(({ name }) => name === tokenVolumeName);
  if (hasVolume && !status.volumes.has(tokenVolumeName)) {
    forbid('ambassador', nameClash('volume', tokenVolumeName), findings);
  }
}

/** Reports a native sidecar on a version of Kubernetes that does not support it. */
export function rejectVersion(
  { sidecar }: AmbassadorIntent,
  version: KubernetesVersion | undefined,
  findings: Findings,
): void {
  if (sidecar !== 'native' || version === undefined || isAtLeast(version, 1, 29)) return;
  const known = formatKubernetesVersion(version);
  const detail = `native sidecars require Kubernetes 1.29, and this is ${known}; write "auto" or "container"`;
  forbid('ambassador-sidecar', detail, findings);
}

/** Reports a pod that an ambassador in an ordinary container would keep from completing. */
export function rejectOrdinaryInJob(
  spec: PodSpec,
  { sidecar }: AmbassadorIntent,
  version: KubernetesVersion | undefined,
  findings: Findings,
): void {
  const restartPolicy = spec.restartPolicy ?? 'Always';
  if (restartPolicy === 'Always') return;
  const unknown = sidecar === 'auto' && version === undefined;
  const hint = unknown ? ', and the Kubernetes version is unknown (--kubernetes-version 1.32 makes it native)' : '';
  const detail = `as an ordinary container, it would keep a pod with restartPolicy ${quote(restartPolicy)} from completing${hint}; on Kubernetes 1.29 or later set ${annotationKey('ambassador-sidecar')}: "native"`;
  forbid('ambassador', detail, findings);
}

/** Reports a port that a container of the pod declares, and suggests another one. */
export function rejectPort(spec: PodSpec, port: number, findings: Findings): void {
  const taken = portsOf(spec);
  if (!taken.has(port)) return;
  const detail = `a container of the pod uses port ${port}; ${otherPortAdvice(port, taken)}`;
  forbid('ambassador', detail, findings);
}

/** Returns advice to move the ambassador to a port that is not taken. */
export function otherPortAdvice(port: number, taken: ReadonlySet<unknown>): string {
  let free = port === maxPort ? minPort : port + 1;
  while (taken.has(free) && free < maxPort) free++;
  return `set ${annotationKey('ambassador-port')} to another one, for example "${free}"`;
}

/** Reports that the namespace, which the arguments of the proxy or the kubeconfig contain, is unknown. */
export function rejectMissingNamespace(
  name: 'ambassador-access' | 'ambassador-kubeconfig',
  namespace: string | undefined,
  findings: Findings,
): void {
  if (isDnsLabel(namespace)) return;
  const subject = name === 'ambassador-access' ? '"own-namespace"' : 'the kubeconfig';
  const detail = `${subject} needs the namespace of the pod; set metadata.namespace, for example to "default"`;
  forbid(name, detail, findings);
}

function forbid(name: AnnotationName, detail: string, findings: Findings): void {
  findings.errors.push({ field: annotationField(name), kind: 'Forbidden', detail });
}

function portsOf(spec: PodSpec): ReadonlySet<unknown> {
  const numbers = new Set<unknown>();
  for (const { ports } of containersOf(spec)) for (const { containerPort } of ports ?? []) numbers.add(containerPort);
  return numbers;
}

/** Reports whether a name is a DNS label, which needs no escaping in a regular expression. */
function isDnsLabel(name: string | undefined): boolean {
  return name !== undefined && /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/.test(name);
}

import { addWarning } from '../../annotations/annotation-warning.ts';
import { emptyFindings, type Findings } from '../../diagnostics/findings.ts';
import { quote } from '../../diagnostics/text.ts';
import { constant } from '../../json/json-patch.ts';
import { isAtLeast, type KubernetesVersion } from '../../kubernetes/kubernetes-version.ts';
import type { Container, ResourceRequirements } from '../../kubernetes/pod.ts';
import type { AmbassadorPolicy, PodOrigin } from '../patch/injection-part.ts';
import { rejectMissingNamespace } from './ambassador-conflicts.ts';
import { ambassadorContainer } from './ambassador-container.ts';
import type { AmbassadorIntent } from './ambassador-options.ts';
import { checkPolicy } from './ambassador-policy.ts';
import { proxyArgs } from './kubectl-proxy.ts';

/** The ambassador that a pod requests, with everything about it that does not depend on the pod. */
export interface RequestedAmbassador {
  readonly intent: AmbassadorIntent;
  readonly isNative: boolean;
  /** Names of Secrets for the registry of the image. */
  readonly pullSecrets: AmbassadorPolicy['pullSecrets'];
  /** What the policy forbids, even if the pod already has the ambassador. */
  readonly ofPolicy: Findings;
  /** What is wrong with the container regardless of the pod, if the pod does not have it yet. */
  readonly ofContainer: Findings;
  /** Returns the container with these resources as the only value of a list. */
  readonly containersWith: (resources: ResourceRequirements | undefined) => readonly [Container];
}

/** What the ambassador depends on besides the intent and the pod. */
interface AmbassadorSettings {
  readonly origin: Pick<PodOrigin, 'namespace' | 'isNamespaceAssumed'>;
  /** The version of the API server; undefined if it is unknown. */
  readonly kubernetesVersion: KubernetesVersion | undefined;
  /** The user ID of the ambassador; undefined leaves it to the platform. */
  readonly runAsUser: number | undefined;
  readonly policy: AmbassadorPolicy;
}

/** Prepares the ambassador that a pod requests. */
export function compileAmbassador(
  intent: AmbassadorIntent,
  { origin, kubernetesVersion, runAsUser, policy }: AmbassadorSettings,
): RequestedAmbassador {
  const ofPolicy = emptyFindings();
  checkPolicy(intent, policy, origin, ofPolicy);
  const isNative = isNativeSidecar(intent, kubernetesVersion);
  const ofContainer = emptyFindings();
  if (intent.access.includes('own-namespace'))
    rejectMissingNamespace('ambassador-access', origin.namespace, ofContainer);
  warnOfSecretsWithinReach(intent, ofContainer);
  if (!isNative) {
    const detail = 'it starts at the same time as the application, which must retry until the proxy answers';
    addWarning(ofContainer, 'application-must-retry', 'ambassador', detail);
  }
  const args = proxyArgs(intent.port, intent.access, origin.namespace ?? '');
  const known = new Map<string, readonly [Container]>(); // by resources, of which the QoS classes allow only a few
  const containersWith = (resources: ResourceRequirements | undefined) => {
    const key = JSON.stringify(resources ?? null);
    const containers =
      known.get(key) ??
      constant([constant(ambassadorContainer(intent, { args, isNative, resources, runAsUser }))] as const);
    known.set(key, containers);
    return containers;
  };
  return { intent, isNative, pullSecrets: policy.pullSecrets, ofPolicy, ofContainer, containersWith };
}

/** Warns about presets that hide Secrets but allow writes: a pod can mount any Secret of its namespace. */
function warnOfSecretsWithinReach({ access }: AmbassadorIntent, findings: Findings): void {
  if (!access.includes('no-secrets') || access.includes('read-only')) return;
  const objects = access.includes('own-namespace') ? 'pods' : 'pods or certificate signing requests';
  const presets = quote(['read-only', ...access].join(', '));
  const detail = `with permission to create ${objects}, secrets can still be read; write ${presets}`;
  addWarning(findings, 'secrets-within-reach', 'ambassador-access', detail);
}

/** Reports whether the ambassador is native. `auto` is on 1.32 and later, where the version skew policy requires kubelet 1.29. */
function isNativeSidecar({ sidecar }: AmbassadorIntent, version: KubernetesVersion | undefined): boolean {
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

import { ambassadorName, kubeconfigVolumeName, tokenVolumeName } from '../annotations/injected-names.ts';
import type { InjectionStatus } from '../annotations/injection-status.ts';
import { kubeconfigPath } from '../injection/ambassador/ambassador-kubeconfig.ts';
import type { AccessPreset } from '../injection/ambassador/ambassador-options.ts';
import { accessOf, portOf } from '../injection/ambassador/kubectl-proxy.ts';
import { listAt, valueAt } from '../json/json-value.ts';
import { type ContainerPlace, containerPlaces, type PodSpec, type ResourceRequirements } from '../kubernetes/pod.ts';

/** The ambassador that a pod has or would get. */
export interface ExplainedAmbassador {
  /** The profile that requests it; undefined if the pod's own annotation does. */
  readonly profile: string | undefined;
  readonly port: number;
  readonly access: readonly AccessPreset[];
  /** `init` is a native sidecar that lost its restartPolicy: the pod never leaves Init. */
  readonly sidecar: 'native' | 'container' | 'init';
  readonly image: string;
  readonly resources: ResourceRequirements;
  /** Seconds until its token expires; the kubelet replaces it before then. Undefined if it uses the pod's token. */
  readonly tokenExpirationSeconds: number | undefined;
  /** Whether the application's containers have a token for the API server as well. */
  readonly applicationHasToken: boolean;
  /** The path of the kubeconfig in the target containers; undefined if there is none. */
  readonly kubeconfig: string | undefined;
}

/** Returns the ambassador of a pod; undefined if the status does not name one that the pod has. `profile` requests it. */
export function explainAmbassador(
  spec: PodSpec,
  status: InjectionStatus,
  profile: string | undefined,
): ExplainedAmbassador | undefined {
  const place = containerPlaces(spec).find(({ container }) => container.name === ambassadorName);
  if (place === undefined || !status.containers.has(ambassadorName)) return undefined;
  const { container } = place;
  const args = container.args ?? [];
  const token = (spec.volumes ?? []).find(({ name }) => name === tokenVolumeName);
  const seconds = listAt(token, ['projected', 'sources']).map((source) =>
    valueAt(source, ['serviceAccountToken', 'expirationSeconds']),
  );
  return {
    profile,
    port: portOf(args),
    access: accessOf(args),
    sidecar: sidecarOf(place),
    image: container.image ?? '',
    resources: container.resources ?? {},
    tokenExpirationSeconds: seconds.find((one) => typeof one === 'number'),
    applicationHasToken: valueAt(spec, ['automountServiceAccountToken']) !== false,
    kubeconfig: status.volumes.has(kubeconfigVolumeName) ? kubeconfigPath : undefined,
  };
}

function sidecarOf({ list, container }: ContainerPlace): ExplainedAmbassador['sidecar'] {
  if (list === 'containers') return 'container';
  return container.restartPolicy === 'Always' ? 'native' : 'init';
}

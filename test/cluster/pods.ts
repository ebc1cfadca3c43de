import type { Container, Pod } from '../../src/kubernetes/pod.ts';
import type { KubernetesObject } from './api.ts';

/** Returns a pod with one container, `main`, that complies with the restricted Pod Security Standard. */
export function podWith(
  namespace: string,
  name: string,
  annotations: Readonly<Record<string, string>>,
  spec: object = {},
): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name, annotations },
    spec: { ...restrictedSpec, ...spec },
  };
}

const restrictedSpec = {
  securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
  containers: [
    {
      name: 'main',
      image: 'busybox:1.37',
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    },
  ],
};

/** Returns the names of the variables of a container, in order. */
export function variables(container: Container | undefined): readonly string[] {
  return (container?.env ?? []).map(({ name }) => name);
}

/** Returns the mount paths of a volume in a container. */
export function mountPaths(container: Container | undefined, volume: string): readonly string[] {
  return (container?.volumeMounts ?? []).filter(({ name }) => name === volume).map(({ mountPath }) => mountPath);
}

export function containerNamed(pod: Pod, name: string): Container | undefined {
  return [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])].find((one) => one.name === name);
}

import { ambassadorName, tokenVolumeName } from '../../annotations/injected-names.ts';
import type { Container, ResourceRequirements, Volume } from '../../kubernetes/pod.ts';
import type { AmbassadorIntent } from './ambassador-options.ts';
import { proxyProbe } from './kubectl-proxy.ts';

/** The sidecar: restricted Pod Security, a token of its own, and a probe that answers as soon as the proxy does. */
export function ambassadorContainer(
  { image, port }: AmbassadorIntent,
  args: readonly string[],
  native: boolean,
  resources: ResourceRequirements | undefined,
  runAsUser: number | undefined,
): Container {
  return {
    name: ambassadorName,
    image,
    command: ['kubectl'],
    args,
    ...(native && { restartPolicy: 'Always' }),
    ...(resources && { resources }),
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      ...(runAsUser !== undefined && { runAsUser }),
      seccompProfile: { type: 'RuntimeDefault' },
    },
    startupProbe: {
      exec: { command: proxyProbe(port) },
      periodSeconds: 2, // the proxy is up within a second; Kubernetes' default of 10 would hold up the application
      timeoutSeconds: 10,
      failureThreshold: 30,
    },
    volumeMounts: [{ name: tokenVolumeName, mountPath: serviceAccountPath, readOnly: true }],
  };
}

/** Where client-go looks for in-cluster credentials. Source: kubernetes/client-go rest/config.go */
const serviceAccountPath = '/var/run/secrets/kubernetes.io/serviceaccount';

/** What the ServiceAccount admission plugin would mount, of our own, so that it works without automounting, too. */
export const tokenVolume: Volume = {
  name: tokenVolumeName,
  projected: {
    defaultMode: 0o644, // its reader is not root
    sources: [
      // seconds; not 3607, which the API server takes for an old client and extends to a year
      { serviceAccountToken: { path: 'token', expirationSeconds: 3600 } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      { downwardAPI: { items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
    ],
  },
};

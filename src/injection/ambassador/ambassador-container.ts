import { ambassadorName, tokenVolumeName } from '../../annotations/injected-names.ts';
import { constant } from '../../json/json-patch.ts';
import type { Container, ResourceRequirements, Volume } from '../../kubernetes/pod.ts';
import type { AmbassadorIntent } from './ambassador-options.ts';
import { proxyProbe } from './kubectl-proxy.ts';

/** What the container depends on besides the intent. */
interface ContainerFields {
  readonly args: readonly string[];
  readonly isNative: boolean;
  readonly resources: ResourceRequirements | undefined;
  readonly runAsUser: number | undefined;
}

/** Returns the ambassador container. It meets the restricted Pod Security Standard, and has its own token and a startup probe. */
export function ambassadorContainer(
  { image, port }: AmbassadorIntent,
  { args, isNative, resources, runAsUser }: ContainerFields,
): Container {
  return {
    name: ambassadorName,
    image,
    command: ['kubectl'],
    args,
    ...(isNative && { restartPolicy: 'Always' }),
    ...(resources && { resources }),
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      ...(runAsUser !== undefined && { runAsUser, runAsGroup: runAsUser }),
      seccompProfile: { type: 'RuntimeDefault' },
    },
    startupProbe: {
      exec: { command: proxyProbe(port) },
      periodSeconds: 2, // the proxy starts within a second; the default of 10 would delay the application
      timeoutSeconds: 10,
      failureThreshold: 30,
    },
    volumeMounts: [{ name: tokenVolumeName, mountPath: serviceAccountPath, readOnly: true }],
  };
}

/** The directory in which client-go expects in-cluster credentials. Source: kubernetes/client-go rest/config.go */
const serviceAccountPath = '/var/run/secrets/kubernetes.io/serviceaccount';

/** A volume like that of the ServiceAccount admission plugin, so that the ambassador also works without automounting. */
export const tokenVolume: Volume = constant({
  name: tokenVolumeName,
  projected: {
    defaultMode: 0o644, // the ambassador does not run as root
    sources: [
      // seconds; the API server would extend a token of 3607 seconds to a year, for old clients
      { serviceAccountToken: { path: 'token', expirationSeconds: 3600 } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      { downwardAPI: { items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
    ],
  },
});

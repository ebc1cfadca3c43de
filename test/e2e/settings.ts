import { isAtLeast, type KubernetesVersion, parseKubernetesVersion } from '../../src/kubernetes/kubernetes-version.ts';
import { kubectl } from './kubectl.ts';

// Names of images that the cluster of KUBECONFIG can pull:
//
// | variable         | image                              | default                                       |
// | WEBHOOK_IMAGE    | Downlink                           | that of the chart: downlink:<version>         |
// | AMBASSADOR_IMAGE | with kubectl on its PATH           | that of the chart: registry.k8s.io/kubectl:...|
// | TEST_IMAGE       | with a shell and wget from busybox | busybox:1.37, and those of the examples       |
export const images = {
  webhook: process.env['WEBHOOK_IMAGE'] || undefined,
  ambassador: process.env['AMBASSADOR_IMAGE'] || undefined,
  test: process.env['TEST_IMAGE'] || undefined,
};
/** The folder with the program and the CustomResourceDefinitions of cert-manager; undefined to skip its tests. */
export const certManager = process.env['CERT_MANAGER'] || undefined;
/** The name of the helm release, its namespace and its objects, which nothing else in a cluster has. */
export const release = 'downlink-e2e';
/** The namespace of the injected pods. */
export const namespace = 'downlink-e2e-pods';
/** Another namespace in which these pods have permissions. */
export const otherNamespace = 'downlink-e2e-other';
/** A namespace that requests a profile for its pods. */
export const profileNamespace = 'downlink-e2e-profile';

/** Returns the version of the API server. */
export async function serverVersion(): Promise<KubernetesVersion & { readonly gitVersion: string }> {
  // never ~/.kube/config, which can be that of a production cluster
  if (!process.env['KUBECONFIG']) throw new Error('KUBECONFIG must name the kubeconfig of a cluster for tests');
  const { serverVersion } = JSON.parse(await kubectl(['version', '--output=json']));
  const version = parseKubernetesVersion(serverVersion.gitVersion);
  if (version === undefined) throw new Error(`the API server's version is ${serverVersion.gitVersion}`);
  return { ...version, gitVersion: serverVersion.gitVersion };
}

/** Reports whether namespaces need a label, because the API server does not support matchConditions. */
export function needsLabel(version: KubernetesVersion): boolean {
  return !isAtLeast(version, 1, 30);
}

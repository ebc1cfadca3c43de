import { isAtLeast, type KubernetesVersion, parseKubernetesVersion } from '../../src/kubernetes/kubernetes-version.ts';
import { kubectl } from './kubectl.ts';

// The cluster is the one of KUBECONFIG. What it cannot pull it can be given by other names:
//
// | variable         | image                               | where it is not set                      |
// | WEBHOOK_IMAGE    | Downlink's                          | the chart's: downlink:<version>          |
// | AMBASSADOR_IMAGE | one with kubectl on its PATH        | the chart's: registry.k8s.io/kubectl:... |
// | TEST_IMAGE       | one with a shell and busybox's wget | busybox:1.37, and the examples' own      |
export const images = {
  webhook: process.env['WEBHOOK_IMAGE'] || undefined,
  ambassador: process.env['AMBASSADOR_IMAGE'] || undefined,
  test: process.env['TEST_IMAGE'] || undefined,
};
/** The folder with cert-manager's program and CustomResourceDefinitions; undefined where that mode is not tested. */
export const certManager = process.env['CERT_MANAGER'] || undefined;
/** The helm release, its namespace, and every object's name: nothing else in a cluster is called so. */
export const release = 'downlink-e2e';
/** Where the pods are that are injected. */
export const namespace = 'downlink-e2e-pods';
/** One that those pods have rights in, too. */
export const otherNamespace = 'downlink-e2e-other';

/** The version of the API server. */
export async function serverVersion(): Promise<KubernetesVersion & { readonly gitVersion: string }> {
  // nobody means ~/.kube/config, which may well be of a cluster in production
  if (!process.env['KUBECONFIG']) throw new Error('KUBECONFIG must name the configuration of a cluster to test in');
  const { serverVersion } = JSON.parse(await kubectl(['version', '--output=json']));
  const version = parseKubernetesVersion(serverVersion.gitVersion);
  if (version === undefined) throw new Error(`the API server's version is ${serverVersion.gitVersion}`);
  return { ...version, gitVersion: serverVersion.gitVersion };
}

/** Whether namespaces must be labelled for Downlink: where the API server knows no matchConditions. */
export function needsLabel(version: KubernetesVersion): boolean {
  return !isAtLeast(version, 1, 30);
}

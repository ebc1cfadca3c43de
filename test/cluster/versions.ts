import { formatKubernetesVersion, isAtLeast, type KubernetesVersion } from '../../src/kubernetes/kubernetes-version.ts';

/** Returns the reason to skip a test on an older server, for `skip` of node:test, or false. */
export function skipBefore(server: KubernetesVersion, major: number, minor: number, why: string): string | false {
  if (isAtLeast(server, major, minor)) return false;
  return `needs Kubernetes ${major}.${minor} (${why}), but this is ${formatKubernetesVersion(server)}`;
}

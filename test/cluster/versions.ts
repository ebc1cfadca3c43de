import { formatKubernetesVersion, isAtLeast, type KubernetesVersion } from '../../src/kubernetes/kubernetes-version.ts';

/** Why a test is skipped on that server, for node:test's `skip`; false where it is not. */
export function skipBefore(server: KubernetesVersion, major: number, minor: number, why: string): string | false {
  if (isAtLeast(server, major, minor)) return false;
  return `needs Kubernetes ${major}.${minor} (${why}), and this is ${formatKubernetesVersion(server)}`;
}

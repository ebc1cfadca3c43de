/** The version of a Kubernetes API server: the parts that determine its features. */
export interface KubernetesVersion {
  readonly major: number;
  readonly minor: number;
}

/**
 * Parses `1.32`, `v1.32.4`, `1.32+`, and `v1.32.4-eks-1234`; returns undefined for any other text. The semver package
 * does not parse `1.32` or `1.32+`, and coerces text that is not a version, such as `5`.
 */
export function parseKubernetesVersion(text: string): KubernetesVersion | undefined {
  const match = /^v?(\d{1,3})\.(\d{1,4})(?:\+|[.+-].{0,64})?$/.exec(text.trim());
  return match ? { major: Number(match[1]), minor: Number(match[2]) } : undefined;
}

export function isAtLeast(version: KubernetesVersion, major: number, minor: number): boolean {
  return version.major > major || (version.major === major && version.minor >= minor);
}

/** Formats a version as `1.32`. */
export function formatKubernetesVersion(version: KubernetesVersion): string {
  return `${version.major}.${version.minor}`;
}

import semver from 'semver';

/** Reports whether one version precedes another by Semantic Versioning. Text that is not a version precedes every version. */
export function isOlder(text: string, otherText: string): boolean {
  const [version, other] = [semver.parse(text), semver.parse(otherText)];
  if (version === null || other === null) return version === null && other !== null;
  return semver.compare(version, other) < 0;
}

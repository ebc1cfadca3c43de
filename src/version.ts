/** This program's version, the one of package.json (a test compares them). */
export const version = '0.1.0';

/**
 * Whether one version comes before another, by the precedence of Semantic Versioning: `0.9.0` before `0.10.0`,
 * `1.0.0-rc.1` before `1.0.0`, build metadata left aside. Whatever is no version comes before all that are.
 * Source: https://semver.org/#spec-item-11
 */
export function isOlder(one: string, other: string): boolean {
  const [left, right] = [parseVersion(one), parseVersion(other)];
  if (left === undefined || right === undefined) return left === undefined && right !== undefined;
  for (const [index, number] of left.numbers.entries()) {
    const against = right.numbers[index] ?? 0n;
    if (number !== against) return number < against;
  }
  if (left.early.length === 0 || right.early.length === 0) return left.early.length > right.early.length;
  return compareEarly(left.early, right.early) < 0;
}

interface Version {
  /** Major, minor and patch. */
  readonly numbers: readonly bigint[];
  /** What stands after the `-`, at its full stops; none in a release. */
  readonly early: readonly string[];
}

function parseVersion(text: string): Version | undefined {
  const [, core = '', early] = /^v?(\d+\.\d+\.\d+)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/.exec(text) ?? [];
  return core === '' ? undefined : { numbers: core.split('.').map(BigInt), early: early?.split('.') ?? [] };
}

/** Numbers come before words and count as numbers; of two that begin alike the shorter comes first. */
function compareEarly(one: readonly string[], other: readonly string[]): number {
  for (const [index, left] of one.entries()) {
    const right = other[index];
    if (right === undefined) return 1;
    if (left === right) continue;
    const [isNumber, isOtherNumber] = [/^\d+$/.test(left), /^\d+$/.test(right)];
    if (isNumber !== isOtherNumber) return isNumber ? -1 : 1;
    return (isNumber ? BigInt(left) < BigInt(right) : left < right) ? -1 : 1;
  }
  return one.length - other.length;
}

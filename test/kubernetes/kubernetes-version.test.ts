import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatKubernetesVersion, isAtLeast, parseKubernetesVersion } from '../../src/kubernetes/kubernetes-version.ts';

describe('a Kubernetes version', () => {
  for (const [text, expected] of [
    ['1.32', '1.32'],
    ['v1.32', '1.32'],
    ['1.32+', '1.32'],
    ['v1.32.4', '1.32'],
    ['v1.32.4-eks-1234', '1.32'],
    ['v1.29.0-gke.100+abc', '1.29'],
    [' 1.20 ', '1.20'],
    ['2.0', '2.0'],
  ] as const) {
    test(`is read from "${text}"`, () => {
      const version = parseKubernetesVersion(text);
      assert.equal(version && formatKubernetesVersion(version), expected);
    });
  }

  for (const text of ['', '1', '32', '1.', '1.x', '1.32x', 'latest', '1.32 4', '-1.32', `1.32.${'0'.repeat(100)}`]) {
    test(`is not read from ${JSON.stringify(text.slice(0, 20))} of ${text.length} characters`, () => {
      assert.equal(parseKubernetesVersion(text), undefined);
    });
  }

  for (const [version, expected] of [
    [{ major: 1, minor: 31 }, false],
    [{ major: 1, minor: 32 }, true],
    [{ major: 1, minor: 100 }, true],
    [{ major: 2, minor: 0 }, true],
    [{ major: 0, minor: 99 }, false],
  ] as const) {
    test(`${formatKubernetesVersion(version)} is ${expected ? 'at least' : 'below'} 1.32`, () => {
      assert.equal(isAtLeast(version, 1, 32), expected);
    });
  }
});

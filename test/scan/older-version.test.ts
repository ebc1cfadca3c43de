import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isOlder } from '../../src/scan/older-version.ts';

for (const { older, newer } of [
  { older: '0.9.0', newer: '0.10.0' },
  { older: '0.1.9', newer: '1.0.0' },
  { older: '1.0.0-rc.1', newer: '1.0.0' },
  { older: '1.0.0-rc.2', newer: '1.0.0-rc.10' },
  { older: '1.0.0-alpha', newer: '1.0.0-alpha.1' },
  { older: '1.0.0-1', newer: '1.0.0-alpha' },
  { older: '1.0.0-alpha', newer: '1.0.0-beta' },
  { older: 'dev', newer: '0.0.1' },
  { older: `${2n ** 60n}.0.0`, newer: '0.0.1' }, // no version by the package semver
]) {
  test(`${older} is older than ${newer} and not the reverse`, () => {
    assert.equal(isOlder(older, newer), true);
    assert.equal(isOlder(newer, older), false);
  });
}

for (const [one, other] of [
  ['0.1.0', '0.1.0'],
  ['v0.1.0', '0.1.0'],
  ['0.1.0+build.1', '0.1.0'],
  ['dev', ''],
] as const) {
  test(`${one} and ${other || 'an empty text'} are equally old`, () => {
    assert.equal(isOlder(one, other) || isOlder(other, one), false);
  });
}

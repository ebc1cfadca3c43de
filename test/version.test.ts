import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { isOlder, version } from '../src/version.ts';

test('the program says the version that package.json has', async () => {
  const { version: packaged } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
  assert.equal(version, packaged);
});

for (const { older, newer } of [
  { older: '0.9.0', newer: '0.10.0' },
  { older: '0.1.9', newer: '1.0.0' },
  { older: '1.0.0-rc.1', newer: '1.0.0' },
  { older: '1.0.0-rc.2', newer: '1.0.0-rc.10' },
  { older: '1.0.0-alpha', newer: '1.0.0-alpha.1' },
  { older: '1.0.0-1', newer: '1.0.0-alpha' },
  { older: '1.0.0-alpha', newer: '1.0.0-beta' },
  { older: '0.1.0', newer: `${2n ** 60n}.0.0` },
  { older: 'dev', newer: '0.0.1' },
]) {
  test(`${older} is older than ${newer}, and not the other way round`, () => {
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
  test(`${one} and ${other || 'nothing'} are alike`, () => {
    assert.equal(isOlder(one, other) || isOlder(other, one), false);
  });
}

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { billOfMaterials } from '../../deploy/sbom.ts';

const bom = await billOfMaterials();

test('the bill of materials lists exactly the production dependencies', async () => {
  const { packages } = JSON.parse(await readFile(new URL('../../package-lock.json', import.meta.url), 'utf8'));
  const expected = Object.entries<{ version: string; dev?: boolean }>(packages)
    .filter(([path, { dev }]) => path !== '' && dev !== true)
    .map(([path, { version }]) => `pkg:npm/${path.replace(/^.*node_modules\//, '').replace('@', '%40')}@${version}`);
  assert.deepEqual(bom.components.map(({ purl }) => purl).sort(), [...new Set(expected)].sort());
  assert.ok(expected.length > 20);
});

test('the bill of materials is the same every time, and names its subject', async () => {
  assert.deepEqual(await billOfMaterials(), bom);
  assert.match(JSON.stringify(bom.metadata.component), /"name":"downlink"/);
});

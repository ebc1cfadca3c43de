import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';

const repository = join(import.meta.dirname, '../..');
const read = (file: string) => readFile(join(repository, file), 'utf8');
const { bin, devDependencies, engines, name, scripts, ...manifest } = JSON.parse(await read('package.json'));
const supported: readonly string[] = engines.node.match(/\d+\.\d+\.\d+/g);
const majorOf = (range: string) => /\d+/.exec(range)?.[0];

describe('package.json', () => {
  test('describes a package that can be published, with the program under three names', () => {
    assert.equal(name, 'kubectl-downlink');
    assert.ok(!('private' in manifest));
    assert.deepEqual(Object.keys(bin), ['downlink', 'kubectl-downlink', 'kubectl_complete-downlink']);
  });

  test('supports the Node.js versions that the CI workflow runs the package on', async () => {
    const { jobs } = parse(await read('.github/workflows/ci.yml'));
    const tested: readonly string[] = jobs.package.strategy.matrix.node;
    assert.deepEqual(
      tested,
      supported.flatMap((oldest) => [oldest, majorOf(oldest)]),
    );
  });

  test('is developed and released with the newest of them', async () => {
    const newest = majorOf(supported.at(-1) ?? '');
    assert.deepEqual([devDependencies.node, devDependencies['@types/node'], await read('.nvmrc')].map(majorOf), [
      newest,
      newest,
      newest,
    ]);
    for (const file of ['ci.yml', 'kind.yml', 'npm.yml', 'release.yml']) {
      const versions = [...(await read(`.github/workflows/${file}`)).matchAll(/node-version: (.*)/g)].map(
        ([, one]) => one,
      );
      assert.deepEqual([...new Set(versions)], [newest], file);
    }
  });

  test('has a script for each folder of tests that npm test leaves out, and CI runs it', async () => {
    const [, list = ''] = /test\/!\(([^)]*)\)/.exec(scripts.test) ?? [];
    const ci = await read('.ci/run');
    for (const folder of list.split('|')) {
      assert.ok(scripts[`test:${folder}`]?.includes(`'test/${folder}/**/*.test.ts'`), folder);
      assert.match(ci, new RegExp(`test[:/]${folder}\\b`));
    }
  });

  test('measures the coverage of the tests of npm test', () => {
    const [files] = /'test\/.*$/.exec(scripts.test) ?? [];
    assert.ok(files !== undefined && scripts.coverage.endsWith(` ${files}`));
  });
});

for (const file of ['package-lock.json', 'release/tools/package-lock.json']) {
  test(`${file} contains a hash of each package and no download address, so that any registry can be used`, async () => {
    const { packages } = JSON.parse(await read(file));
    const { '': root, ...installed } = packages as Record<string, { resolved?: string; integrity?: string }>;
    assert.ok(root);
    for (const [path, { resolved, integrity }] of Object.entries(installed)) {
      assert.equal(resolved, undefined, path);
      assert.match(integrity ?? '', /^sha512-/, path);
    }
  });
}

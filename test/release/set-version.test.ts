import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { setVersion } from '../../release/set-version.ts';
import { version } from '../../src/version.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const today = new Date('2026-03-01T12:00:00Z');
const next = '99.0.0-rc.1';
const files = ['CHANGELOG.md', 'Dockerfile', 'README.md', 'package.json', 'package-lock.json', 'src/version.ts'];
const folders = ['deploy', 'docs'];

describe('release:version', () => {
  let folder: string;
  let root: string;
  let count = 0;
  const read = (file: string) => readFile(join(root, file), 'utf8');
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'downlink-release-'));
  });
  beforeEach(async () => {
    count += 1;
    root = join(folder, String(count));
    for (const path of [...files, ...folders]) await cp(join(repository, path), join(root, path), { recursive: true });
  });
  after(() => rm(folder, { recursive: true }));

  test('sets the version of the package, the program, the chart and the manifests', async () => {
    const changed = await setVersion(root, next, today);
    assert.deepEqual(
      changed.filter((file) => !/^(README\.md|Dockerfile|docs\/.*\.md|deploy\/.*\.md)$/.test(file)),
      [
        'CHANGELOG.md',
        'deploy/chart/Chart.yaml',
        'deploy/helm-plugin/plugin.yaml',
        'deploy/install.yaml',
        'package-lock.json',
        'package.json',
        'src/version.ts',
      ],
    );
    const before = await readFile(join(repository, 'package-lock.json'), 'utf8');
    const expected = { ...JSON.parse(before), version: next };
    expected.packages[''].version = next;
    assert.deepEqual(JSON.parse(await read('package-lock.json')), expected);
    assert.equal(JSON.parse(await read('package.json')).version, next);
    const chart = parse(await read('deploy/chart/Chart.yaml'));
    assert.deepEqual([chart.version, chart.appVersion], [next, next]);
    assert.ok((await read('src/version.ts')).includes(`export const version = '${next}';`));
    const installed = await readFile(join(repository, 'deploy/install.yaml'), 'utf8');
    assert.equal(await read('deploy/install.yaml'), installed.replaceAll(version, next));
  });

  test('changes the examples in the documentation', async () => {
    const changed = await setVersion(root, next, today);
    const examples = changed.filter((file) => /\.md$|^Dockerfile$/.test(file) && file !== 'CHANGELOG.md');
    assert.ok(examples.length > 1);
    for (const file of examples) {
      const text = await read(file);
      for (const before of ['"version":"', 'downlink:']) assert.ok(!text.includes(before + version), file);
    }
  });

  test('dates the unreleased section of the changelog', async () => {
    const changelog = (...headings: readonly string[]) =>
      ['# Changelog', ...headings, '### Added', '- Everything.', '## [0.0.1] - 2026-01-01', ''].join('\n\n');
    await writeFile(join(root, 'CHANGELOG.md'), changelog('## [Unreleased]'));
    await setVersion(root, next, today);
    assert.equal(await read('CHANGELOG.md'), changelog('## [Unreleased]', `## [${next}] - 2026-03-01`));
  });

  test('changes nothing the second time', async () => {
    await setVersion(root, next, today);
    assert.deepEqual(await setVersion(root, next, new Date('2026-03-02')), []);
  });

  test('replaces the whole version when a later one follows', async () => {
    await setVersion(root, next, today);
    await setVersion(root, '99.0.0', today);
    for (const file of ['README.md', 'package.json', 'deploy/install.yaml', 'src/version.ts'])
      assert.ok(!(await read(file)).includes(next), file);
  });

  for (const [wrong, message] of [
    ['', /is not a version/],
    ['v1.0.0', /v1\.0\.0 is not a version such as 0\.2\.0 or 0\.2\.0-rc\.1/],
    ['1.0', /is not a version/],
    ['1.0.0+build.1', /is not a version/],
    ['0.0.1', /0\.0\.1 is older than .*, the version of package\.json/],
  ] as const) {
    test(`rejects ${wrong || 'an empty version'}`, async () => {
      await assert.rejects(setVersion(root, wrong, today), { message });
      assert.equal(await read('package.json'), await readFile(join(repository, 'package.json'), 'utf8'));
    });
  }

  test('changes nothing if a file has no version to set', async () => {
    await rm(join(root, 'deploy/chart/Chart.yaml'));
    await cp(join(root, 'Dockerfile'), join(root, 'deploy/chart/Chart.yaml'));
    await assert.rejects(setVersion(root, next, today), { message: /Chart\.yaml has no version after \^version: / });
    assert.equal(await read('package.json'), await readFile(join(repository, 'package.json'), 'utf8'));
  });
});

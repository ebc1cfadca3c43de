import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse, stringify } from 'yaml';
import { helm } from '../../deploy/helm.ts';
import { chart, copies, installFile, renderInstall } from '../../deploy/render.ts';
import { version } from '../../src/version.ts';
import { only, parseManifests } from '../support/manifests.ts';
import { renderText, set, skip, variants } from './render-chart.ts';

describe('the chart', { skip }, () => {
  test('passes helm lint', async () => {
    await helm('lint', '--strict', chart);
  });

  test('has the version and the license of the program', async () => {
    const { appVersion, annotations } = parse(await readFile(join(chart, 'Chart.yaml'), 'utf8'));
    assert.equal(appVersion, version);
    const { license } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
    assert.equal(annotations['artifacthub.io/license'], license);
  });

  test('renders the same bytes every time', async () => {
    for (const [, args] of variants) assert.equal(await renderText(...args), await renderText(...args));
  });

  test('renders deploy/install.yaml', async () => {
    const [checkedIn, fresh] = [await readFile(installFile, 'utf8'), await renderInstall()].map(parseManifests);
    assert.deepEqual(checkedIn, fresh, 'deploy/install.yaml is stale: run node deploy/render.ts');
  });

  test('contains copies of the alerts and of the dashboard', async () => {
    for (const [source, copy] of copies)
      assert.equal(await readFile(copy, 'utf8'), await readFile(source, 'utf8'), 'run node deploy/render.ts');
  });

  test('is preceded in install.yaml by its namespace, which enforces the restricted Pod Security level', async () => {
    const [first] = parseManifests(await readFile(installFile, 'utf8'));
    assert.equal(first.kind, 'Namespace');
    assert.equal(first.metadata.labels['pod-security.kubernetes.io/enforce'], 'restricted');
  });

  test('names the next step in its notes', async () => {
    const [, notes] = (await helm('install', 'downlink', chart, '--dry-run=client')).split('NOTES:');
    assert.match(notes ?? '', /annotations: \{ downlink\.dev\/env: pod \}/);
  });

  test('can be a dependency of another chart', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'downlink-umbrella-'));
    try {
      const dependency = { name: 'downlink', version: '>=0.0.0', condition: 'downlink.enabled' };
      const parent = { apiVersion: 'v2', name: 'platform', version: '0.1.0', dependencies: [dependency] };
      await writeFile(join(folder, 'Chart.yaml'), stringify(parent));
      await cp(chart, join(folder, 'charts/downlink'), { recursive: true });
      const values = [
        'global.imageRegistry=a.example',
        'global.region=eu',
        'other.size=1',
        'tags.edge=true',
        'downlink.replicas=3',
      ];
      const renderParent = async (enabled: boolean) =>
        parseManifests(await helm('template', 'p', folder, ...set(...values, `downlink.enabled=${enabled}`)));
      const { replicas, template } = only(await renderParent(true), 'Deployment').spec;
      assert.equal(replicas, 3);
      assert.equal(template.spec.containers[0].image, `a.example/downlink:${version}`);
      assert.deepEqual(await renderParent(false), []);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { helm } from '../../deploy/helm.ts';
import { chart } from '../../deploy/render.ts';
import { type Manifest, only, parseManifests } from '../support/manifests.ts';
import { render, set, skip } from './render-chart.ts';

const read = (path: string) => readFile(new URL(`../../deploy/${path}`, import.meta.url), 'utf8');
const withRule = set('prometheusRule.enabled=true');

describe('prometheusRule.enabled', { skip }, () => {
  test('creates the alerts of deploy/alerts', async () => {
    const { metadata, spec } = only(
      await render(...withRule, ...set('prometheusRule.labels.release=p')),
      'PrometheusRule',
    );
    assert.deepEqual(spec, parse(await read('alerts/downlink.yaml')).spec);
    assert.equal(metadata.labels.release, 'p');
  });

  test('watches the release by its own name and namespace', async () => {
    const args = ['template', 'prod', chart, '--namespace', 'platform', ...withRule];
    const text = JSON.stringify(only(parseManifests(await helm(...args)), 'PrometheusRule').spec);
    const named = /\w+=~?\\"[^"]*downlink\\"/g; // a label whose value is the name in install.yaml
    assert.deepEqual(text.match(named), ['deployment=\\"prod-downlink\\"']);
    assert.match(text, /namespace=\\"platform\\"/);
  });

  test('alerts at half of the timeout', async () => {
    const manifests = await render(...withRule, ...set('webhook.timeoutSeconds=15'));
    const rules: readonly Manifest[] = only(manifests, 'PrometheusRule').spec.groups[0].rules;
    const { expr, annotations } = rules.find(({ alert }) => alert === 'DownlinkLatencyNearTimeout');
    assert.match(expr, / > 7\.5$/);
    assert.match(annotations.description, /^After 15 seconds/);
  });
});

describe('prometheusRule.enabled with certificates of cert-manager', { skip }, () => {
  const limitOf = async (...values: readonly string[]) => {
    const manifests = await render(...withRule, ...set('certificates.mode=cert-manager', ...values));
    const rules: readonly Manifest[] = only(manifests, 'PrometheusRule').spec.groups[0].rules;
    return /- time\(\) < (.*)$/.exec(rules.find(({ alert }) => alert === 'DownlinkCertificateNearExpiry').expr)?.[1];
  };

  test('alerts a week before the expiry, as with self-signed ones', async () => {
    assert.equal(await limitOf(), '7 * 24 * 60 * 60');
    assert.equal(await limitOf('certificates.certManager.renewBefore=240h'), '7 * 24 * 60 * 60');
  });

  for (const [renewBefore, limit] of [
    ['24h', 60480],
    ['1h30m0s', 3780],
    ['90m500ms', 3780],
  ])
    test(`alerts later if they are renewed ${renewBefore} before it`, async () => {
      assert.equal(
        await limitOf('certificates.certManager.duration=72h', `certificates.certManager.renewBefore=${renewBefore}`),
        String(limit),
      );
    });
});

describe('dashboard.enabled', { skip }, () => {
  test('creates the dashboard of deploy/dashboards in a ConfigMap that a sidecar of Grafana finds', async () => {
    const folder = 'dashboard.annotations.grafana_folder=Kubernetes';
    const { data, metadata } = only(await render(...set('dashboard.enabled=true', folder)), 'ConfigMap');
    assert.deepEqual(JSON.parse(data['downlink.json']), JSON.parse(await read('dashboards/downlink.json')));
    assert.equal(metadata.labels.grafana_dashboard, '1');
    assert.deepEqual(metadata.annotations, { grafana_folder: 'Kubernetes' });
  });

  test('can have another label instead', async () => {
    const labels = set('dashboard.labels.grafana_dashboard=null', 'dashboard.labels.load=yes');
    const { metadata } = only(await render(...set('dashboard.enabled=true'), ...labels), 'ConfigMap');
    assert.deepEqual([metadata.labels.grafana_dashboard, metadata.labels.load], [undefined, 'yes']);
  });
});

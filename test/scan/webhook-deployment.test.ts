import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { installFile } from '../../deploy/render.ts';
import { deploymentOfService, runningWebhook, webhookSettings } from '../../src/scan/webhook-deployment.ts';
import { version } from '../../src/version.ts';
import { only, parseManifests } from '../support/manifests.ts';

const manifests = parseManifests(await readFile(installFile, 'utf8'));
const [service, deployment] = ['Service', 'Deployment'].map((kind) => only(manifests, kind));

test('the Deployment of install.yaml is found by its Service and described', () => {
  const other = { spec: { template: { metadata: { labels: { app: 'other' } } } } };
  assert.equal(deploymentOfService([other, {}, deployment], service), deployment);
  const running = runningWebhook(deployment, undefined);
  assert.equal(running.deployment, 'downlink');
  assert.equal(running.version, version);
  assert.equal(running.certificateSecret, 'downlink-certificates');
  assert.equal(running.config?.onInvalid, 'deny');
});

test('a Service without a selector has no Deployment', () => {
  assert.equal(deploymentOfService([deployment], { spec: {} }), undefined);
  assert.equal(deploymentOfService([deployment], undefined), undefined);
});

const mounted = {
  volumes: [{ name: 'tls', secret: { secretName: 'downlink-tls' } }],
  containers: [
    { name: 'proxy', args: ['--port=1'] },
    {
      name: 'downlink',
      args: [
        'serve',
        '--tls-cert-file=/etc/downlink/tls/tls.crt',
        '--tls-private-key-file',
        '/etc/downlink/tls/tls.key',
      ],
      env: [
        { name: 'DOWNLINK_ON_INVALID', value: 'warn' },
        { name: 'DOWNLINK_NAMESPACE', valueFrom: {} },
      ],
      volumeMounts: [{ name: 'tls', mountPath: '/etc/downlink/tls' }],
    },
  ],
};

test('flags in both forms, environment variables, and the mounted Secret are read', () => {
  const { config, certificateSecret } = runningWebhook({ spec: { template: { spec: mounted } } }, undefined);
  assert.deepEqual([config?.onInvalid, config?.certificateMode, certificateSecret], ['warn', 'files', 'downlink-tls']);
  assert.equal(config?.tlsPrivateKeyFile, '/etc/downlink/tls/tls.key');
});

for (const { name, args } of [
  { name: 'arguments that are not valid', args: ['serve', '--port=none'] },
  { name: 'no arguments at all', args: undefined },
]) {
  test(`with ${name}, the rest is described`, () => {
    const spec = { containers: [{ name: 'x', ...(args && { args }) }] };
    const running = runningWebhook({ metadata: { name: 'web' }, spec: { template: { spec } } }, undefined);
    assert.deepEqual([running.deployment, running.version, running.certificateSecret], ['web', undefined, undefined]);
  });
}

describe('the profiles', () => {
  const withConfig = (config: string) => ({
    metadata: { name: 'downlink' },
    spec: {
      template: {
        spec: {
          volumes: [{ name: 'settings', configMap: { name: 'downlink' } }],
          containers: [
            {
              args: ['serve', ...(config === '' ? [] : [`--config=${config}`])],
              volumeMounts: [{ name: 'settings', mountPath: '/etc/downlink/settings' }],
            },
          ],
        },
      },
    },
  });
  const path = '/etc/downlink/settings/settings.yaml';
  const file = { name: 'ConfigMap downlink', content: { clusterName: 'prod-eu' } };

  test('are in the ConfigMap that is mounted at the path of --config', () => {
    const settings = webhookSettings(withConfig(path));
    assert.deepEqual(settings.file, { configMap: 'downlink', key: 'settings.yaml' });
    const running = runningWebhook(withConfig(path), file);
    assert.deepEqual([running.profilesAreKnown, running.config?.clusterName], [true, 'prod-eu']);
  });

  test('are unknown if the file cannot be read or is not in a ConfigMap, and known to be none without a file', () => {
    assert.equal(runningWebhook(withConfig(path), undefined).profilesAreKnown, false);
    assert.equal(runningWebhook(withConfig('/etc/other.yaml'), undefined).profilesAreKnown, false);
    assert.equal(runningWebhook(withConfig(''), undefined).profilesAreKnown, true);
  });
});

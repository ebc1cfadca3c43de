import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { helm } from '../../deploy/helm.ts';
import { chart } from '../../deploy/render.ts';
import { configurationAnnotations } from '../../src/certificates/webhook-configuration.ts';
import { flagsOf, type Manifest, only, parseManifests, selects } from '../support/manifests.ts';
import { configOf, everything, render, set, skip } from './render-chart.ts';

describe('the options', { skip }, () => {
  test('leave the server its own defaults if none is set', async () => {
    const [container] = only(await render(), 'Deployment').spec.template.spec.containers;
    const [given, own] = [configOf(flagsOf(container)), configOf([])];
    assert.ok(given.kind === 'valid' && own.kind === 'valid');
    const { port, healthPort, bindAddress, onInvalid, kubernetesVersion, logLevel, shutdownDelay, ambassador } =
      own.config;
    const expected = {
      port,
      healthPort,
      bindAddress,
      onInvalid,
      kubernetesVersion,
      logLevel,
      shutdownDelay,
      ambassador,
    };
    assert.deepEqual({ ...given.config, ...expected }, given.config);
  });

  test('the policy of the ambassador is that of the server', async () => {
    const [container] = only(await render(...everything), 'Deployment').spec.template.spec.containers;
    const parsed = configOf(flagsOf(container));
    assert.ok(parsed.kind === 'valid', JSON.stringify(parsed));
    const { image, policy } = parsed.config.ambassador;
    assert.deepEqual(policy, {
      namespaces: ['shop', 'team-*'],
      access: ['read-only', 'own-namespace'],
      requiredAccess: ['read-only'],
      images: { image, prefixes: ['registry.example.com/', 'localhost:5000/a@'] },
      pullSecrets: ['regcred'],
    });
  });

  test('webhook.annotations are added to both configurations, next to those of the chart', async () => {
    const mine = set(
      'webhook.annotations.note=mine',
      `webhook.annotations.${configurationAnnotations.mode.replaceAll('.', '\\.')}=x`,
    );
    const manifests = await render(...mine);
    const annotations = { note: 'mine', [configurationAnnotations.mode]: 'self-signed' };
    for (const kind of ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'])
      assert.deepEqual(only(manifests, kind).metadata.annotations, annotations);
  });

  test('workloadWarnings.enabled=false renders no validating webhook and no permission for one, and the server does without', async () => {
    const manifests = await render(...set('workloadWarnings.enabled=false'));
    assert.doesNotMatch(JSON.stringify(manifests.filter(({ kind }) => !/AdmissionPolicy/.test(kind))), /validat/i);
    const [container] = only(manifests, 'Deployment').spec.template.spec.containers;
    const parsed = configOf(flagsOf(container));
    assert.equal(parsed.kind, 'valid');
    assert.equal(parsed.config.validatingWebhookConfiguration, undefined);
    assert.equal(only(manifests, 'ClusterRole').rules.length, 1);
  });

  test('networkPolicy opens both ports to everyone, and no other port', async () => {
    const manifests = await render(...set('networkPolicy.enabled=true'));
    const { policyTypes, ingress } = only(manifests, 'NetworkPolicy').spec;
    assert.deepEqual(policyTypes, ['Ingress']);
    const port = (name: string) => ({ port: name, protocol: 'TCP' });
    assert.deepEqual(ingress, [{ ports: [port('https'), port('health')] }]);
  });

  test('autoscaling leaves the number of replicas to the HorizontalPodAutoscaler', async () => {
    const manifests = await render(...set('autoscaling.enabled=true'));
    const deployment = only(manifests, 'Deployment');
    assert.equal(deployment.spec.replicas, undefined);
    assert.equal(only(manifests, 'HorizontalPodAutoscaler').spec.scaleTargetRef.name, deployment.metadata.name);
    assert.equal(only(await render(), 'Deployment').spec.replicas, 2);
  });

  test('serviceMonitor has a timeout and rules for labels and metrics, if they are set', async () => {
    const enabled = set('serviceMonitor.enabled=true');
    const endpointOf = async (...args: readonly string[]) =>
      only(await render(...enabled, ...args), 'ServiceMonitor').spec.endpoints[0];
    const plain = await endpointOf();
    assert.deepEqual(Object.keys(plain), ['port', 'path', 'interval']);
    const rules = set(
      'serviceMonitor.scrapeTimeout=5s',
      'serviceMonitor.relabelings[0].targetLabel=cluster',
      'serviceMonitor.relabelings[0].replacement=prod-eu',
      'serviceMonitor.metricRelabelings[0].action=labeldrop',
    );
    assert.deepEqual(await endpointOf(...rules), {
      ...plain,
      scrapeTimeout: '5s',
      relabelings: [{ targetLabel: 'cluster', replacement: 'prod-eu' }],
      metricRelabelings: [{ action: 'labeldrop' }],
    });
  });

  test('serviceMonitor selects the Service and one of its ports', async () => {
    const manifests = await render(...set('serviceMonitor.enabled=true', 'serviceMonitor.labels.release=prometheus'));
    const { metadata, spec } = only(manifests, 'ServiceMonitor');
    const service = only(manifests, 'Service');
    assert.ok(selects(spec.selector, service.metadata.labels));
    assert.ok(service.spec.ports.some(({ name }: Manifest) => name === spec.endpoints[0].port));
    assert.equal(metadata.labels.release, 'prometheus');
  });

  test('runAsUser stays an integer, however large it is', async () => {
    const pod = only(await render(...set('runAsUser=1000650000')), 'Deployment').spec.template.spec;
    assert.equal(pod.securityContext.runAsUser, 1000650000);
    const big = flagsOf(only(await render(...everything), 'Deployment').spec.template.spec.containers[0]);
    assert.equal(Object.fromEntries(big)['ambassador-run-as-user'], '1000650000');
  });

  test('name every object after the release', async () => {
    const manifests = parseManifests(await helm('template', 'prod', chart, '-n', 'x', ...everything));
    const names = new Set(manifests.map(({ metadata }) => metadata.name));
    const policies = ['prod-downlink-secrets', 'prod-downlink-webhook-configurations'];
    const others = ['prod-downlink-dashboard', 'prod-downlink-test'];
    assert.deepEqual(names, new Set(['prod-downlink', 'zz-downlink', ...policies, ...others]));
    const [container] = only(manifests, 'Deployment').spec.template.spec.containers;
    assert.equal(Object.fromEntries(flagsOf(container))['service-name'], 'prod-downlink');
  });
});

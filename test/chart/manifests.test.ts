import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { injectionSettings } from '../../src/config/config.ts';
import { flagName, settingKeys } from '../../src/config/settings.ts';
import { flagsOf, type Manifest, only, restrictedViolations, selects } from '../support/manifests.ts';
import { configOf, everything, hostNetwork, render, skip, variants } from './render-chart.ts';

const settingNames = settingKeys.map((key) => flagName(key).slice('--'.length));

test('the chart passes every setting that decides about pods', { skip }, async () => {
  const [container] = only(await render(...everything), 'Deployment').spec.template.spec.containers;
  const passed = flagsOf(container).map(([name]) => `--${name}`);
  assert.deepEqual(
    injectionSettings.map(flagName).filter((flag) => !passed.includes(flag)),
    [],
    'templates/deployment.yaml lacks these flags',
  );
});

for (const [name, args] of variants) {
  describe(`the manifests ${name}`, { skip }, () => {
    let manifests: readonly Manifest[];
    let deployment: Manifest;
    let container: Manifest;
    let service: Manifest;
    let configuration: Manifest;
    let validating: Manifest;
    before(async () => {
      manifests = await render(...args);
      deployment = only(manifests, 'Deployment');
      container = deployment.spec.template.spec.containers[0];
      service = only(manifests, 'Service');
      configuration = only(manifests, 'MutatingWebhookConfiguration');
      validating = only(manifests, 'ValidatingWebhookConfiguration');
    });
    const flag = (flagName: string) => flagsOf(container).find(([name]) => name === flagName)?.[1];

    test('contain no certificate, no caBundle and no Secret', () => {
      assert.doesNotMatch(JSON.stringify(manifests), /"caBundle"|BEGIN |LS0tLS1/);
      assert.ok(manifests.every(({ kind }) => kind !== 'Secret'));
    });

    test('comply with the restricted Pod Security Standard, but for hostNetwork', () => {
      const expected = args === hostNetwork ? ['hostNetwork', 'hostPort'] : [];
      assert.deepEqual(restrictedViolations(deployment.spec.template.spec), expected);
      assert.equal(container.securityContext.readOnlyRootFilesystem, true);
    });

    test('pass flags and values that the server accepts', () => {
      assert.equal(container.args[0], 'serve');
      const flags = flagsOf(container);
      const unknown = flags.map(([name]) => name).filter((name) => !settingNames.includes(name));
      assert.deepEqual(unknown, [], 'src/config/config.ts has no such settings');
      const parsed = configOf(flags);
      assert.equal(parsed.kind, 'valid', JSON.stringify(parsed));
      const fromEnvironment = container.env
        .map(({ name }: Manifest) => name)
        .filter((name: string) => /^DOWNLINK_/.test(name));
      assert.deepEqual(fromEnvironment, ['DOWNLINK_NAMESPACE']);
      assert.ok(settingNames.includes('namespace'), 'src/config/config.ts has no setting namespace');
    });

    test('mount a token with a short lifetime where the server reads it, instead of the one that Kubernetes adds', () => {
      const { automountServiceAccountToken, volumes } = deployment.spec.template.spec;
      assert.equal(automountServiceAccountToken, false);
      assert.equal(only(manifests, 'ServiceAccount').automountServiceAccountToken, false);
      const { name: mounted } = container.volumeMounts.find(
        ({ mountPath }: Manifest) => mountPath === '/var/run/secrets/kubernetes.io/serviceaccount',
      );
      const { sources } = volumes.find(({ name }: Manifest) => name === mounted).projected;
      const [{ serviceAccountToken }, { configMap }, { downwardAPI }] = sources;
      assert.deepEqual(serviceAccountToken, { path: 'token', expirationSeconds: 3600 });
      assert.deepEqual(configMap, { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] });
      assert.equal(downwardAPI.items[0].path, 'namespace');
    });

    test('keep the kubelet from setting DOWNLINK_PORT for the Service', () => {
      assert.equal(deployment.spec.template.spec.enableServiceLinks, false);
    });

    test('route each webhook through the Service to the port that the server listens on', () => {
      for (const { webhooks, path } of [
        { webhooks: configuration.webhooks, path: '/mutate' },
        { webhooks: validating.webhooks, path: '/validate-workload' },
      ]) {
        for (const { clientConfig } of webhooks) {
          assert.equal(clientConfig.service.name, service.metadata.name);
          assert.equal(clientConfig.service.namespace, service.metadata.namespace);
          assert.ok(selects({ matchLabels: service.spec.selector }, deployment.spec.template.metadata.labels));
          const port = service.spec.ports.find(({ port }: Manifest) => port === clientConfig.service.port);
          const containerPort = container.ports.find(({ name }: Manifest) => name === port.targetPort);
          assert.equal(String(containerPort.containerPort), flag('port'));
          assert.equal(clientConfig.service.path, path);
        }
      }
    });

    test('probe the health port of the server', () => {
      const health = container.ports.find(({ name }: Manifest) => name === 'health');
      assert.equal(String(health.containerPort), flag('health-port'));
      for (const [probe, path] of [
        ['startupProbe', '/healthz'],
        ['livenessProbe', '/healthz'],
        ['readinessProbe', '/readyz'],
      ] as const)
        assert.deepEqual(container[probe].httpGet, { path, port: 'health' });
    });

    test('give the server enough time to stop', () => {
      const inFlight = 30; // seconds: the server's requestTimeout
      assert.ok(
        deployment.spec.template.spec.terminationGracePeriodSeconds > Number(flag('shutdown-delay')) + inFlight,
      );
      assert.equal(container.lifecycle, undefined);
      const surge = args === hostNetwork ? 0 : 1; // on the host network, a new replica can need the node of an old one
      assert.deepEqual(deployment.spec.strategy.rollingUpdate, { maxUnavailable: 1 - surge, maxSurge: surge });
    });

    test('select the pods of the Deployment in every selector', () => {
      const { labels } = deployment.spec.template.metadata;
      const selectors = [
        deployment.spec.selector,
        ...deployment.spec.template.spec.topologySpreadConstraints.map(({ labelSelector }: Manifest) => labelSelector),
        ...manifests.flatMap(({ kind, spec }) => (kind === 'PodDisruptionBudget' ? [spec.selector] : [])),
        ...manifests.flatMap(({ kind, spec }) => (kind === 'NetworkPolicy' ? [spec.podSelector] : [])),
      ];
      for (const selector of selectors) {
        assert.ok(selects(selector, labels));
        assert.ok(!selects(selector, {}), 'an empty selector selects every pod');
      }
    });

    test('send only the creation of pods to the mutating webhook', () => {
      const { webhooks } = configuration;
      assert.equal(webhooks.length, 1);
      const [{ clientConfig, objectSelector, namespaceSelector, matchConditions, ...rest }] = webhooks;
      assert.deepEqual(rest, {
        name: 'pods.downlink.dev',
        admissionReviewVersions: ['v1'],
        rules: [
          { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], scope: 'Namespaced' },
        ],
        matchPolicy: 'Equivalent',
        failurePolicy: 'Fail',
        timeoutSeconds: 5,
        reinvocationPolicy: 'IfNeeded',
        sideEffects: 'None',
      });
    });

    test('send every workload kind to the validating webhooks, which never deny', () => {
      const rule = (group: string, versions: readonly string[], ...resources: readonly string[]) => ({
        operations: ['CREATE', 'UPDATE'],
        apiGroups: [group],
        apiVersions: versions,
        resources,
        scope: 'Namespaced',
      });
      const cronJobs = name.endsWith('1.20') ? ['v1', 'v1beta1'] : ['v1'];
      const expected = [
        [
          'workloads.downlink.dev',
          rule('apps', ['v1'], 'deployments', 'statefulsets', 'daemonsets', 'replicasets'),
          rule('', ['v1'], 'replicationcontrollers'),
          rule('batch', ['v1'], 'jobs'),
        ],
        ['cronjobs.downlink.dev', rule('batch', cronJobs, 'cronjobs')],
      ];
      const actual = validating.webhooks.map(
        ({ clientConfig, objectSelector, namespaceSelector, matchConditions, name, rules, ...rest }: Manifest) => {
          assert.deepEqual(rest, {
            admissionReviewVersions: ['v1'],
            matchPolicy: 'Equivalent',
            failurePolicy: 'Ignore',
            timeoutSeconds: 2,
            sideEffects: 'None',
          });
          return [name, ...rules];
        },
      );
      assert.deepEqual(actual, expected);
    });

    test('give both webhook configurations the same name and annotations', () => {
      const { name, annotations } = configuration.metadata;
      assert.deepEqual([validating.metadata.name, validating.metadata.annotations], [name, annotations]);
    });

    test('select the same namespaces for workload warnings as for pods', () => {
      const [{ namespaceSelector }] = configuration.webhooks;
      for (const webhook of validating.webhooks) assert.deepEqual(webhook.namespaceSelector, namespaceSelector);
    });

    test('exclude only the objects of Downlink itself by label', () => {
      for (const { objectSelector } of [...configuration.webhooks, ...validating.webhooks]) {
        assert.ok(!selects(objectSelector, deployment.spec.template.metadata.labels), 'its pods and ReplicaSets');
        assert.ok(!selects(objectSelector, deployment.metadata.labels), 'its Deployment');
        assert.ok(selects(objectSelector, {}));
        assert.ok(selects(objectSelector, { 'app.kubernetes.io/name': 'downlink' }));
      }
    });
  });
}

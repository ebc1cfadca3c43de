import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Manifest, only } from '../support/manifests.ts';
import { namespace, render, renderText, set, skip } from './render-chart.ts';

describe('the manifests for a version of Kubernetes', { skip }, () => {
  const conditions = [
    `has(object.metadata.annotations) && object.metadata.annotations.exists(key, key.startsWith('downlink.dev/'))`,
    `!has(object.metadata.annotations) || !('downlink.dev/inject' in object.metadata.annotations) || object.metadata.annotations['downlink.dev/inject'] != 'false'`,
    `!has(object.metadata.annotations) || !('kubernetes.io/config.mirror' in object.metadata.annotations)`,
  ];
  const optedIn = { matchLabels: { 'downlink.dev/enabled': 'true' } };
  const excluding = (...values: readonly string[]) => ({
    matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values }],
  });
  const versions = [
    ['1.20', undefined, optedIn, undefined, 'autoscaling/v2beta2'],
    ['v1.20.2', undefined, optedIn, undefined, 'autoscaling/v2beta2'],
    ['1.22', undefined, optedIn, {}, 'autoscaling/v2beta2'],
    ['1.28', undefined, optedIn, { unhealthyPodEvictionPolicy: 'AlwaysAllow' }, 'autoscaling/v2'],
    ['v1.29.9-eks-a737599', undefined, optedIn, { unhealthyPodEvictionPolicy: 'AlwaysAllow' }, 'autoscaling/v2'],
    [
      '1.30',
      conditions,
      excluding('kube-system', namespace),
      { unhealthyPodEvictionPolicy: 'AlwaysAllow' },
      'autoscaling/v2',
    ],
    [
      'v1.30.4-gke.1348000',
      conditions,
      excluding('kube-system', namespace),
      { unhealthyPodEvictionPolicy: 'AlwaysAllow' },
      'autoscaling/v2',
    ],
    [
      '1.36',
      conditions,
      excluding('kube-system', namespace),
      { unhealthyPodEvictionPolicy: 'AlwaysAllow' },
      'autoscaling/v2',
    ],
  ] as const;
  for (const [kubeVersion, expressions, namespaceSelector, budget, autoscaling] of versions) {
    test(`${kubeVersion}: ${expressions ? 'match conditions, in all namespaces but two' : 'a namespace selector for a label'}`, async () => {
      const manifests = await render('--kube-version', kubeVersion, '--set', 'autoscaling.enabled=true');
      const [webhook] = only(manifests, 'MutatingWebhookConfiguration').webhooks;
      assert.deepEqual(
        webhook.matchConditions?.map(({ expression }: Manifest) => expression),
        expressions,
      );
      assert.deepEqual(webhook.namespaceSelector, namespaceSelector);
      for (const { matchConditions } of only(manifests, 'ValidatingWebhookConfiguration').webhooks)
        assert.deepEqual(
          matchConditions?.map(({ name }: Manifest) => name),
          expressions && ['names-downlink', 'has-no-controller'],
        );
      const budgets = manifests.filter(({ kind }) => kind === 'PodDisruptionBudget');
      assert.deepEqual(
        budgets.map(({ apiVersion, spec: { selector, ...spec } }) => ({ apiVersion, ...spec })),
        budget === undefined ? [] : [{ apiVersion: 'policy/v1', maxUnavailable: 1, ...budget }],
      );
      assert.equal(only(manifests, 'HorizontalPodAutoscaler').apiVersion, autoscaling);
    });
  }

  for (const [helmVersion, kubernetesVersion] of [
    ['1.29', '1.36'],
    ['1.36', 'v1.29'],
    ['1.36', '1.20.2'],
    ['1.20', '1.23'],
  ] as const)
    test(`are those for kubernetesVersion=${kubernetesVersion} although helm reports ${helmVersion}`, async () => {
      const args = set('autoscaling.enabled=true');
      const all = await render(
        ...args,
        '--kube-version',
        helmVersion,
        '--set-string',
        `kubernetesVersion=${kubernetesVersion}`,
      );
      const [{ args: flags }] = only(all, 'Deployment').spec.template.spec.containers;
      assert.deepEqual(flags.splice(flags.indexOf(`--kubernetes-version=${kubernetesVersion}`), 1), [
        `--kubernetes-version=${kubernetesVersion}`,
      ]);
      assert.deepEqual(all, await render(...args, '--kube-version', kubernetesVersion));
    });

  test('exclude the namespaces of webhook.excludedNamespaces', async () => {
    const manifests = await render(...set('webhook.excludedNamespaces={a,kube-system}'));
    const [webhook] = only(manifests, 'MutatingWebhookConfiguration').webhooks;
    assert.deepEqual(webhook.namespaceSelector, excluding('kube-system', namespace, 'a'));
  });

  test('are not rendered before 1.20', () =>
    assert.rejects(renderText('--kube-version', '1.19'), { message: /kubeVersion/ }));
});

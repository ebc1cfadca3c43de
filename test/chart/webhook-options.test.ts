import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Manifest, only } from '../support/manifests.ts';
import { namespace, render, renderText, set, skip } from './render-chart.ts';

const withProfile = [...set('profiles.web.env=pod', 'namespaceProfiles={web}')];
const excluded = {
  key: 'kubernetes.io/metadata.name',
  operator: 'NotIn',
  values: ['kube-system', namespace],
};
const ofProfile = { key: 'downlink.dev/profile', operator: 'In', values: ['web'] };
const isTest = { key: 'environment', operator: 'NotIn', values: ['test'] };
const narrower = set(
  'webhook.namespaceSelector.matchLabels.team=shop',
  'webhook.namespaceSelector.matchExpressions[0].key=environment',
  'webhook.namespaceSelector.matchExpressions[0].operator=NotIn',
  'webhook.namespaceSelector.matchExpressions[0].values={test}',
);

async function webhooksFor(...args: readonly string[]): Promise<Readonly<Record<'pods' | 'workloads', Manifest[]>>> {
  const manifests = await render(...withProfile, ...args);
  const webhooksOf = (kind: string) => only(manifests, kind).webhooks;
  return {
    pods: webhooksOf('MutatingWebhookConfiguration'),
    workloads: webhooksOf('ValidatingWebhookConfiguration'),
  };
}

describe('the options of the webhooks', { skip }, () => {
  test('webhook.failurePolicy is for pods that name Downlink themselves', async () => {
    const { pods, workloads } = await webhooksFor(...set('webhook.failurePolicy=Ignore'));
    assert.deepEqual(
      pods.map(({ failurePolicy }) => failurePolicy),
      ['Ignore', 'Ignore'],
    );
    assert.ok(workloads.every(({ failurePolicy }) => failurePolicy === 'Ignore'));
    const required = await webhooksFor(...set('webhook.failurePolicy=Ignore', 'namespaceProfilesFailurePolicy=Fail'));
    assert.deepEqual(
      required.pods.map(({ failurePolicy }) => failurePolicy),
      ['Fail', 'Ignore'],
    );
  });

  test('webhook.timeoutSeconds is for all pods, not for workload warnings', async () => {
    const { pods, workloads } = await webhooksFor(...set('webhook.timeoutSeconds=10'));
    assert.deepEqual(
      [...pods, ...workloads].map(({ timeoutSeconds }) => timeoutSeconds),
      [10, 10, 2, 2],
    );
  });

  test('webhook.matchConditions follow those of the chart, for all pods', async () => {
    const value = `webhook.matchConditions[0].expression=!object.metadata.name.startsWith("a: #'b'")`;
    const { pods, workloads } = await webhooksFor(...set('webhook.matchConditions[0].name=x.io/not-a', value));
    const usual = await webhooksFor();
    const mine = { name: 'x.io/not-a', expression: `!object.metadata.name.startsWith("a: #'b'")` };
    for (const [index, { matchConditions }] of pods.entries())
      assert.deepEqual(matchConditions, [...usual.pods[index].matchConditions, mine]);
    assert.deepEqual(workloads, usual.workloads);
  });

  test('webhook.matchConditions are refused before Kubernetes 1.30, because they would have no effect', async () => {
    const values = set('webhook.matchConditions[0].name=x', 'webhook.matchConditions[0].expression=1>0');
    await assert.rejects(renderText(...values, '--kube-version', '1.29'), {
      message: /webhook\.matchConditions: Forbidden: Kubernetes v1\.29 does not support matchConditions/,
    });
    await renderText(...values, '--kube-version', '1.29', '--set-string', 'kubernetesVersion=1.30');
  });

  test('webhook.namespaceSelector is added to that of every webhook', async () => {
    const { pods, workloads } = await webhooksFor(...narrower);
    const matchLabels = { team: 'shop' };
    const usual = { matchLabels, matchExpressions: [excluded, isTest] };
    assert.deepEqual(
      [...pods, ...workloads].map(({ namespaceSelector }) => namespaceSelector),
      [{ matchLabels, matchExpressions: [ofProfile, excluded, isTest] }, usual, usual, usual],
    );
  });

  test('webhook.namespaceSelector is added to the label that is required before Kubernetes 1.30', async () => {
    const { pods, workloads } = await webhooksFor(...narrower, '--kube-version', '1.29');
    const usual = { matchLabels: { 'downlink.dev/enabled': 'true', team: 'shop' }, matchExpressions: [isTest] };
    assert.deepEqual(
      [...pods, ...workloads].map(({ namespaceSelector }) => namespaceSelector),
      [{ matchLabels: { team: 'shop' }, matchExpressions: [ofProfile, isTest] }, usual, usual, usual],
    );
  });
});

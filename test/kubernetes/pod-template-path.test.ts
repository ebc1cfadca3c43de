import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { podTemplatePath, podTemplatePathIn } from '../../src/kubernetes/pod-template-path.ts';

const template = { spec: { containers: [{ name: 'main' }] } };
const inner = { spec: { template } };

describe('the pod template of an object', () => {
  for (const [name, apiVersion, kind, object, path] of [
    ['of a custom resource is found by its shape', 'argoproj.io/v1alpha1', 'Rollout', inner, 'spec.template'],
    [
      'of a custom resource with a Job template is found',
      'example.com/v1',
      'Nightly',
      { spec: { jobTemplate: inner } },
      'spec.jobTemplate.spec.template',
    ],
    ['of a PodTemplate is found', 'v1', 'PodTemplate', { template }, 'template'],
    ['of a Service of Knative is found', 'serving.knative.dev/v1', 'Service', inner, 'spec.template'],
    ['of a Deployment needs no containers', 'apps/v1', 'Deployment', { spec: {} }, 'spec.template'],
    ['of a Pod is the object', 'v1', 'Pod', inner, ''],
    ['does not exist without an apiVersion', undefined, 'Rollout', inner, undefined],
    ['does not exist without containers', 'example.com/v1', 'Sealed', { spec: { template: {} } }, undefined],
    [
      'does not exist with an empty list, which an operator fills',
      'example.com/v1',
      'Fleet',
      { spec: { template: { spec: { containers: [] } } } },
      undefined,
    ],
    [
      'does not exist with containers that are not a list',
      'example.com/v1',
      'Fleet',
      { spec: { template: { spec: { containers: { name: 'main' } } } } },
      undefined,
    ],
  ] as const) {
    test(name, () => {
      assert.equal(podTemplatePathIn(object, apiVersion, kind)?.join('.'), path);
    });
  }

  test('is known to the webhook and to scan only for the kinds of Kubernetes', () => {
    assert.equal(podTemplatePath('argoproj.io/v1alpha1', 'Rollout'), undefined);
    assert.equal(podTemplatePath('v1', 'PodTemplate'), undefined);
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { validateWorkload, type WorkloadValidation } from '../../src/admission/validate-workload.ts';
import type { InjectionOptions } from '../../src/injection/injection-options.ts';
import { defaultOptions } from '../golden/default-options.ts';
import { answerOf, workloadReviewOf } from '../support/admission-review.ts';
import { deploymentWith, podSpec, workloadKinds, workloadOf } from '../support/workloads.ts';

function validate(review: unknown, changes: Partial<InjectionOptions> = {}): WorkloadValidation {
  const validation = validateWorkload(review, { ...defaultOptions, ...changes });
  if (validation.kind === 'invalid') throw new Error(validation.problem);
  return validation;
}

const codes = (review: unknown, changes?: Partial<InjectionOptions>) =>
  validate(review, changes).warnings.first.map(({ code }) => code);

const faulty = { 'downlink.dev/env': 'POD=metadata.nam', 'downlink.dev/volumes': 'labels' };
const words = [
  'downlink: Deployment/web: spec.template.metadata.annotations[downlink.dev/volumes]: Forbidden: unknown annotation; did you mean downlink.dev/volume?',
  'downlink: Deployment/web: spec.template.metadata.annotations[downlink.dev/env]: Invalid value: "POD=metadata.nam": unknown field; did you mean "POD=metadata.name"?',
];
const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'a' };

describe('the review of a workload', () => {
  for (const { name, review, outcome, reason, warnings = [] } of [
    {
      name: 'with mistakes allows it, with a warning for each',
      review: workloadReviewOf(deploymentWith(faulty)),
      outcome: 'warned',
      warnings: words,
    },
    {
      name: 'that is updated has the same warnings',
      review: workloadReviewOf(deploymentWith(faulty), { operation: 'UPDATE', oldObject: deploymentWith(faulty) }),
      outcome: 'warned',
      warnings: words,
    },
    {
      name: 'has warnings about mistakes before those about misplaced annotations',
      review: workloadReviewOf(deploymentWith(faulty, { annotations: { 'downlink.dev/env': 'pod' } })),
      outcome: 'warned',
      warnings: [
        ...words,
        'downlink: Deployment/web: metadata.annotations[downlink.dev/env]: it has no effect here, and spec.template.metadata.annotations has another downlink.dev/env; remove it',
      ],
    },
    {
      name: 'without mistakes has no warnings',
      review: workloadReviewOf(deploymentWith({ 'downlink.dev/env': 'pod' })),
      outcome: 'silent',
    },
    {
      name: 'without annotations of Downlink has no warnings',
      review: workloadReviewOf(deploymentWith({})),
      outcome: 'silent',
    },
    {
      name: 'that has a controller is skipped',
      review: workloadReviewOf(deploymentWith(faulty, { ownerReferences: [{ ...owner, controller: true }] })),
      outcome: 'skipped',
      reason: 'has-controller',
    },
    {
      name: 'whose owner is not a controller has warnings',
      review: workloadReviewOf(deploymentWith(faulty, { ownerReferences: [owner, { ...owner, controller: false }] })),
      outcome: 'warned',
      warnings: words,
    },
    {
      name: 'with invalid owners has warnings',
      review: workloadReviewOf(deploymentWith(faulty, { ownerReferences: [null, 1, { controller: 'true' }] })),
      outcome: 'warned',
      warnings: words,
    },
    {
      name: 'that is deleted is skipped',
      review: workloadReviewOf(deploymentWith(faulty), { operation: 'DELETE', object: null }),
      outcome: 'skipped',
      reason: 'not-create-or-update',
    },
    {
      name: 'of a CONNECT is skipped',
      review: workloadReviewOf(deploymentWith(faulty), { operation: 'CONNECT' }),
      outcome: 'skipped',
      reason: 'not-create-or-update',
    },
    {
      name: 'whose scale changes is skipped',
      review: workloadReviewOf(deploymentWith(faulty), { operation: 'UPDATE', subResource: 'scale' }),
      outcome: 'skipped',
      reason: 'not-a-workload',
    },
    {
      name: 'that is a pod is skipped',
      review: workloadReviewOf({ apiVersion: 'v1', kind: 'Pod', metadata: { annotations: faulty }, spec: podSpec }),
      outcome: 'skipped',
      reason: 'not-a-workload',
    },
    {
      name: 'of another kind is skipped',
      review: workloadReviewOf({ ...deploymentWith(faulty), apiVersion: 'example.com/v1' }),
      outcome: 'skipped',
      reason: 'not-a-workload',
    },
    {
      name: 'without a kind is skipped',
      review: workloadReviewOf(deploymentWith(faulty), { kind: null }),
      outcome: 'skipped',
      reason: 'not-a-workload',
    },
    {
      name: 'without an object has no warnings',
      review: workloadReviewOf(deploymentWith(faulty), { object: undefined }),
      outcome: 'silent',
    },
    {
      name: 'with a string as its object has no warnings',
      review: workloadReviewOf(deploymentWith(faulty), { object: 'web' }),
      outcome: 'silent',
    },
  ] as const) {
    test(name, () => {
      const validation = validate(review);
      assert.deepEqual([validation.outcome, validation.reason], [outcome, reason]);
      const response = { uid: review.request.uid, allowed: true, ...(warnings.length > 0 && { warnings }) };
      assert.deepEqual(validation.response, answerOf(response));
    });
  }

  for (const workload of workloadKinds) {
    test(`of ${workload.apiVersion} ${workload.kind} has warnings`, () => {
      const object = workloadOf(workload, { metadata: { annotations: faulty }, spec: podSpec });
      const { outcome, warnings } = validate(workloadReviewOf(object));
      assert.equal(outcome, 'warned');
      assert.deepEqual(
        warnings.first.map(({ code, field }) => [code, field]),
        ['volumes', 'env'].map((key) => ['invalid', `${workload.path}.metadata.annotations[downlink.dev/${key}]`]),
      );
    });
  }

  test('has each mistake once, even if the cluster lets pods through', () => {
    assert.deepEqual(codes(workloadReviewOf(deploymentWith(faulty)), { onInvalid: 'warn' }), ['invalid', 'invalid']);
  });

  test('depends on the version of the API server', () => {
    const native = deploymentWith({ 'downlink.dev/ambassador': 'true', 'downlink.dev/ambassador-sidecar': 'native' });
    const codesWith = (minor: number) => codes(workloadReviewOf(native), { kubernetesVersion: { major: 1, minor } });
    assert.deepEqual(codesWith(28), ['invalid']);
    assert.deepEqual(codesWith(33), ['quality-of-service']);
  });

  test('depends on the namespace of the pods', () => {
    const access = { 'downlink.dev/ambassador': 'true', 'downlink.dev/ambassador-access': 'own-namespace' };
    const codesWith = (namespace: string) => codes(workloadReviewOf(deploymentWith(access), {}, namespace));
    assert.deepEqual(codesWith('shop'), ['quality-of-service']);
    assert.deepEqual(codesWith(''), ['invalid']);
  });

  test('shows twenty warnings of 256 characters, and the number of the others', () => {
    const items = Array.from({ length: 1000 }, (_, index) => `${'x'.repeat(100)}${index}=metadata.nam${index}`);
    const { response, warnings } = validate(workloadReviewOf(deploymentWith({ 'downlink.dev/env': items.join() })));
    assert.equal(warnings.total, 1000);
    const { warnings: shown = [] } = response.response;
    assert.equal(shown.length, 21);
    assert.equal(shown.at(-1), 'downlink: Deployment/web: and 980 more');
    for (const text of shown) assert.ok(text.length <= 256 && !/\p{Cc}/u.test(text), text);
  });

  for (const [name, metadata, shown] of [
    ['its name', { name: 'web' }, 'Deployment/web'],
    ['the beginning of its name', { name: undefined, generateName: 'web-' }, 'Deployment/web-'],
    ['its kind if it has no name', { name: undefined }, 'Deployment'],
    [
      'both ends of a long name',
      { name: `${'a'.repeat(200)}-one` },
      `Deployment/${'a'.repeat(30)}...${'a'.repeat(26)}-one`,
    ],
    ['no control characters', { name: 'a\nb' }, 'Deployment/a\\nb'],
  ] as const) {
    test(`names the object in each warning: ${name}`, () => {
      const { response } = validate(workloadReviewOf(deploymentWith(faulty, metadata)));
      const { warnings = [] } = response.response;
      assert.equal(warnings.length, 2);
      for (const text of warnings) {
        assert.ok(text.startsWith(`downlink: ${shown}: spec.template.metadata.annotations[`), text);
        assert.ok(text.length <= 256 && !/\p{Cc}/u.test(text), text);
      }
    });
  }

  for (const [name, review] of [
    ['null', null],
    ['a list', []],
    ['another kind', { ...workloadReviewOf(deploymentWith({})), kind: 'Deployment' }],
    ['another version', { ...workloadReviewOf(deploymentWith({})), apiVersion: 'admission.k8s.io/v1beta1' }],
    ['no request', { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' }],
    ['a request without a uid', workloadReviewOf(deploymentWith({}), { uid: '' })],
  ] as const) {
    test(`that is ${name} is a problem`, () => {
      assert.ok('problem' in validateWorkload(review, defaultOptions));
    });
  }
});

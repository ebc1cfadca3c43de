import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type CelInput, isCelError, run } from '@bufbuild/cel';
import { helm, helmIsMissing } from '../../deploy/helm.ts';
import { chart } from '../../deploy/render.ts';
import { mutate } from '../../src/admission/mutate-pod.ts';
import { validateWorkload } from '../../src/admission/validate-workload.ts';
import { defaultOptions } from '../golden/default-options.ts';
import { reviewOf, workloadReviewOf } from '../support/admission-review.ts';
import { type Manifest, only, parseManifests } from '../support/manifests.ts';
import { podSpec, workloadKinds, workloadOf } from '../support/workloads.ts';

const skip = await helmIsMissing();

const ours = { annotations: { 'example.com/note': 'x', 'downlink.dev/env': 'POD=metadata.nam' } };
const others = { annotations: { 'example.com/downlink.dev': 'x', 'downlink.dev': 'x' } };
const optedOut = { annotations: { ...ours.annotations, 'downlink.dev/inject': 'false' } };
const notQuite = { annotations: { ...ours.annotations, 'downlink.dev/inject': 'False' } };
const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'a' };
const shapesOfMetadata: readonly (readonly [name: string, metadata: object | undefined, isOurs: boolean])[] = [
  ['no metadata', undefined, false],
  ['empty metadata', {}, false],
  ['metadata with a null time', { creationTimestamp: null }, false],
  ['empty annotations', { annotations: {} }, false],
  ["others' annotations", others, false],
  ['one of our annotations', ours, true],
];
/** Of a pod, or of a pod template: what opted out is spared although it has annotations of ours. */
const shapesOfPodMetadata: typeof shapesOfMetadata = [
  ...shapesOfMetadata,
  ['an opt-out beside our annotations', optedOut, false],
  ['an opt-out alone', { annotations: { 'downlink.dev/inject': 'false' } }, false],
  ['an opt-out that is misspelt', notQuite, true],
  ['an empty opt-out', { annotations: { 'downlink.dev/inject': '' } }, true],
];
const owners: readonly (readonly [name: string, ownerReferences: readonly object[] | undefined, spared: boolean])[] = [
  ['no owner', undefined, false],
  ['an empty list of owners', [], false],
  ['an owner that is no controller', [owner, { ...owner, controller: false }], false],
  ['a controller', [owner, { ...owner, controller: true }], true],
];

describe('the match conditions of', { skip }, async () => {
  const manifests = skip
    ? []
    : parseManifests(await helm('template', 'downlink', chart, '-n', 'downlink', '--kube-version', '1.36'));
  const webhookFor = (resource: string): Manifest => {
    const kind = resource === 'pods' ? 'MutatingWebhookConfiguration' : 'ValidatingWebhookConfiguration';
    const isFor = ({ rules }: Manifest) => rules.some(({ resources }: Manifest) => resources.includes(resource));
    return only(manifests, kind).webhooks.find(isFor);
  };
  /** Whether the API server sends the object; fails where an expression does, or gives anything but true and false. */
  const sends = (resource: string, object: object): boolean => {
    const results = webhookFor(resource).matchConditions.map(({ name, expression }: Manifest) => {
      const result = run(expression, { object: object as unknown as CelInput });
      assert.ok(!isCelError(result), `${name}: ${String(result)}: ${JSON.stringify(object)}`);
      assert.equal(typeof result, 'boolean', name);
      return result;
    });
    return results.every((result: boolean) => result);
  };

  describe('pods', () => {
    const mirror = { 'kubernetes.io/config.mirror': 'hash' };
    for (const [name, metadata, sent] of [
      ...shapesOfPodMetadata.filter(([, metadata]) => metadata !== undefined),
      ['a mirror pod', { annotations: mirror }, false],
      ['a mirror pod with one of our annotations', { annotations: { ...ours.annotations, ...mirror } }, false],
    ] as const) {
      it(`${sent ? 'send' : 'spare'} a pod with ${name}`, () => {
        assert.equal(sends('pods', { apiVersion: 'v1', kind: 'Pod', metadata, spec: podSpec }), sent);
      });
    }
  });

  for (const workload of workloadKinds.filter(({ apiVersion }) => apiVersion !== 'batch/v1beta1')) {
    const { kind } = workload;
    const resource = `${kind.toLowerCase()}s`;
    describe(`${resource}`, () => {
      for (const [where, metadata, isOurs] of shapesOfMetadata)
        for (const [what, templateMetadata, asks] of shapesOfPodMetadata)
          it(`${isOurs || asks ? 'send' : 'spare'} one with ${where} and a template with ${what}`, () => {
            const template = { spec: podSpec, ...(templateMetadata && { metadata: templateMetadata }) };
            assert.equal(sends(resource, workloadOf(workload, template, metadata)), isOurs || asks);
          });

      it('send one with an opt-out of its own, which does nothing there', () => {
        assert.equal(sends(resource, workloadOf(workload, { spec: podSpec }, optedOut)), true);
      });

      for (const [who, ownerReferences, spared] of owners)
        it(`${spared ? 'spare' : 'send'} one with ${who}`, () => {
          const metadata = { ...ours, ...(ownerReferences && { ownerReferences }) };
          assert.equal(sends(resource, workloadOf(workload, {}, metadata)), !spared);
        });

      for (const spec of [undefined, {}, { template: {} }, { jobTemplate: {} }, { jobTemplate: { spec: {} } }])
        it(`fail on no part that is missing: ${JSON.stringify(spec) ?? 'no spec'}`, () => {
          const object = { apiVersion: workload.apiVersion, kind, metadata: {}, ...(spec && { spec }) };
          assert.equal(sends(resource, object), false);
        });
    });
  }

  describe('cronjobs', () => {
    for (const [what, metadata, isOurs] of shapesOfMetadata)
      it(`${isOurs ? 'send' : 'spare'} one whose jobs have ${what}`, () => {
        const object = workloadOf(workloadKinds[6], { spec: podSpec });
        const { jobTemplate } = object.spec as { jobTemplate: object };
        const spec = { ...object.spec, jobTemplate: { ...jobTemplate, ...(metadata && { metadata }) } };
        assert.equal(sends('cronjobs', { ...object, spec }), isOurs);
      });
  });

  it('spare nothing that the code would warn of or inject', () => {
    for (const workload of workloadKinds) {
      for (const [, metadata] of shapesOfPodMetadata)
        for (const [, templateMetadata] of shapesOfPodMetadata)
          for (const [, ownerReferences] of owners) {
            const object = workloadOf(
              workload,
              { metadata: templateMetadata ?? {}, spec: podSpec },
              { ...metadata, ...(ownerReferences && { ownerReferences }) },
            );
            const validation = validateWorkload(workloadReviewOf(object), defaultOptions);
            if ('problem' in validation || validation.outcome !== 'warned') continue;
            assert.ok(sends(`${workload.kind.toLowerCase()}s`, object), JSON.stringify(object));
          }
    }
    for (const [, metadata = {}] of shapesOfPodMetadata) {
      const pod = { metadata, spec: podSpec };
      const mutation = mutate(reviewOf(pod), { ...defaultOptions, onInvalid: 'deny' });
      assert.ok(!('problem' in mutation));
      assert.equal(sends('pods', pod), mutation.outcome !== 'skipped' || mutation.warnings.total > 0);
    }
  });
});

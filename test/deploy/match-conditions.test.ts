import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { type CelInput, celEnv, isCelError, parse, plan } from '@bufbuild/cel';
import { installFile } from '../../deploy/render.ts';
import { mutate } from '../../src/admission/mutate-pod.ts';
import { validateWorkload } from '../../src/admission/validate-workload.ts';
import { defaultOptions } from '../golden/default-options.ts';
import { reviewOf, workloadReviewOf } from '../support/admission-review.ts';
import { type Manifest, only, parseManifests } from '../support/manifests.ts';
import { podSpec, workloadKinds, workloadOf } from '../support/workloads.ts';

// test/chart checks that install.yaml is what the chart renders, and that all webhooks for pods share these two conditions.
const manifests = parseManifests(await readFile(installFile, 'utf8'));

const ours = { annotations: { 'example.com/note': 'x', 'downlink.dev/env': 'POD=metadata.nam' } };
const others = { annotations: { 'example.com/downlink.dev': 'x', 'downlink.dev': 'x' } };
const optedOut = { annotations: { ...ours.annotations, 'downlink.dev/inject': 'false' } };
const notQuite = { annotations: { ...ours.annotations, 'downlink.dev/inject': 'False' } };
const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'a' };
const metadataCases: readonly (readonly [name: string, metadata: object | undefined, matches: boolean])[] = [
  ['no metadata', undefined, false],
  ['empty metadata', {}, false],
  ['metadata with a null time', { creationTimestamp: null }, false],
  ['empty annotations', { annotations: {} }, false],
  ["others' annotations", others, false],
  ['one of our annotations', ours, true],
];
/** Metadata of a pod or a pod template: an opt-out wins over the annotations beside it. */
const podMetadataCases: typeof metadataCases = [
  ...metadataCases,
  ['an opt-out beside our annotations', optedOut, false],
  ['an opt-out alone', { annotations: { 'downlink.dev/inject': 'false' } }, false],
  ['an opt-out that is misspelled', notQuite, true],
  ['an empty opt-out', { annotations: { 'downlink.dev/inject': '' } }, true],
];
const ownerCases: readonly (readonly [
  name: string,
  ownerReferences: readonly object[] | undefined,
  matches: boolean,
])[] = [
  ['no owner', undefined, true],
  ['an empty list of owners', [], true],
  ['an owner that is not a controller', [owner, { ...owner, controller: false }], true],
  ['a controller', [owner, { ...owner, controller: true }], false],
];

const environment = celEnv();
const programs = new Map<string, ReturnType<typeof plan>>();

function programOf(expression: string): ReturnType<typeof plan> {
  const program = programs.get(expression) ?? plan(environment, parse(expression));
  programs.set(expression, program);
  return program;
}

function webhookFor(resource: string): Manifest {
  const kind = resource === 'pods' ? 'MutatingWebhookConfiguration' : 'ValidatingWebhookConfiguration';
  const hasRule = ({ rules }: Manifest) => rules.some(({ resources }: Manifest) => resources.includes(resource));
  return only(manifests, kind).webhooks.find(hasRule);
}

/** Reports whether the API server sends the object to the webhook. Throws if an expression fails or is not boolean. */
function match(resource: string, object: object): boolean {
  const results = webhookFor(resource).matchConditions.map(({ name, expression }: Manifest) => {
    const result = programOf(expression)({ object: object as unknown as CelInput });
    assert.ok(!isCelError(result), `${name}: ${String(result)}: ${JSON.stringify(object)}`);
    assert.equal(typeof result, 'boolean', name);
    return result;
  });
  return results.every((result: boolean) => result);
}

const verb = (matches: boolean) => (matches ? 'match' : 'do not match');

describe('matchConditions', () => {
  describe('for pods', () => {
    const mirror = { 'kubernetes.io/config.mirror': 'hash' };
    for (const [name, metadata, matches] of [
      ...podMetadataCases.filter(([, metadata]) => metadata !== undefined),
      ['a mirror pod', { annotations: mirror }, false],
      ['a mirror pod with one of our annotations', { annotations: { ...ours.annotations, ...mirror } }, false],
    ] as const) {
      test(`${verb(matches)} a pod with ${name}`, () => {
        assert.equal(match('pods', { apiVersion: 'v1', kind: 'Pod', metadata, spec: podSpec }), matches);
      });
    }
  });

  for (const workload of workloadKinds.filter(({ apiVersion }) => apiVersion !== 'batch/v1beta1')) {
    const { kind } = workload;
    const resource = `${kind.toLowerCase()}s`;
    describe(`for ${resource}`, () => {
      for (const [own, metadata, ownMatches] of metadataCases)
        for (const [ofPods, templateMetadata, templateMatches] of podMetadataCases)
          test(`${verb(ownMatches || templateMatches)} one with ${own} and a template with ${ofPods}`, () => {
            const template = { spec: podSpec, ...(templateMetadata && { metadata: templateMetadata }) };
            assert.equal(match(resource, workloadOf(workload, template, metadata)), ownMatches || templateMatches);
          });

      test('match one with an opt-out of its own, which has no effect there', () => {
        assert.equal(match(resource, workloadOf(workload, { spec: podSpec }, optedOut)), true);
      });

      for (const [name, ownerReferences, matches] of ownerCases)
        test(`${verb(matches)} one with ${name}`, () => {
          const metadata = { ...ours, ...(ownerReferences && { ownerReferences }) };
          assert.equal(match(resource, workloadOf(workload, {}, metadata)), matches);
        });

      for (const spec of [undefined, {}, { template: {} }, { jobTemplate: {} }, { jobTemplate: { spec: {} } }])
        test(`do not fail on a missing part: ${JSON.stringify(spec) ?? 'no spec'}`, () => {
          const object = { apiVersion: workload.apiVersion, kind, metadata: {}, ...(spec && { spec }) };
          assert.equal(match(resource, object), false);
        });
    });
  }

  describe('for cronjobs', () => {
    for (const [name, metadata, matches] of metadataCases)
      test(`${verb(matches)} one whose job template has ${name}`, () => {
        const object = workloadOf(workloadKinds[6], { spec: podSpec });
        const { jobTemplate } = object.spec as { jobTemplate: object };
        const spec = { ...object.spec, jobTemplate: { ...jobTemplate, ...(metadata && { metadata }) } };
        assert.equal(match('cronjobs', { ...object, spec }), matches);
      });
  });

  test('match everything that the code injects or warns about', () => {
    for (const workload of workloadKinds) {
      for (const [, metadata] of podMetadataCases)
        for (const [, templateMetadata] of podMetadataCases)
          for (const [, ownerReferences] of ownerCases) {
            const object = workloadOf(
              workload,
              { metadata: templateMetadata ?? {}, spec: podSpec },
              { ...metadata, ...(ownerReferences && { ownerReferences }) },
            );
            const validation = validateWorkload(workloadReviewOf(object), defaultOptions);
            if ('problem' in validation || validation.outcome !== 'warned') continue;
            assert.ok(match(`${workload.kind.toLowerCase()}s`, object), JSON.stringify(object));
          }
    }
    for (const [, metadata = {}] of podMetadataCases) {
      const pod = { metadata, spec: podSpec };
      const mutation = mutate(reviewOf(pod), { ...defaultOptions, onInvalid: 'deny' });
      assert.ok(!('problem' in mutation));
      assert.equal(match('pods', pod), mutation.outcome !== 'skipped' || mutation.warnings.total > 0);
    }
  });
});

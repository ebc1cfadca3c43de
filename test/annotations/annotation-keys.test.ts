import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  annotationField,
  annotationKey,
  annotationKeys,
  annotationNames,
} from '../../src/annotations/annotation-keys.ts';
import { injectPod } from '../../src/injection/inject-pod.ts';
import { goldenOptions } from '../golden/default-options.ts';

const config = { profiles: { web: { env: 'pod' }, datadog: { volume: 'labels' } } };
const options = goldenOptions({ onInvalid: 'deny', config });

describe('every key', () => {
  for (const name of annotationNames) {
    test(`${name} has a valid example`, () => {
      const annotations: Record<string, string> = { [annotationKey(name)]: annotationKeys[name].example };
      if (name !== 'inject') annotations[annotationKey('ambassador')] ??= 'true';
      // only a status that names its volume makes this annotation ours
      if (name === 'kubeconfig') annotations[annotationKey('status')] = '{"volumes":["downlink-kubeconfig"]}';
      const pod = {
        metadata: { name: 'example', annotations },
        spec: { containers: [{ name: 'main' }, { name: 'worker' }] },
      };
      const outcome = injectPod(pod, { namespace: 'default' }, options);
      assert.equal(outcome.kind, name === 'inject' ? 'skipped' : 'injected', JSON.stringify(outcome));
    });

    test(`${name} is a valid annotation key in Kubernetes`, () => {
      assert.match(annotationKey(name), /^downlink\.dev\/[a-z][a-z-]{0,62}$/);
    });
  }
});

test("a field shows a user's key truncated and without control characters", () => {
  assert.equal(annotationField('env'), 'metadata.annotations[downlink.dev/env]');
  assert.equal(annotationField('a\nb'), 'metadata.annotations[downlink.dev/a\\nb]');
  assert.ok(annotationField('x'.repeat(10_000)).length < 150);
});

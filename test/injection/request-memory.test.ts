import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { formatReview } from '../../src/admission/admission-response.ts';
import { mutate } from '../../src/admission/mutate-pod.ts';
import type { AnnotationName } from '../../src/annotations/annotation-keys.ts';
import { type CompileRequest, compileRequest, type RequestSource } from '../../src/injection/compile-request.ts';
import type { InjectionOptions } from '../../src/injection/injection-options.ts';
import { createRequestMemory } from '../../src/injection/request-memory.ts';
import { defaultOptions } from '../golden/default-options.ts';
import { reviewOf } from '../support/admission-review.ts';
import { configFrom, sampleClusterName, sampleNames, sampleProfiles } from '../support/sample-profiles.ts';
import { podWithAnyAnnotations, podWithValidAnnotations } from './arbitrary-pods.ts';

const withProfiles = { ...defaultOptions, profiles: sampleProfiles, clusterName: sampleClusterName };
const settings: readonly InjectionOptions[] = [
  { ...withProfiles, onInvalid: 'deny' },
  { ...withProfiles, onInvalid: 'warn', kubernetesVersion: { major: 1, minor: 28 } },
];

function sourceOf(values: Partial<Record<AnnotationName, string>>, others: Partial<RequestSource> = {}): RequestSource {
  const entries = Object.entries(values) as [AnnotationName, string][];
  return {
    values: new Map(entries),
    inheritedProfiles: [],
    origin: { namespace: 'default', isNamespaceAssumed: false },
    ...others,
  };
}

/** Returns a memory, and the number of requests that it has compiled. */
function countingMemory() {
  const counted = { compiled: 0 };
  const compile: CompileRequest = (source, options) => {
    counted.compiled++;
    return compileRequest(source, options);
  };
  return { counted, compile: createRequestMemory(compile) };
}

describe('a server that remembers requests', () => {
  test('answers with the same bytes as one that does not, whatever it has answered before', () => {
    const annotated = fc.oneof(podWithValidAnnotations, podWithAnyAnnotations);
    const step = fc.record({
      pod: annotated,
      annotations: fc.nat({ max: 3 }),
      given: fc.constantFrom(...settings),
      namespace: fc.constantFrom('default', 'team', ''),
      namespaceProfile: fc.constantFrom(undefined, undefined, ...sampleNames),
    });
    const { counted, compile } = countingMemory();
    let answered = 0;
    const property = fc.property(fc.array(annotated, { minLength: 4, maxLength: 4 }), fc.array(step), (pods, steps) => {
      for (const { pod, annotations, given, namespace, namespaceProfile } of steps) {
        const metadata = { ...pod.metadata, annotations: pods[annotations]?.metadata.annotations };
        const review = reviewOf({ ...pod, metadata }, namespace);
        const [remembering, forgetting] = [compile, undefined].map((one) =>
          mutate(review, given, namespaceProfile, one),
        );
        assert.ok(remembering?.kind === 'reviewed' && forgetting?.kind === 'reviewed');
        assert.equal(formatReview(remembering.response), formatReview(forgetting.response));
        assert.deepEqual(remembering, forgetting);
        answered++;
      }
    });
    fc.assert(property, { numRuns: 150 });
    assert.ok(counted.compiled < answered, `${counted.compiled} of ${answered} were compiled`);
  });

  test('compiles a request once', () => {
    const { counted, compile } = countingMemory();
    const source = sourceOf({ env: 'pod', volume: 'labels' });
    const first = compile(source, withProfiles);
    assert.equal(compile(sourceOf({ env: 'pod', volume: 'labels' }), withProfiles), first);
    assert.equal(counted.compiled, 1);
  });

  test('compiles it again for anything else that it depends on', () => {
    const different = [
      sourceOf({ env: 'pod' }),
      sourceOf({ env: 'node' }),
      sourceOf({ volume: 'pod' }),
      sourceOf({ env: 'pod","volume","labels' }),
      sourceOf({ env: 'pod', volume: 'labels' }),
      sourceOf({ env: 'pod' }, { inheritedProfiles: ['web'] }),
      sourceOf({ env: 'pod' }, { inheritedProfiles: ['web', 'go'] }),
      sourceOf({ env: 'pod' }, { inheritedProfiles: ['web,go'] }),
      sourceOf({ env: 'pod' }, { origin: { namespace: 'team', isNamespaceAssumed: false } }),
      sourceOf({ env: 'pod' }, { origin: { namespace: undefined, isNamespaceAssumed: false } }),
      sourceOf({ env: 'pod' }, { origin: { namespace: 'team', isNamespaceAssumed: true } }),
    ];
    const { counted, compile } = countingMemory();
    for (const source of different) compile(source, withProfiles);
    assert.equal(counted.compiled, different.length);
    compile(sourceOf({ env: 'pod' }), { ...withProfiles });
    assert.equal(counted.compiled, different.length + 1, 'other options');
  });

  test('keeps what is requested again and again, and forgets the others', () => {
    const { counted, compile } = countingMemory();
    const frequent = sourceOf({ env: 'pod' });
    const rare = sourceOf({ env: 'node' });
    compile(rare, withProfiles);
    const kept = compile(frequent, withProfiles);
    for (let index = 0; index < 5000; index++) {
      compile(sourceOf({ env: `A${index}="1"` }), withProfiles);
      if (index % 50 === 0) assert.equal(compile(frequent, withProfiles), kept);
    }
    const { compiled } = counted;
    compile(rare, withProfiles);
    assert.equal(counted.compiled, compiled + 1);
  });

  test('does not keep a request whose annotations are so long that few pods can share it', () => {
    const { counted, compile } = countingMemory();
    const long = sourceOf({ env: `A="${'x'.repeat(20_000)}"` });
    for (const source of [long, long]) compile(source, withProfiles);
    assert.equal(counted.compiled, 2);
  });

  test('keeps a request for a large profile, which many pods share, unless it would fill the memory', () => {
    for (const [variables, compilations] of [
      [100, 1],
      [1000, 2],
    ] as const) {
      const env = Array.from({ length: variables }, (_, index) => `SETTING_${index}="value ${index}"`).join();
      const { profiles } = configFrom({ profiles: { large: { env } } });
      const { counted, compile } = countingMemory();
      const settingsWithLarge = { ...withProfiles, profiles };
      for (let pod = 0; pod < 2; pod++) compile(sourceOf({ profile: 'large' }), settingsWithLarge);
      assert.equal(counted.compiled, compilations, `${variables} variables`);
    }
  });
});

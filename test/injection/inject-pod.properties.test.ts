import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import jsonpatch, { type Operation } from 'fast-json-patch';
import { mutate } from '../../src/admission/mutate-pod.ts';
import { asWarning, formatWarning, foundAll } from '../../src/diagnostics/findings.ts';
import type { Outcome } from '../../src/injection/decision.ts';
import { injectPod } from '../../src/injection/inject-pod.ts';
import type { InjectionOptions } from '../../src/injection/injection-options.ts';
import type { AmbassadorPolicy } from '../../src/injection/patch/injection-part.ts';
import { uninjectPod, withoutPaths } from '../../src/injection/uninject-pod.ts';
import { valueAt } from '../../src/json/json-value.ts';
import { qualityOfService } from '../../src/kubernetes/quality-of-service.ts';
import { defaultOptions } from '../golden/default-options.ts';
import { reviewOf } from '../support/admission-review.ts';
import { sampleClusterName, sampleNames, sampleProfiles } from '../support/sample-profiles.ts';
import {
  type ArbitraryContainer,
  type ArbitraryPod,
  brokenPod,
  podWithAnyAnnotations,
  podWithValidAnnotations,
} from './arbitrary-pods.ts';

const { ambassador } = defaultOptions;
const policy: fc.Arbitrary<AmbassadorPolicy> = fc.constantFrom(
  ambassador.policy,
  { ...ambassador.policy, pullSecrets: ['registry', 'mirror'] },
  {
    namespaces: ['def*', 'team'],
    access: ['read-only', 'own-namespace'],
    requiredAccess: ['read-only'],
    images: { image: ambassador.image, prefixes: ['registry.example.com/'] },
    pullSecrets: ['registry'],
  },
);
const options: fc.Arbitrary<InjectionOptions> = fc
  .tuple(fc.constantFrom(undefined, 20, 28, 29, 31, 32, 36), policy)
  .map(([minor, policy]) => ({
    ...defaultOptions,
    profiles: sampleProfiles,
    clusterName: sampleClusterName,
    ambassador: { ...ambassador, policy },
    kubernetesVersion: minor === undefined ? undefined : { major: 1, minor },
  }));
const runs = { numRuns: 400 };
const moreRuns = { numRuns: 1200 }; // for properties of pods of which only one in ten is patched
const namespace = 'default';

/** Runs the check for pods that are injected, and fails if too few of the generated ones are. */
function forPatchedPods(
  pods: fc.Arbitrary<ArbitraryPod>,
  check: (pod: ArbitraryPod, patch: Extract<Outcome, { kind: 'injected' }>, given: InjectionOptions) => void,
): void {
  let patched = 0;
  const property = fc.property(pods, options, (pod, given) => {
    const outcome = injectPod(deepFreeze(pod), { namespace }, given);
    if (outcome.kind !== 'injected') return;
    patched++;
    check(pod, outcome, given);
  });
  fc.assert(property, runs);
  assert.ok(patched > runs.numRuns / 100, `only ${patched} of ${runs.numRuns} pods were patched`);
}

describe('for any pod', () => {
  for (const [name, pods] of [
    ['with valid annotations', podWithValidAnnotations],
    ['with any annotations', podWithAnyAnnotations],
  ] as const) {
    test(`${name}, everything that the user wrote is kept, in order and unchanged`, () => {
      forPatchedPods(pods, (pod, { pod: patched }) => {
        assert.deepEqual(plain(withoutAdditions(plain(patched), pod)), plain(pod));
      });
    });

    test(`${name}, the operations result in the pod that was checked, and only add`, () => {
      forPatchedPods(pods, (pod, { pod: patched, operations }) => {
        for (const { op } of operations) assert.equal(op, 'add');
        const sent: Operation[] = JSON.parse(JSON.stringify(operations));
        const { newDocument } = jsonpatch.applyPatch(structuredClone(pod), sent, true);
        assert.deepEqual(plain(newDocument), plain(patched));
      });
    });

    test(`${name}, a reinvocation changes nothing`, () => {
      forPatchedPods(pods, (_pod, { pod: patched }, given) => {
        const again = injectPod(deepFreeze(plain(patched)), { namespace }, given);
        assert.equal(again.kind === 'skipped' && again.reason, 'nothing-to-add', JSON.stringify(again));
      });
    });

    test(`${name}, a reinvocation changes nothing after the API server has set its defaults`, () => {
      forPatchedPods(pods, (_pod, { pod: patched }, given) => {
        const again = injectPod(deepFreeze(defaulted(plain(patched))), { namespace }, given);
        assert.equal(again.kind === 'skipped' && again.reason, 'nothing-to-add', JSON.stringify(again));
      });
    });

    test(`${name}, a reinvocation injects a container that was added later, and does not change the others`, () => {
      forPatchedPods(pods, (_pod, { pod: patched }, given) => {
        const seen = defaulted(plain(patched)) as unknown as ArbitraryPod;
        const late = { ...seen, spec: { ...seen.spec, containers: [{ name: 'late' }, ...seen.spec.containers] } };
        const again = injectPod(deepFreeze(late), { namespace }, given);
        if (again.kind !== 'injected') {
          assert.equal(again.kind === 'skipped' && again.reason, 'nothing-to-add', JSON.stringify(again));
          return;
        }
        assert.deepEqual(plain(withoutAdditions(plain(again.pod), late)), plain(late));
        for (const { path } of again.operations) {
          assert.match(path, /^\/spec\/containers\/0\/|^\/metadata\/annotations\/downlink\.dev~1status$/);
        }
        assert.equal(injectPod(again.pod, { namespace }, given).kind, 'skipped');
      });
    });
  }

  for (const [name, pods] of [
    ['with valid annotations', podWithValidAnnotations],
    ['with any annotations', podWithAnyAnnotations],
  ] as const) {
    test(`${name}, the webhook of a namespace with a profile and the one for all pods add nothing twice`, () => {
      let both = 0;
      const property = fc.property(pods, options, fc.constantFrom(...sampleNames), (pod, given, namespaceProfile) => {
        const ofNamespace = { namespace, namespaceProfile };
        const first = injectPod(deepFreeze(pod), ofNamespace, given);
        if (first.kind !== 'injected') return;
        both++;
        const said = new Set(first.warnings.first.map(formatWarning));
        for (const order of [
          [{ namespace }, ofNamespace, { namespace }],
          [ofNamespace, { namespace }],
        ]) {
          for (const origin of order) {
            const again = injectPod(deepFreeze(plain(first.pod)), origin, given);
            assert.ok(again.kind === 'skipped', JSON.stringify(again));
            assert.match(again.reason, /^(nothing-to-add|not-requested)$/);
            for (const warning of again.warnings.first.map(formatWarning)) assert.ok(said.has(warning), warning);
          }
        }
        const removal = uninjectPod(first.pod);
        assert.ok(removal.kind === 'uninjected');
        const left = withoutEmpty(withoutPaths(plain(first.pod), removal.paths));
        if (pod.metadata.annotations['downlink.dev/status'] === undefined)
          assert.deepEqual(left, withoutEmpty(plain(pod)));
      });
      fc.assert(property, moreRuns);
      assert.ok(both > moreRuns.numRuns / 20, `only ${both} of ${moreRuns.numRuns} pods were patched`);
    });
  }

  test('the removal of an injection leaves the given pod, except for lists that were empty', () => {
    forPatchedPods(podWithValidAnnotations, (pod, { pod: patched }) => {
      const removal = uninjectPod(patched);
      assert.ok(removal.kind === 'uninjected', JSON.stringify(removal));
      assert.deepEqual(withoutEmpty(withoutPaths(plain(patched), removal.paths)), withoutEmpty(plain(pod)));
    });
  });

  test('the kubeconfig is in every target container, or the container has its own', () => {
    let found = 0;
    forPatchedPods(podWithValidAnnotations, (pod, { pod: patched, status }) => {
      if (!status.volumes.has('downlink-kubeconfig')) return;
      for (const container of containersOf(patched as unknown as ArbitraryPod)) {
        const mounts = (container.volumeMounts ?? []).filter(({ name }) => name === 'downlink-kubeconfig');
        const named = pod.metadata.annotations['downlink.dev/containers'] || container.name;
        const isTarget = named.split(', ').includes(container.name) && container.name !== 'ambassador';
        assert.equal(mounts.length, isTarget ? 1 : 0, container.name);
        if (!isTarget) continue;
        found++;
        assert.ok((container.env ?? []).some(({ name }) => name === 'KUBECONFIG'));
      }
      assert.match(`${patched.metadata?.annotations?.['downlink.dev/kubeconfig']}`, /^ {4}namespace: "default"$/m);
    });
    assert.ok(found > 0);
  });

  test('the outcome is always the same, and the given pod is not changed', () => {
    fc.assert(
      fc.property(podWithAnyAnnotations, options, (generated, given) => {
        const pod = structuredClone(generated); // the generator keeps it, and shrinking would never end if it changed
        const before = JSON.stringify(pod);
        const first = JSON.stringify(injectPod(pod, { namespace }, given));
        assert.equal(JSON.stringify(injectPod(JSON.parse(before), { namespace }, given)), first);
        assert.equal(JSON.stringify(pod), before);
      }),
      runs,
    );
  });

  test('every error names an annotation and the problem', () => {
    let denied = 0;
    const property = fc.property(podWithAnyAnnotations, options, (pod, given) => {
      const outcome = injectPod(deepFreeze(pod), { namespace }, given);
      if (outcome.kind !== 'denied') return;
      denied++;
      assert.ok(outcome.errors.total > 0);
      for (const { field, detail } of outcome.errors.first) {
        assert.match(
          field,
          /^metadata\.annotations\[(?:downlink\.dev\/[^\p{Cc}]*|kubectl\.kubernetes\.io\/default-container)\]$/u,
        );
        assert.notEqual(detail, '');
      }
    });
    fc.assert(property, runs);
    assert.ok(denied > runs.numRuns / 20, `only ${denied} of ${runs.numRuns} pods were denied`);
  });

  test('the API server passes every warning on', () => {
    let warned = 0;
    const property = fc.property(podWithAnyAnnotations, options, (pod, given) => {
      const outcome = injectPod(deepFreeze(pod), { namespace }, given);
      const warnings = outcome.kind === 'denied' ? outcome.errors.first.map(asWarning) : outcome.warnings.first;
      for (const warning of warnings) {
        const text = formatWarning(warning);
        warned++;
        assert.ok(text.startsWith('downlink: '), text);
        assert.ok(text.length <= 256, text);
        assert.doesNotMatch(text, /\p{Cc}/u);
        assert.ok(text.isWellFormed(), text);
      }
    });
    fc.assert(property, runs);
    assert.ok(warned > runs.numRuns / 20, `only ${warned} warnings`);
  });

  test('no error contains a control character', () => {
    fc.assert(
      fc.property(podWithAnyAnnotations, options, (pod, given) => {
        const answer = mutate(reviewOf(deepFreeze(pod), namespace), { ...given, onInvalid: 'deny' });
        if ('problem' in answer) return assert.fail(answer.problem);
        const { status, auditAnnotations = {} } = answer.response.response;
        assert.doesNotMatch(`${status?.message}${Object.values(auditAnnotations).join()}`, /\p{Cc}/u);
        for (const key of Object.keys(auditAnnotations)) assert.match(key, /^[a-z-]+$/);
      }),
      runs,
    );
  });

  test('a composed variable follows its components, which have the meaning of their names', () => {
    let composed = 0;
    forPatchedPods(podWithValidAnnotations, (pod, { pod: patched }) => {
      for (const container of containersOf(patched as unknown as ArbitraryPod)) {
        const variables = container.env ?? [];
        const otel = variables.findIndex(({ name }) => name === 'OTEL_RESOURCE_ATTRIBUTES');
        const before = containersOf(pod).find(({ name }) => name === container.name)?.env ?? [];
        if (otel < 0 || before.some(({ name }) => name === 'OTEL_RESOURCE_ATTRIBUTES')) continue;
        const value = variables[otel]?.value;
        if (value?.includes('k8s.container.name=') !== true) continue; // a variable of the user
        composed++;
        for (const [, name = ''] of value.matchAll(/\$\(([^)]*)\)/g)) {
          const last = variables.findLastIndex((variable) => variable.name === name);
          assert.ok(last >= 0 && last < otel, `${name} in ${variables.map((variable) => variable.name)}`);
          assert.equal(fieldPathOf(variables[last]), composedOf[name], name);
        }
      }
    });
    assert.ok(composed > 0);
  });

  test('a reinvocation restores the restartPolicy of a native ambassador, and changes nothing else', () => {
    let stripped = 0;
    forPatchedPods(podWithValidAnnotations, (_pod, { pod: patched }, given) => {
      const whole = plain(patched);
      const at = (whole.spec.initContainers ?? []).findIndex(
        ({ name, restartPolicy }) => name === 'ambassador' && restartPolicy === 'Always',
      );
      if (at < 0) return;
      stripped++;
      const initContainers = (whole.spec.initContainers ?? []).map(({ restartPolicy, ...container }, index) =>
        index === at ? container : { restartPolicy, ...container },
      );
      const again = injectPod(
        deepFreeze(plain({ ...whole, spec: { ...whole.spec, initContainers } })),
        { namespace },
        given,
      );
      const knows = given.kubernetesVersion === undefined || given.kubernetesVersion.minor >= 29;
      assert.equal(again.kind, knows ? 'injected' : 'skipped');
      if (again.kind === 'injected') assert.deepEqual(plain(again.pod), whole);
    });
    assert.ok(stripped > 0);
  });

  test('a Guaranteed pod stays Guaranteed', () => {
    forPatchedPods(podWithValidAnnotations, (pod, { pod: patched }) => {
      if (qualityOfService(pod.spec as object) === 'Guaranteed') {
        assert.equal(qualityOfService(patched.spec ?? {}), 'Guaranteed');
      }
    });
  });

  test('nothing throws, whatever value is in any place of it', () => {
    fc.assert(
      fc.property(brokenPod, options, (pod, given) => {
        injectPod(deepFreeze(pod), { namespace }, given);
        mutate(reviewOf(pod, namespace), { ...given, onInvalid: 'warn' });
      }),
      { numRuns: 1000 },
    );
  });

  test('nothing throws for a review that is any JSON value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        mutate(value, { ...defaultOptions, onInvalid: 'deny' });
        mutate(reviewOf(value, namespace), { ...defaultOptions, onInvalid: 'deny' });
      }),
      runs,
    );
  });
});

test('a pod that requests nothing is not changed', () => {
  fc.assert(
    fc.property(podWithAnyAnnotations, options, (pod, given) => {
      const others = Object.entries(pod.metadata.annotations).filter(([key]) => !key.startsWith('downlink.dev/'));
      const silent = { ...pod, metadata: { ...pod.metadata, annotations: Object.fromEntries(others) } };
      assert.deepEqual(injectPod(silent, { namespace }, given), {
        kind: 'skipped',
        reason: 'not-requested',
        warnings: foundAll([]),
        errors: foundAll([]),
      });
    }),
    runs,
  );
});

/** The components of OTEL_RESOURCE_ATTRIBUTES, and what each of them must be. */
const composedOf: Readonly<Record<string, string>> = {
  OTEL_RESOURCE_ATTRIBUTES_POD_NAME: 'metadata.name',
  OTEL_RESOURCE_ATTRIBUTES_POD_UID: 'metadata.uid',
  OTEL_RESOURCE_ATTRIBUTES_NODE_NAME: 'spec.nodeName',
};

function fieldPathOf(variable: Json | undefined): unknown {
  return valueAt(variable, ['valueFrom', 'fieldRef', 'fieldPath']);
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Returns the patched pod without what was added to the given one: variables, mounts, volumes, files, pull secrets, and containers
 * whose names are new in their list, the status, and the kubeconfig. Other changes remain and make the pods differ.
 */
function withoutAdditions(patched: ArbitraryPod, given: ArbitraryPod): unknown {
  const status = 'downlink.dev/status';
  const annotations: Record<string, string> = { ...patched.metadata.annotations };
  if (given.metadata.annotations[status] === undefined) delete annotations[status];
  else annotations[status] = given.metadata.annotations[status];
  if (given.metadata.annotations['downlink.dev/kubeconfig'] === undefined)
    delete annotations['downlink.dev/kubeconfig'];
  return {
    ...patched,
    metadata: { ...patched.metadata, annotations },
    spec: {
      ...patched.spec,
      ...list('volumes', patched.spec, given.spec, ({ name }) => name, withoutNewFiles),
      ...list('imagePullSecrets', patched.spec, given.spec, ({ name }) => name),
      ...list('containers', patched.spec, given.spec, ({ name }) => name, withoutNewMembers),
      ...list('initContainers', patched.spec, given.spec, ({ name }) => name, withoutNewMembers),
    },
  };
}

/** Returns the value without empty lists, empty maps, and nulls. */
function withoutEmpty(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value ?? undefined;
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map((item) => withoutEmpty(item) ?? {});
  const kept = Object.entries(value)
    .map(([key, member]) => [key, withoutEmpty(member)] as const)
    .filter(([, member]) => member !== undefined);
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

function withoutNewMembers(patched: Json, given: Json): Json {
  return {
    ...patched,
    ...list('env', patched, given, ({ name }) => name),
    ...list('volumeMounts', patched, given, ({ name, mountPath }) => `${name} ${mountPath}`),
  };
}

function withoutNewFiles(patched: Json, given: Json): Json {
  const [ours, before] = [patched['downwardAPI'], given['downwardAPI']] as (Json | undefined)[];
  if (ours === undefined || before === undefined) return patched;
  return { ...patched, downwardAPI: { ...ours, ...list('items', ours, before, ({ path }) => path) } };
}

/** Returns the member of that name without the elements whose key the given list does not have, or the given non-list. */
function list(
  member: string,
  patched: Json,
  given: Json,
  key: (element: Json) => unknown,
  inner: (patched: Json, given: Json) => Json = (element) => element,
): Json {
  if (!(member in given)) return { [member]: undefined };
  const before = given[member] as readonly Json[] | null;
  if (before === null) return { [member]: null };
  const byKey = new Map(before.map((element) => [key(element), element]));
  const kept = (patched[member] as readonly Json[]).flatMap((element) => {
    const own = byKey.get(key(element));
    return own === undefined ? [] : [inner(element, own)];
  });
  return { [member]: kept };
}

/** Returns the pod with the defaults that an API server sets between two invocations of a webhook. */
function defaulted(pod: unknown): unknown {
  const visit = (value: unknown, key: string): unknown => {
    if (Array.isArray(value)) return value.map((element) => visit(element, key));
    if (typeof value !== 'object' || value === null) return value;
    const copy: Record<string, unknown> = Object.fromEntries(
      Object.entries(value).map(([name, member]) => [name, name === 'futureField' ? member : visit(member, name)]),
    );
    switch (key) {
      case 'fieldRef':
        return { apiVersion: 'v1', ...copy };
      case 'resourceFieldRef':
        return copy['divisor'] === '1' ? { ...copy, divisor: '1' } : { divisor: '0', ...copy };
      case 'downwardAPI':
      case 'projected':
        return { defaultMode: 420, ...copy };
      case 'startupProbe':
        return { successThreshold: 1, ...copy };
      case 'containers':
      case 'initContainers':
        return { terminationMessagePath: '/dev/termination-log', imagePullPolicy: 'IfNotPresent', ...copy };
      case 'spec':
        return { restartPolicy: 'Always', dnsPolicy: 'ClusterFirst', ...copy };
      default:
        return copy;
    }
  };
  return visit(pod, '');
}

function containersOf({ spec }: ArbitraryPod): readonly ArbitraryContainer[] {
  return [...(spec.initContainers ?? []), ...spec.containers];
}

/** Returns a copy of the value, by way of JSON. */
function plain<T>(value: T): ArbitraryPod {
  return JSON.parse(JSON.stringify(value));
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) deepFreeze(member);
  }
  return value;
}

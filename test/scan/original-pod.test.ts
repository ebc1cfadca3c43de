import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../src/config/config.ts';
import { injectPod } from '../../src/injection/inject-pod.ts';
import type { DecodedPod } from '../../src/kubernetes/decode-pod.ts';
import type { Pod } from '../../src/kubernetes/pod.ts';
import { withoutInjected } from '../../src/scan/original-pod.ts';
import { podFacts } from '../../src/scan/pod-facts.ts';
import type { ScanOptions } from '../../src/scan/profile-findings.ts';
import { version } from '../../src/version.ts';
import { loadGoldenCases } from '../golden/cases.ts';
import { goldenOptions } from '../golden/default-options.ts';

const statusKey = 'downlink.dev/status';

for (const { name, pod, settings, expected } of await loadGoldenCases()) {
  if (expected.kind !== 'injected') continue;
  const options = { ...goldenOptions(settings), profilesAreKnown: true };
  const { namespaceProfile } = settings;
  const isFirst = !(statusKey in ((pod as Pod).metadata?.annotations ?? {}));

  test(`${name}: a stored pod would be admitted again`, () => {
    const facts = podFacts(
      { ...expected.pod, metadata: { ...(expected.pod as Pod).metadata, namespace: 'default' } },
      options,
    );
    assert.deepEqual([facts?.injectedBy, facts?.errors], [version, []]);
  });
  test(`${name}: the pod without its injection is injected in the same way`, {
    skip: !isFirst && 'it came with a status',
  }, () => {
    const outcome = injectPod(
      withoutInjected(expected.pod as unknown as DecodedPod),
      { namespace: 'default', ...(namespaceProfile !== undefined && { namespaceProfile }) },
      options,
    );
    assert.equal(outcome.kind, 'injected');
    assert.deepEqual(JSON.parse(JSON.stringify(outcome.pod)), expected.pod);
  });
}

test('a conflict that a reinvocation would ignore is found', () => {
  const container = { name: 'main', image: 'x' };
  const requesting = {
    metadata: { annotations: { 'downlink.dev/ambassador': 'true' } },
    spec: { containers: [container] },
  };
  const options = optionsFor({});
  const first = injectPod(requesting, { namespace: 'default' }, options);
  assert.equal(first.kind, 'injected');
  const other = { ...options, ambassador: { ...options.ambassador, sidecar: 'native' as const } };
  const tooOld = { ...other, kubernetesVersion: { major: 1, minor: 20 } };
  assert.equal(injectPod(first.pod, { namespace: 'default' }, tooOld).kind, 'skipped');
  assert.match(podFacts(first.pod, tooOld)?.errors[0] ?? '', /native sidecars require Kubernetes 1.29/);
});

test('an unreadable status is reported as the mistake', () => {
  const annotations = { 'downlink.dev/env': 'pod', [statusKey]: 'garbage' };
  const facts = podFacts({ metadata: { annotations }, spec: { containers: [{ name: 'main' }] } }, optionsFor({}));
  assert.match(facts?.errors[0] ?? '', /downlink.dev\/status\]: Invalid value: "garbage"/);
});

function optionsFor(flags: Readonly<Record<string, string>>): ScanOptions {
  const parsed = parseConfig({ flags, environment: {}, file: undefined });
  if (parsed.kind === 'invalid') throw new Error(JSON.stringify(parsed.errors));
  return { ...parsed.config, profilesAreKnown: true };
}

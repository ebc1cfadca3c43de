import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { statusOf } from '../../src/annotations/injection-status.ts';
import { formatWarning } from '../../src/diagnostics/findings.ts';
import { injectPod } from '../../src/injection/inject-pod.ts';
import type { Pod } from '../../src/kubernetes/pod.ts';
import { goldenOptions } from '../golden/default-options.ts';
import { podWith } from './injected.ts';

/** Returns the options of a cluster whose profile `web` has these keys. */
function optionsWith(web: object) {
  return goldenOptions({ kubernetesVersion: '1.33', onInvalid: 'deny', config: { profiles: { web } } });
}

function injectedPod(outcome: ReturnType<typeof injectPod>): Pod {
  assert.ok(outcome.kind === 'injected', JSON.stringify(outcome));
  return outcome.pod;
}

const ofNamespace = { namespace: 'default', namespaceProfile: 'web' };
const ofAllPods = { namespace: 'default' };

describe('a pod of a namespace with a profile', () => {
  test('can set an option of what only the profile requests, without a warning from the webhook for all pods', () => {
    const options = optionsWith({ volume: 'labels' });
    const first = injectPod(podWith({ 'volume-path': '/etc/podinfo' }), ofNamespace, options);
    assert.deepEqual(first.warnings.first.map(formatWarning), []);
    const pod = injectedPod(first);
    assert.equal(pod.spec?.containers?.[0]?.volumeMounts?.[0]?.mountPath, '/etc/podinfo');
    const second = injectPod(pod, ofAllPods, options);
    assert.equal(second.kind === 'skipped' && second.reason, 'not-requested');
    assert.deepEqual(second.warnings.first.map(formatWarning), []);
  });

  test('meets locked annotations before the webhook for all pods', () => {
    const options = optionsWith({ ambassador: 'true', locked: ['ambassador-access'] });
    const outcome = injectPod(podWith({ 'ambassador-access': 'full' }), ofNamespace, options);
    assert.equal(outcome.kind, 'denied');
  });
});

test('a pod that was injected with an older profile keeps the hash of that time when it gets more', () => {
  const requesting = podWith({ profile: 'web' });
  const pod = injectedPod(injectPod(requesting, ofAllPods, optionsWith({ env: 'A="1"' })));
  const more = { ...pod, spec: { ...pod.spec, containers: [...(pod.spec?.containers ?? []), { name: 'late' }] } };
  const again = injectedPod(injectPod(more, ofAllPods, optionsWith({ env: 'A="2"' })));
  assert.deepEqual(statusOf(again).profiles, statusOf(pod).profiles);
  assert.deepEqual(
    again.spec?.containers?.map(({ env }) => env?.map(({ value }) => value)),
    [['1'], ['2']],
  );
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { mutate } from '../../src/admission/mutate-pod.ts';
import { validateWorkload } from '../../src/admission/validate-workload.ts';
import { cut } from '../../src/diagnostics/text.ts';
import { lint } from '../../src/index.ts';
import { reviewOf, workloadReviewOf } from '../support/admission-review.ts';
import { workloadKinds, workloadOf } from '../support/workloads.ts';
import { loadGoldenCases } from './cases.ts';
import { goldenOptions } from './default-options.ts';

// For every golden case, lint reports the messages of the webhook for the manifest of the pod, and lint and the workload
// warnings report them for a workload with the pod as its template.

const namespace = 'default';

describe('webhook, lint and workload warnings report the same messages', async () => {
  for (const { name, pod, settings } of await loadGoldenCases()) {
    if (settings.namespaceProfile !== undefined) continue;
    const { kubernetesVersion } = settings;
    const options = { ...goldenOptions(settings), namespace };
    const all = webhook(pod, { ...options, onInvalid: 'deny' });
    // lint does not warn about an ordinary container if only the unknown version is the reason for it
    const isNative = kubernetesVersion !== undefined || /ambassador-sidecar":"(?!auto)/.test(JSON.stringify(pod));
    const said = all.filter((words) => isNative || !words.includes('it starts at the same time as the application'));
    const linted = (object: unknown) => {
      const [{ findings } = { findings: [] }] = lint([{ name, text: JSON.stringify(object) }], options);
      return findings.filter(({ severity }) => severity !== 'hint').map(({ message }) => message);
    };

    test(`for a pod: ${name.replaceAll('-', ' ')}`, () => {
      assert.deepEqual(linted({ apiVersion: 'v1', kind: 'Pod', ...pod }).toSorted(), said.toSorted());
    });

    for (const workload of [workloadKinds[0], workloadKinds[6]]) {
      test(`for a ${workload.kind} with it as a template: ${name.replaceAll('-', ' ')}`, () => {
        const object = workloadOf(workload, pod);
        const below = all.map((words) => `${workload.path}.${words}`);
        assert.deepEqual(linted(object).toSorted(), said.map((words) => `${workload.path}.${words}`).toSorted());
        const validation = validateWorkload(workloadReviewOf(object), options);
        assert.ok('response' in validation);
        const warned = below.slice(0, 20).map((words) => cut(`downlink: ${workload.kind}/web: ${words}`, 256));
        assert.deepEqual((validation.response.response.warnings ?? []).slice(0, 20), warned);
      });
    }
  }
});

/** Returns the errors or warnings with their fields, as a user sees them. */
function webhook(pod: unknown, options: Parameters<typeof mutate>[1]): readonly string[] {
  const mutation = mutate(reviewOf(pod, namespace), options);
  assert.ok('response' in mutation);
  const { allowed, status } = mutation.response.response;
  if (!allowed) return (status?.details.causes ?? []).map(({ field, message }) => `${field}: ${message}`);
  return mutation.warnings.first.map(({ field, detail }) => `${field}: ${detail}`);
}

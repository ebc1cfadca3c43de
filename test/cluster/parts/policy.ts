import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Pod } from '../../../src/kubernetes/pod.ts';
import { eventually } from '../../support/eventually.ts';
import type { CertificateFolder } from '../../support/test-server.ts';
import { accepted, type KubernetesObject } from '../api.ts';
import type { ControlPlane } from '../control-plane.ts';
import { policy, policyAnnotation } from '../mutating-admission-policy.ts';
import { makeNamespace } from '../namespaces.ts';
import { podWith, variables } from '../pods.ts';
import { skipBefore } from '../versions.ts';
import { startWebhook } from '../webhook.ts';

const namespace = 'policy';

/** Tests the MutatingAdmissionPolicy that the benchmarks compare with. */
export function policyTests(plane: ControlPlane, certificates: CertificateFolder): void {
  const { api, version } = plane;
  describe('a MutatingAdmissionPolicy', { skip: skipBefore(version, 1, 36, 'MutatingAdmissionPolicy') }, () => {
    const create = async (annotations: Readonly<Record<string, string>>) =>
      accepted<Pod>(await api.create(podWith(namespace, 'asking', annotations), { dryRun: 'All' }));
    before(() => makeNamespace(api, namespace));

    describe('in JSONPatch form', () => {
      const objects = policy();
      before(async () => {
        for (const object of objects) accepted(await api.create(object));
      });
      after(async () => {
        for (const object of objects) accepted(await api.remove(object));
      });

      test('adds the same variables and files as the webhook', async () => {
        const byPolicy = await eventually(async () => {
          const pod = await create({ [policyAnnotation]: 'true' });
          assert.ok(variables(pod.spec?.containers?.[0]).includes('POD_NAME'), 'the policy is not in force yet');
          return pod;
        });
        const webhook = await startWebhook(plane, certificates, {});
        const byWebhook = await create({ 'downlink.dev/env': 'pod', 'downlink.dev/volume': 'labels' });
        await webhook.remove();
        assert.deepEqual(injected(byPolicy), injected(byWebhook));
      });
    });

    test('in ApplyConfiguration form cannot add a variable of the downward API', async () => {
      const [definition, binding] = policy();
      assert.ok(definition && binding);
      const mutations = [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression: podName } }];
      const spec = { ...(definition['spec'] as object), mutations };
      const created = await api.create({ ...definition, spec });
      if (created.code === 422) return assert.match(JSON.stringify(created.body), /valueFrom|atomic/);
      accepted(created);
      accepted(await api.create(binding));
      try {
        await eventually(async () => {
          const { code, body } = await api.create(asking, { dryRun: 'All' });
          assert.notEqual(code, 201, 'the policy is not in force yet');
          assert.match(JSON.stringify(body), /atomic/);
        });
      } finally {
        accepted(await api.remove(binding));
        accepted(await api.remove(definition));
      }
    });
  });
}

const asking: KubernetesObject = podWith(namespace, 'asking', { [policyAnnotation]: 'true' });

const podName = `Object{spec: Object.spec{containers: object.spec.containers.map(c, Object.spec.containers{
  name: c.name,
  env: [Object.spec.containers.env{name: "POD_NAME", valueFrom: Object.spec.containers.env.valueFrom{
    fieldRef: Object.spec.containers.env.valueFrom.fieldRef{fieldPath: "metadata.name"}}}]
})}}`;

/** Returns the additions to the first container, and the files. */
function injected({ spec }: Pod) {
  const { env, volumeMounts } = spec?.containers?.[0] ?? {};
  const mounts = volumeMounts?.filter(({ name }) => name === 'downlink');
  return { env, mounts, volume: spec?.volumes?.find(({ name }) => name === 'downlink') };
}

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { formatKubernetesVersion } from '../../../src/kubernetes/kubernetes-version.ts';
import { eventually } from '../../support/eventually.ts';
import type { CertificateFolder } from '../../support/test-server.ts';
import { type Api, accepted, type KubernetesObject, refused } from '../api.ts';
import type { ControlPlane } from '../control-plane.ts';
import { makeNamespace } from '../namespaces.ts';
import { podWith } from '../pods.ts';
import { startWebhook, type Webhook } from '../webhook.ts';

const namespace = 'limits';
const requests = { cpu: '100m', memory: '64Mi' };
const limits = { cpu: '200m', memory: '128Mi' };

/** Tests that a LimitRange or a ResourceQuota can reject the ambassador, with the message in docs/operations.md, and that annotations help. */
export function limitsTests(plane: ControlPlane, certificates: CertificateFolder): void {
  const { api } = plane;
  describe('resource policies', () => {
    let webhook: Webhook;
    before(async () => {
      await makeNamespace(api, namespace);
      webhook = await startWebhook(plane, certificates, { kubernetesVersion: formatKubernetesVersion(plane.version) });
    });
    after(() => webhook.remove());

    for (const { name, policy, resources, complaint, remedy } of [
      {
        name: 'a LimitRange with a ratio of 4',
        policy: limitRange({ maxLimitRequestRatio: { cpu: '4' } }),
        resources: { requests, limits },
        complaint: /cpu max limit to request ratio per Container is 4, but provided ratio is 10\.0/,
        remedy: { 'downlink.dev/ambassador-cpu': '100m' },
      },
      {
        name: 'a LimitRange with a ratio of memory',
        policy: limitRange({ maxLimitRequestRatio: { memory: '1' } }),
        resources: { requests: { memory: '64Mi' }, limits: { memory: '64Mi' } },
        complaint: /memory max limit to request ratio per Container is 1, but provided ratio is 2\.0/,
        remedy: { 'downlink.dev/ambassador-memory': '128Mi' },
      },
      {
        name: 'a LimitRange with a minimum',
        policy: limitRange({ min: { cpu: '50m' } }),
        resources: { requests },
        complaint: /minimum cpu usage per Container is 50m, but request is 10m/,
        remedy: { 'downlink.dev/ambassador-cpu': '50m' },
      },
      {
        name: 'a quota that leaves nothing for the ambassador',
        policy: quota({ 'requests.memory': '120Mi' }),
        resources: { requests, limits },
        complaint:
          /exceeded quota: policy, requested: requests\.memory=128Mi, used: requests\.memory=0, limited: requests\.memory=120Mi/,
        remedy: { 'downlink.dev/ambassador-memory': '48Mi' },
      },
    ] as const) {
      test(`${name} rejects the pod, and accepts it with ${Object.keys(remedy)}`, async () => {
        const containers = (podWith(namespace, 'a', {})['spec'] as { containers: object[] }).containers;
        const pod = (annotations: Readonly<Record<string, string>>) =>
          podWith(
            namespace,
            'a',
            { 'downlink.dev/ambassador': 'true', ...annotations },
            { containers: containers.map((container) => ({ ...container, resources })) },
          );
        accepted(await api.create(policy));
        if (policy.kind === 'ResourceQuota') await countNothing(api, policy);
        try {
          await eventually(async () => {
            assert.match(refused(await api.create(pod({}), { dryRun: 'All' }), 403).message, complaint);
          });
          accepted(await api.create(pod(remedy), { dryRun: 'All' }));
        } finally {
          accepted(await api.remove(policy));
          await eventually(async () => accepted(await api.create(pod({}), { dryRun: 'All' })));
        }
      });
    }
  });
}

function limitRange(of: object): KubernetesObject {
  const limits = [{ type: 'Container', ...of }];
  return { apiVersion: 'v1', kind: 'LimitRange', metadata: { namespace, name: 'policy' }, spec: { limits } };
}

function quota(hard: object): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { namespace, name: 'policy' },
    spec: { hard },
    status: { hard },
  };
}

/** Sets the status of an unused ResourceQuota, as a controller manager does. Until then, it rejects everything. */
async function countNothing(api: Api, { spec }: KubernetesObject): Promise<void> {
  const { hard } = spec as { hard: object };
  const used = Object.fromEntries(Object.keys(hard).map((name) => [name, '0']));
  const path = `/api/v1/namespaces/${namespace}/resourcequotas/policy/status`;
  accepted(await api.request('PATCH', path, { status: { hard, used } }, 'application/merge-patch+json'));
}

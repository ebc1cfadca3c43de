import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { KubernetesVersion } from '../../../src/kubernetes/kubernetes-version.ts';
import type { Pod } from '../../../src/kubernetes/pod.ts';
import { containerNamed, variables } from '../../cluster/pods.ts';
import { eventually } from '../../support/eventually.ts';
import { create, kubectl, tryKubectl } from '../kubectl.ts';
import { started } from '../pods.ts';
import {
  attributesIn,
  environmentOf,
  expectedAttributes,
  rolledOut,
  shareOfLimit,
  templateWith,
  workloadWith,
} from '../profile-workloads.ts';
import { needsLabel, profileNamespace } from '../settings.ts';

const inNamespace = ['--namespace', profileNamespace];

/** Tests pods of a namespace with the label `downlink.dev/profile=web`. */
export function namespaceProfileTests(version: KubernetesVersion): void {
  describe('in a namespace with a profile', () => {
    before(async () => {
      const enabled = needsLabel(version) ? ['downlink.dev/enabled=true'] : [];
      await kubectl(['create', 'namespace', profileNamespace]);
      await kubectl(['label', 'namespace', profileNamespace, 'downlink.dev/profile=web', ...enabled]);
      // until a replica has set caBundle of the webhook, which the API server otherwise ignores
      await eventually(async () => {
        const { exitCode, stdout, stderr } = await tryKubectl([...dryRun, '--output=json'], podIn('first'));
        assert.equal(exitCode, 0, stderr); // the service account is missing
        assert.ok(hasStatus(JSON.parse(stdout)), 'it is not injected');
      });
    });
    after(() => kubectl(['delete', 'namespace', profileNamespace, '--wait=false']));

    test('a Deployment without annotations has the values', async () => {
      await create(profileNamespace, workloadWith('Deployment', 'quiet', {}));
      const pod = await rolledOut(profileNamespace, 'deployment/quiet');
      const environment = await environmentOf(pod);
      assert.equal(environment.get('OTEL_SERVICE_NAME'), 'quiet');
      const attributes = expectedAttributes(pod, { 'k8s.deployment.name': 'quiet' });
      assert.deepEqual(attributesIn(environment), attributes);
      assert.equal(environment.get('GOMEMLIMIT'), shareOfLimit(90));
      assert.ok(containerNamed(pod, 'ambassador'), 'it has no ambassador');
    });

    test('a pod alone has the values, with its own name as that of the service', async () => {
      const [created] = await create<Pod>(profileNamespace, podIn('alone'));
      assert.ok(created);
      await started(created);
      const environment = await environmentOf(created);
      assert.equal(environment.get('OTEL_SERVICE_NAME'), 'alone');
      assert.equal(attributesIn(environment)['k8s.pod.name'], 'alone');
    });

    test('a pod that opts out stays as it is', async () => {
      const [stored] = await create<Pod>(profileNamespace, podIn('out', { 'downlink.dev/inject': 'false' }));
      assert.ok(stored && !hasStatus(stored));
      assert.deepEqual(variables(containerNamed(stored, 'main')), []);
      assert.equal(stored.spec?.containers?.length, 1);
    });

    test('the own annotations of a pod take precedence, and the others of the profile apply', async () => {
      const own = { 'downlink.dev/env': 'GOMEMLIMIT="48MiB", pod', 'downlink.dev/ambassador': 'false' };
      const [created] = await create<Pod>(profileNamespace, podIn('own', own));
      assert.ok(created);
      await started(created);
      const environment = await environmentOf(created);
      const values = ['GOMEMLIMIT', 'POD_NAME', 'OTEL_SERVICE_NAME'].map((name) => environment.get(name));
      assert.deepEqual(values, ['48MiB', 'own', 'own']);
      assert.equal(containerNamed(created, 'ambassador'), undefined);
    });

    test('a pod that names another profile has only that', async () => {
      const [stored] = await create<Pod>(profileNamespace, podIn('other', { 'downlink.dev/profile': 'shop' }));
      assert.ok(stored);
      const names = variables(containerNamed(stored, 'main'));
      const expected = ['CONTAINER_NAME', 'GREETING', 'TIER', 'WORKLOAD_KIND', 'WORKLOAD_NAME'];
      assert.deepEqual(names.toSorted(), expected);
    });

    test('a pod with an annotation that the profile locks is rejected', async () => {
      const locked = podIn('locked', { 'downlink.dev/ambassador-access': 'full' });
      const { exitCode, stderr } = await tryKubectl([...inNamespace, 'create', '-f', '-'], locked);
      assert.equal(exitCode, 1);
      assert.match(stderr, /downlink\.dev\/ambassador-access\]: Forbidden: profile "web" locks it/);
    });
  });
}

const dryRun = [...inNamespace, 'create', '--dry-run=server', '-f', '-'];

/** Returns a pod with these annotations, or none. */
function podIn(name: string, annotations: Readonly<Record<string, string>> = {}) {
  const { metadata, spec } = templateWith(name, annotations, 'sleep 99999');
  return { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, name }, spec };
}

function hasStatus({ metadata }: Pod): boolean {
  return metadata?.annotations?.['downlink.dev/status'] !== undefined;
}

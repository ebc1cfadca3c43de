import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { isAtLeast } from '../../../src/kubernetes/kubernetes-version.ts';
import type { ScanReport } from '../../../src/scan/scan-finding.ts';
import { eventually } from '../../support/eventually.ts';
import type { CertificateFolder } from '../../support/test-server.ts';
import { accepted } from '../api.ts';
import type { ControlPlane } from '../control-plane.ts';
import { makeNamespace, makeServiceAccount } from '../namespaces.ts';
import { podWith } from '../pods.ts';
import {
  deploymentWith,
  type Installation,
  installBroken,
  kubeconfigFor,
  leftOver,
  readingRules,
  runScan,
  scannedObjects,
} from '../scanned.ts';
import { skipBefore } from '../versions.ts';
import { startWebhook } from '../webhook.ts';

const namespace = 'scan';
const install = 'downlink'; // the namespace of install.yaml

/** Tests `downlink scan` as a user with read permissions. */
export function scanTests(plane: ControlPlane, certificates: CertificateFolder): void {
  const { api, binaries } = plane;
  describe('scan', () => {
    const objects = scannedObjects(namespace, plane.version);
    let kubeconfig: string;
    let podsOnly: string;
    let nobody: string;
    let installation: Installation | undefined;
    const scan = (...args: readonly string[]) => runScan(kubeconfig, args);
    before(async () => {
      await makeNamespace(api, namespace);
      await makeServiceAccount(api, 'kube-system', 'default');
      const webhook = await startWebhook(plane, certificates, {});
      accepted(await api.create(podWith(namespace, 'injected', { 'downlink.dev/env': 'pod' })));
      await webhook.remove();
      for (const object of objects) accepted(await api.create(object));
      kubeconfig = await kubeconfigFor(plane, 'scanner', readingRules);
      podsOnly = await kubeconfigFor(plane, 'pods-only', [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }]);
      nobody = await kubeconfigFor(plane, 'nobody', []);
    });
    after(async () => {
      await installation?.remove();
      for (const object of objects) await api.remove(object);
    });

    test('reports a missing webhook, and the pods that are not injected', async () => {
      const { exitCode, found } = await scan('-n', namespace);
      assert.equal(exitCode, 1);
      assert.deepEqual(found, [
        'error webhook-missing MutatingWebhookConfiguration downlink',
        'error template-denied CronJob scan/faulty',
        'error template-denied DaemonSet scan/faulty',
        'error not-injected Pod scan/bare 1',
        'error not-injected Pod scan/mistaken 1',
        'error template-denied StatefulSet scan/faulty',
        'warning misplaced Deployment scan/misplaced',
        'warning older-injection Pod scan/old 1',
      ]);
    });

    test('reports the pods of a Deployment in one line with their number', {
      skip: binaries.controllerManager === undefined && 'needs kube-controller-manager',
    }, async () => {
      accepted(await api.create(deploymentWith(namespace, 'web', { 'downlink.dev/env': 'pod' }, {}, 3)));
      await eventually(async () => {
        const { found } = await scan('-n', namespace);
        assert.ok(found.includes('error not-injected Deployment scan/web 3'), found.join('\n'));
      });
      const { report } = await scan('-n', namespace);
      const finding = report.findings.find(({ object }) => object.name === 'web');
      assert.match(finding?.advice ?? '', /kubectl -n scan rollout restart deployment\/web$/);
      accepted(await api.remove(deploymentWith(namespace, 'web')));
    });

    test('reports an expired CA, an expired certificate and a Service without endpoints', async () => {
      installation = await installBroken(plane);
      const { found, report } = await scan('-A');
      const wanted = [
        'error ca-expired MutatingWebhookConfiguration downlink',
        'error certificate-expired Secret downlink/downlink-certificates',
        'error service-not-ready Service downlink/downlink',
        'error not-injected Pod kube-system/excluded 1',
      ];
      for (const line of wanted) assert.ok(found.includes(line), `${line} is not in\n${found.join('\n')}`);
      const problem = (name: string) => report.findings.find(({ object }) => object.name === name)?.problem ?? '';
      // before 1.21 namespaces have no label with their name, by which install.yaml excludes one
      const isNamed = isAtLeast(plane.version, 1, 21);
      assert.match(problem('excluded'), isNamed ? /excludes the namespace kube-system/ : /created before/);
      assert.match(problem('bare'), /created before the webhook configuration/);
      // install.yaml is for servers that support matchConditions
      const isOld = !isAtLeast(plane.version, 1, 30);
      assert.equal(
        found.some((line) => line.includes('made-for-other-version')),
        isOld,
      );
    });

    test('reports nothing about a valid installation, and with a longer period the expiry of the certificate', async () => {
      await installation?.repair();
      const ours = ({ object }: ScanReport['findings'][number]) => [object.namespace, object.name].includes(install);
      const codes = (report: ScanReport) =>
        report.findings
          .filter(ours)
          .map(({ code }) => code)
          .filter((code) => code !== 'made-for-other-version');
      assert.deepEqual(codes((await scan('-n', namespace)).report), []);
      const early = await scan('-n', namespace, '--expiring-within', '31');
      assert.deepEqual(codes(early.report), ['ca-expiring', 'certificate-expiring']);
    });

    test('reports a configuration that is left over next to a valid one', async () => {
      const object = await leftOver(plane, 'a-left-over'); // sorts before the valid one
      try {
        const { found, report } = await scan('-n', namespace);
        const named = found.filter(
          (line) => line.includes('WebhookConfiguration') && !line.includes('made-for-other-version'),
        );
        assert.deepEqual(named, [
          'error duplicate-webhook MutatingWebhookConfiguration a-left-over',
          'error ca-bundle-empty MutatingWebhookConfiguration a-left-over',
        ]);
        const advice = report.findings.find(({ code }) => code === 'duplicate-webhook')?.advice ?? '';
        assert.match(advice, /kubectl delete mutatingwebhookconfiguration a-left-over$/);
      } finally {
        accepted(await api.remove(object));
      }
    });

    // older API servers send every pod to this installation, which has no server
    const needsConditions = { skip: skipBefore(plane.version, 1, 30, 'matchConditions') };
    test('finds an annotation with a misspelled prefix on a pod', needsConditions, async () => {
      const pod = podWith(namespace, 'near', { 'downlink.io/env': 'pod' });
      accepted(await api.create(pod));
      const { found } = await scan('-n', namespace);
      assert.ok(found.includes('warning misspelled-prefix Pod scan/near 1'), found.join('\n'));
      accepted(await api.remove(pod));
    });

    test('prints a table with a row for each finding and a summary of what it read', async () => {
      const { stdout } = await runScan(kubeconfig, ['-n', namespace], 'text');
      assert.match(stdout, /^SEVERITY +OBJECT +PODS +PROBLEM$/m);
      assert.match(stdout, /^error +CronJob scan\/faulty .*its pods will be denied$/m);
      assert.match(
        stdout,
        /^ +\* spec\.jobTemplate\.spec\.template\.metadata\.annotations\[downlink\.dev\/env\]: Invalid value: "POD=metadata\.nam": unknown field; did you mean/m,
      );
      assert.match(stdout, /scanned 5 pods \(4 opted in\) and \d+ workloads in 1 namespace$/m);
    });

    test('adds a note for what it cannot read, and fails if it cannot list pods', async () => {
      const partial = await runScan(podsOnly, ['-n', namespace]);
      assert.equal(partial.exitCode, 1);
      assert.match(partial.report.notes.join('\n'), /cannot read webhook configurations: .*forbidden/);
      const { exitCode, stderr } = await runScan(nobody, ['-A'], 'text');
      assert.equal(exitCode, 2);
      assert.match(stderr, /^downlink: https:\S+ denied a request \(403\): pods is forbidden: .*--namespace\n$/);
    });

    test('reports a missing namespace and an invalid token in a sentence', async () => {
      const unknown = await runScan(kubeconfig, ['-n', 'nowhere'], 'text');
      assert.deepEqual([unknown.exitCode, unknown.stdout], [2, '']);
      assert.match(unknown.stderr, /^downlink: there is no namespace "nowhere" at https:\S+; select another one/);
      const bad = join(dirname(plane.kubeconfig), 'bad-token.kubeconfig');
      await writeFile(bad, (await readFile(kubeconfig, 'utf8')).replace(/"token":"[^"]*"/, '"token":"stale"'));
      const stale = await runScan(bad, ['-n', namespace], 'text');
      assert.equal(stale.exitCode, 2);
      assert.match(stale.stderr, /^downlink: https:\S+ does not accept your credentials \(401\)/);
    });
  });
}

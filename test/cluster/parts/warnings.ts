import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { helm, helmIsMissing } from '../../../deploy/helm.ts';
import { chart } from '../../../deploy/render.ts';
import { formatKubernetesVersion, isAtLeast } from '../../../src/kubernetes/kubernetes-version.ts';
import { eventually } from '../../support/eventually.ts';
import { type Manifest, only, parseManifests } from '../../support/manifests.ts';
import { type CertificateFolder, startTestServer } from '../../support/test-server.ts';
import { workloadKinds, workloadOf } from '../../support/workloads.ts';
import { type Answer, type Api, accepted, type KubernetesObject, refused } from '../api.ts';
import type { ControlPlane } from '../control-plane.ts';
import { kubectl } from '../kubectl.ts';
import { makeNamespace } from '../namespaces.ts';
import { podWith } from '../pods.ts';
import { skipBefore } from '../versions.ts';
import { startWebhook, type Webhook } from '../webhook.ts';

const namespace = 'warnings';
const elsewhere = 'warnings-elsewhere'; // which has no label
const faulty = { 'downlink.dev/env': 'POD=metadata.nam', 'downlink.dev/volume-mode': '999' };
const skip = await helmIsMissing();

/** A workload in the log of Downlink. */
interface LoggedWorkload {
  readonly kind: string;
  readonly name: string;
  readonly operation: string;
  readonly outcome: string;
}

/** Tests the validating webhook of the chart: `kubectl apply` of a workload shows the mistakes in it. */
export function warningsTests(plane: ControlPlane, certificates: CertificateFolder): void {
  const { api, binaries, version } = plane;
  const needsKubectl = { skip: binaries.kubectl === undefined && 'needs kubectl' };
  const needsConditions = { skip: skipBefore(version, 1, 30, 'matchConditions') };
  const needsManager = { skip: binaries.controllerManager === undefined && 'needs kube-controller-manager' };
  const kinds = workloadKinds.filter(({ kind, apiVersion }) => {
    const isOld = apiVersion === 'batch/v1beta1';
    return kind !== 'CronJob' || isAtLeast(version, 1, 21) !== isOld;
  });
  describe('workload warnings', { skip }, () => {
    let server: Awaited<ReturnType<typeof startTestServer>>;
    let webhook: Webhook; // for pods
    let configuration: KubernetesObject;
    const reviews = () =>
      server.lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'workload review') as LoggedWorkload[];
    const reviewsOf = (name: string) => reviews().filter((review) => review.name.startsWith(name));
    before(async () => {
      const kubernetesVersion = formatKubernetesVersion(version);
      await makeNamespace(api, namespace, { 'downlink.dev/enabled': 'true' });
      await makeNamespace(api, elsewhere);
      webhook = await startWebhook(plane, certificates, { kubernetesVersion });
      server = await startTestServer(certificates, { kubernetesVersion });
      configuration = await validatingConfiguration(plane.gitVersion, server.port, certificates);
      accepted(await api.create(configuration));
      await eventually(async () => {
        const { warnings } = await api.create(deployment('probe', faulty), { dryRun: 'All' });
        assert.ok(ours(warnings).length > 0, 'the API server does not call the webhook');
      });
    });
    after(async () => {
      accepted(await api.remove(configuration));
      await webhook.remove();
      await server.stop(0);
    });

    test('kubectl apply prints each mistake in a Deployment, and succeeds', needsKubectl, async (t) => {
      const { exitCode, stdout, stderr } = await kubectl(plane, ['apply', '-f', '-'], deployment('applied', faulty));
      assert.equal(exitCode, 0, stderr);
      assert.equal(stdout, 'deployment.apps/applied created\n');
      t.diagnostic(stderr);
      const path = 'Deployment/applied: spec.template.metadata.annotations';
      assert.deepEqual(
        stderr.split('\n').filter((line) => line.startsWith('Warning: downlink: ')),
        [
          `Warning: downlink: ${path}[downlink.dev/volume-mode]: Invalid value: "999": must be octal, from 0000 to 0777; for example "0444"`,
          `Warning: downlink: ${path}[downlink.dev/env]: Invalid value: "POD=metadata.nam": unknown field; did you mean "POD=metadata.name"?`,
        ],
      );
    });

    test('kubectl apply prints the same mistake of two Deployments for both', needsKubectl, async () => {
      const items = ['one', 'two'].map((name) => deployment(name, { 'downlink.dev/env': 'POD=metadata.nam' }));
      const { exitCode, stderr } = await kubectl(plane, ['apply', '-f', '-'], {
        apiVersion: 'v1',
        kind: 'List',
        items,
      });
      assert.equal(exitCode, 0, stderr);
      const lines = stderr.split('\n').filter((line) => line.startsWith('Warning: downlink: '));
      assert.deepEqual(
        lines.map((line) => line.split(': ')[2]),
        ['Deployment/one', 'Deployment/two'],
        stderr,
      );
    });

    test('a workload without a name is named by its generateName', needsKubectl, async () => {
      const { metadata, ...object } = deployment('', { 'downlink.dev/env': 'POD=metadata.nam' });
      const generated = { ...object, metadata: { namespace: metadata.namespace, generateName: 'later-' } };
      const selected = JSON.parse(JSON.stringify(generated).replaceAll('"app":""', '"app":"later"'));
      const { exitCode, stderr } = await kubectl(plane, ['create', '-f', '-'], selected);
      assert.equal(exitCode, 0, stderr);
      // newer API servers generate the name before they call the webhook
      assert.match(stderr, /^Warning: downlink: Deployment\/later-\w*: spec\.template\./m);
    });

    test('commonAnnotations of Kustomize, on a workload and its template, cause no warning', async () => {
      for (const workload of kinds) {
        const object = workloadIn(workload, 'common', { 'downlink.dev/env': 'pod' });
        const metadata = { ...object.metadata, annotations: { 'downlink.dev/env': 'pod' } };
        const answer = await api.create({ ...object, metadata }, { dryRun: 'All' });
        accepted(answer);
        assert.deepEqual(ours(answer.warnings), []);
      }
    });

    test('each warning has the message with which a pod of the template is denied', async () => {
      const { details } = refused(await api.create(podWith(namespace, 'of-template', faulty)), 422);
      const { warnings } = await api.create(deployment('words', faulty), { dryRun: 'All' });
      const causes = details?.causes ?? [];
      assert.equal(causes.length, 2);
      const expected = causes.map(
        ({ field, message }) => `downlink: Deployment/words: spec.template.${field}: ${message}`,
      );
      assert.deepEqual(ours(warnings), expected);
    });

    test('the Deployment is stored as without Downlink', async () => {
      const { spec } = accepted(await api.create({ ...deployment('stored', faulty) }));
      const alone = await api.create(deployment('alone', faulty, elsewhere), { dryRun: 'All' });
      if (!isAtLeast(version, 1, 30)) assert.deepEqual(ours(alone.warnings), [], 'its namespace has no label');
      const { spec: specAlone } = accepted(alone);
      assert.deepEqual(JSON.parse(JSON.stringify(spec).replaceAll('"stored"', '"alone"')), specAlone);
    });

    test('the ReplicaSet of a Deployment causes no second warning', needsManager, async () => {
      accepted(await api.create(deployment('owner', faulty)));
      const replicaSet = await eventually(async () => {
        const anyReplicaSet = { ...deployment('', {}), kind: 'ReplicaSet' };
        const { items } = accepted<List>(await api.list(anyReplicaSet, { labelSelector: 'app=owner' }));
        assert.ok(items[0], 'the Deployment has no ReplicaSet');
        return items[0];
      });
      assert.equal((replicaSet['spec'] as Manifest).template.metadata.annotations['downlink.dev/volume-mode'], '999');
      const logged = reviewsOf('owner').filter(({ kind }) => kind === 'ReplicaSet');
      const outcomes = [...new Set(logged.map(({ outcome }) => outcome))];
      assert.deepEqual(outcomes, isAtLeast(version, 1, 30) ? [] : ['skipped']);
      assert.ok(reviewsOf('owner').some(({ kind, outcome }) => kind === 'Deployment' && outcome === 'warned'));
    });

    test('an update warns about a mistake, and no longer once it is fixed', async () => {
      const object = deployment('updated', { 'downlink.dev/env': 'pod' });
      assert.deepEqual(ours((await api.create(object)).warnings), []);
      const annotate = (value: string) => {
        const spec = { template: { metadata: { annotations: { 'downlink.dev/env': value } } } };
        return api.patch(object, { spec });
      };
      const broken = await annotate('POD=metadata.nam');
      accepted(broken);
      assert.deepEqual(ours(broken.warnings), [
        'downlink: Deployment/updated: spec.template.metadata.annotations[downlink.dev/env]: Invalid value: "POD=metadata.nam": unknown field; did you mean "POD=metadata.name"?',
      ]);
      const mended = await annotate('metadata.name');
      accepted(mended);
      assert.deepEqual(ours(mended.warnings), []);
    });

    test('annotations on the Deployment itself are reported as misplaced', needsKubectl, async () => {
      const object = deployment('misplaced', {});
      const metadata = { ...object.metadata, annotations: { 'downlink.dev/env': 'pod' } };
      const { exitCode, stderr } = await kubectl(plane, ['apply', '-f', '-'], { ...object, metadata });
      assert.equal(exitCode, 0, stderr);
      const warning =
        'Warning: downlink: Deployment/misplaced: metadata.annotations[downlink.dev/env]: it has no effect here; move it to spec.template.metadata.annotations';
      assert.ok(stderr.split('\n').includes(warning), stderr);
    });

    for (const workload of kinds) {
      test(`a ${workload.apiVersion} ${workload.kind} with mistakes causes warnings`, async () => {
        const answer = await create(api, workload, faulty);
        accepted(answer);
        const path = `${workload.path}.metadata.annotations`;
        const fields = ours(answer.warnings).map((text) => text.split(': ')[2]);
        assert.deepEqual(fields, [`${path}[downlink.dev/volume-mode]`, `${path}[downlink.dev/env]`]);
      });

      test(`a ${workload.apiVersion} ${workload.kind} without mistakes or annotations causes none`, async () => {
        for (const annotations of [{ 'downlink.dev/env': 'pod' }, {}]) {
          const answer = await create(api, workload, annotations);
          accepted(answer);
          assert.deepEqual(ours(answer.warnings), []);
        }
      });
    }

    test('an object with a controller causes no warning', async () => {
      const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'a', uid: 'a', controller: true }];
      const object = workloadIn(workloadKinds[3], 'made', faulty);
      const answer = await api.create({ ...object, metadata: { ...object.metadata, ...{ ownerReferences } } });
      accepted(answer);
      assert.deepEqual(ours(answer.warnings), []);
      const outcomes = reviewsOf('made').map(({ outcome }) => outcome);
      assert.deepEqual(outcomes, isAtLeast(version, 1, 30) ? [] : ['skipped']);
    });

    test('a workload without annotations, or with an opt-out, is not sent', needsConditions, async () => {
      accepted(await api.create(deployment('stranger', { 'example.com/note': 'x' })));
      accepted(await api.create(deployment('opted-out', { ...faulty, 'downlink.dev/inject': 'false' })));
      accepted(await api.create(deployment('known', { 'downlink.dev/env': 'pod' })));
      assert.deepEqual(
        ['known', 'opted-out', 'stranger'].map((name) => reviewsOf(name).length),
        [1, 0, 0],
      );
    });

    test('scaling causes no review', async () => {
      const object = deployment('scaled', faulty);
      accepted(await api.create(object));
      const path = `/apis/apps/v1/namespaces/${namespace}/deployments/scaled/scale`;
      const { code, warnings } = await api.request(
        'PATCH',
        path,
        { spec: { replicas: 0 } },
        'application/merge-patch+json',
      );
      assert.equal(code, 200);
      assert.deepEqual(ours(warnings), []);
    });

    describe('while Downlink is down', () => {
      before(() => server.stop(0));

      test('kubectl apply of a workload succeeds without warnings', needsKubectl, async () => {
        const { exitCode, stderr } = await kubectl(plane, ['apply', '-f', '-'], deployment('meanwhile', faulty));
        assert.equal(exitCode, 0, stderr);
        assert.doesNotMatch(stderr, /downlink:/);
      });
    });
  });
}

interface List {
  readonly items: readonly KubernetesObject[];
}

/** Returns the configuration of the chart for the version, with a port of the loopback address. */
async function validatingConfiguration(
  gitVersion: string,
  port: number,
  { authority }: CertificateFolder,
): Promise<KubernetesObject> {
  const manifests = await helm('template', 'downlink', chart, '--namespace', 'downlink', '--kube-version', gitVersion);
  const configuration = only(parseManifests(manifests), 'ValidatingWebhookConfiguration');
  const caBundle = Buffer.from(authority.certificate).toString('base64');
  const webhooks = configuration.webhooks.map((webhook: Manifest) => ({
    ...webhook,
    clientConfig: { url: `https://127.0.0.1:${port}${webhook.clientConfig.service.path}`, caBundle },
  }));
  return { ...configuration, webhooks };
}

function ours(warnings: readonly string[]): readonly string[] {
  return warnings.filter((text) => text.startsWith('downlink: '));
}

function create(
  api: Api,
  workload: (typeof workloadKinds)[number],
  annotations: Readonly<Record<string, string>>,
): Promise<Answer> {
  return api.create(workloadIn(workload, 'kind', annotations), { dryRun: 'All' });
}

function deployment(name: string, annotations: Readonly<Record<string, string>>, where = namespace): KubernetesObject {
  return workloadIn(workloadKinds[0], name, annotations, where);
}

/** Returns a valid workload, without pods if its kind allows it. */
function workloadIn(
  workload: (typeof workloadKinds)[number],
  name: string,
  annotations: Readonly<Record<string, string>>,
  where = namespace,
): KubernetesObject {
  const { kind } = workload;
  const labels = { app: name };
  const endsItself = kind === 'Job' || kind === 'CronJob';
  const pod = podWith(where, name, {}, endsItself ? { restartPolicy: 'Never' } : {})['spec'];
  const object = workloadOf(workload, { metadata: { labels, annotations }, spec: pod }, { name, namespace: where });
  if (endsItself) return object as unknown as KubernetesObject;
  const selector = kind === 'ReplicationController' ? labels : { matchLabels: labels };
  const replicas = kind === 'DaemonSet' ? {} : { replicas: 0 };
  const service = kind === 'StatefulSet' ? { serviceName: name } : {};
  return { ...object, spec: { ...object.spec, selector, ...replicas, ...service } } as unknown as KubernetesObject;
}

import assert from 'node:assert/strict';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parse, stringify } from 'yaml';
import type { KubernetesVersion } from '../../../src/kubernetes/kubernetes-version.ts';
import type { Pod } from '../../../src/kubernetes/pod.ts';
import { removeAtExit } from '../../cluster/processes.ts';
import { runScan } from '../../cluster/scanned.ts';
import { skipBefore } from '../../cluster/versions.ts';
import { eventually } from '../../support/eventually.ts';
import { deploy, replicaNames } from '../helm.ts';
import { create, kubectl } from '../kubectl.ts';
import { execute, fetchIn, logs } from '../pods.ts';
import {
  attributesIn,
  environmentOf,
  expectedAttributes,
  podOf,
  rolledOut,
  shareOfLimit,
  templateWith,
  variablesIn,
  workloadWith,
} from '../profile-workloads.ts';
import { namespace, otherNamespace } from '../settings.ts';
import { namespaceProfileTests } from './namespace-profile.ts';

const inNamespace = ['--namespace', namespace];
const web = { 'downlink.dev/profile': 'web' };
const proxy = 'http://127.0.0.1:8001';
/** A profile with a text that names other variables, and with one label that the pods have and one that they lack. */
const shop = {
  env: `workload, GREETING="hello, $(WORKLOAD_NAME)", TIER=metadata.labels['tier']?, OWNER=metadata.labels['owner']?`,
};

/** Tests the profile `web` of docs/profiles.md in the environment of running containers. */
export function profilesTests(version: KubernetesVersion): void {
  // before it, a Job cannot have an ambassador unless it says so itself
  const needsSidecars = { skip: skipBefore(version, 1, 32, 'native sidecars by default') };
  describe('profiles', () => {
    let values: ChartValues;
    before(async () => {
      values = await documentedValues();
      await deployWith(values);
      const cronJobs = needsSidecars.skip === false ? [cronJob] : [];
      await create(namespace, workloadWith('Deployment', 'storefront', both), ...cronJobs);
    });
    after(() => kubectl([...inNamespace, 'delete', '--ignore-not-found', '--wait=false', ...everything]));

    test('give the pod of a Deployment its variables, files, and ambassador', async () => {
      const pod = await rolledOut(namespace, 'deployment/storefront');
      const environment = await checkStorefront(pod, 90);
      assert.equal(environment.get('GREETING'), 'hello, storefront');
      assert.equal(environment.get('TIER'), 'front');
      assert.equal(environment.get('OWNER'), undefined);
      assert.match(await execute(pod, 'cat', '/etc/downward/labels'), /^app="storefront"$/m);
      assert.equal((await fetchIn(pod, `${proxy}/api/v1/namespaces/${namespace}/pods`)).code, 200);
      assert.equal((await fetchIn(pod, `${proxy}/api/v1/namespaces/${otherNamespace}/pods`)).code, 403);
    });

    test('give its next pod the same after a rollout', async () => {
      const old = await podOf(namespace, 'storefront');
      const pod = await restarted('deployment/storefront');
      assert.notEqual(pod.metadata?.name, old.metadata?.name);
      await checkStorefront(pod, 90);
    });

    test('give the pod of a StatefulSet the name of the StatefulSet', async () => {
      await create(namespace, workloadWith('StatefulSet', 'ledger', web));
      const pod = await rolledOut(namespace, 'statefulset/ledger');
      assert.equal(pod.metadata?.name, 'ledger-0');
      checkWeb(pod, await environmentOf(pod), 'ledger', { 'k8s.statefulset.name': 'ledger' });
    });

    for (const [name, owner, run] of [
      ['load', { 'k8s.job.name': 'load' }, () => create(namespace, job('load'))],
      // a Job that somebody creates from a CronJob has a name of its own
      ['by-hand', { 'k8s.job.name': 'by-hand' }, () => fromCronJob('by-hand')],
    ] as const)
      test(`give the pod of the Job ${name} the name of the Job, and the Job completes`, needsSidecars, async () => {
        await run();
        await checkJob(name, name, owner);
      });

    test('give the pod of a CronJob the name of the CronJob', needsSidecars, async () => {
      const [name = ''] = await eventually(jobsOfCronJob, 90_000); // milliseconds: the CronJob runs each minute
      await kubectl([...inNamespace, 'patch', 'cronjob', 'report', '--patch={"spec":{"suspend":true}}']);
      await checkJob(name, 'report', { 'k8s.cronjob.name': 'report' });
    });

    namespaceProfileTests(version);

    test('that change replace the replicas, and scan names the workloads with the old ones', async () => {
      const before = await replicaNames();
      await deployWith(withShare(values, 80));
      const replicas = await replicaNames();
      assert.deepEqual(
        replicas.filter((name) => before.includes(name)),
        [],
      );
      assert.ok((await staleIn(namespace)).includes(`warning profile-changed Deployment ${namespace}/storefront 1`));
      await checkStorefront(await restarted('deployment/storefront'), 80);
      const stale = await staleIn(namespace);
      assert.ok(!stale.some((finding) => finding.includes('/storefront')), stale.join('\n'));
      assert.ok(stale.includes(`warning profile-changed StatefulSet ${namespace}/ledger 1`), stale.join('\n'));
    });
  });
}

const both = { 'downlink.dev/profile': 'web, shop' };
const everything = ['deployment/storefront', 'statefulset/ledger', 'job/load', 'job/by-hand', 'cronjob/report'];

interface ChartValues {
  readonly profiles: { readonly web: { readonly env: string } };
  readonly [value: string]: unknown;
}

/** Returns the values at the beginning of docs/profiles.md, with another profile, and with `web` for namespaces. */
async function documentedValues(): Promise<ChartValues> {
  const page = await readFile(new URL('../../../docs/profiles.md', import.meta.url), 'utf8');
  const [, block = ''] = /^```yaml\n(.*?)^```$/ms.exec(page) ?? [];
  const documented: ChartValues = parse(block);
  return { ...documented, profiles: { ...documented.profiles, ...{ shop } }, namespaceProfiles: ['web'] };
}

/** Returns the values with another percentage of the memory limit. */
function withShare({ profiles, ...others }: ChartValues, percentage: number): ChartValues {
  const env = profiles.web.env.replace('90%', `${percentage}%`);
  assert.notEqual(env, profiles.web.env);
  return { ...others, profiles: { ...profiles, web: { ...profiles.web, env } } };
}

/** Upgrades the release, and waits until the old replicas, which know the old profiles, have ended. */
async function deployWith(values: ChartValues): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'downlink-values-'));
  removeAtExit(folder);
  await writeFile(join(folder, 'values.yaml'), stringify(values));
  await deploy('upgrade', ['--values', join(folder, 'values.yaml')]);
  await eventually(async () => assert.equal((await replicaNames()).length, 2), 120_000); // milliseconds: a pod has 45 s to end
}

async function restarted(workload: string): Promise<Pod> {
  await kubectl([...inNamespace, 'rollout', 'restart', workload]);
  return rolledOut(namespace, workload);
}

async function checkStorefront(pod: Pod, percentage: number): Promise<ReadonlyMap<string, string>> {
  const environment = await environmentOf(pod);
  checkWeb(pod, environment, 'storefront', { 'k8s.deployment.name': 'storefront' }, percentage);
  return environment;
}

/** Checks the variables of the profile `web`. */
function checkWeb(
  pod: Pod,
  environment: ReadonlyMap<string, string>,
  service: string,
  workload: Readonly<Record<string, string>>,
  percentage = 90,
): void {
  assert.equal(environment.get('OTEL_SERVICE_NAME'), service);
  assert.deepEqual(attributesIn(environment), expectedAttributes(pod, workload));
  assert.equal(environment.get('GOMEMLIMIT'), shareOfLimit(percentage));
}

/** Waits until a Job has completed, and checks the variables that its pod has printed. */
async function checkJob(name: string, service: string, owner: Readonly<Record<string, string>>): Promise<void> {
  await kubectl([...inNamespace, 'wait', '--for=condition=Complete', `job/${name}`, '--timeout=120s']);
  const selector = `--selector=job-name=${name}`;
  const { items } = JSON.parse(await kubectl([...inNamespace, 'get', 'pods', selector, '-o=json']));
  assert.equal(items.length, 1);
  checkWeb(items[0], variablesIn(await logs(items[0])), service, owner);
}

const jobSpec = { backoffLimit: 0, template: templateWith('job', web, 'env', { restartPolicy: 'Never' }) };

function job(name: string) {
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name }, spec: jobSpec };
}

const cronJob = {
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name: 'report' },
  spec: { schedule: '* * * * *', concurrencyPolicy: 'Forbid', jobTemplate: { spec: jobSpec } },
};

function fromCronJob(name: string): Promise<string> {
  return kubectl([...inNamespace, 'create', 'job', name, `--from=cronjob/${cronJob.metadata.name}`]);
}

/** Returns the names of the Jobs that the CronJob controller has created; throws an AssertionError if there are none. */
async function jobsOfCronJob(): Promise<readonly string[]> {
  const names = (await kubectl([...inNamespace, 'get', 'jobs', '-o=jsonpath={.items[*].metadata.name}'])).split(' ');
  const own = names.filter((name) => /^report-\d+$/.test(name));
  assert.notEqual(own.length, 0, `the CronJob has not run: ${names}`);
  return own;
}

/** Returns the findings about profiles that have changed. */
async function staleIn(where: string): Promise<readonly string[]> {
  const { found, stderr } = await runScan(process.env['KUBECONFIG'] ?? '', ['-n', where]);
  assert.equal(stderr, '');
  return found.filter((finding) => finding.includes('profile-changed'));
}

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultPolicy as policy } from '../../../src/certificates/renewal-policy.ts';
import { eventually } from '../../support/eventually.ts';
import { caBundle, issueAuthority } from '../../support/pem-certificates.ts';
import { accepted, type KubernetesObject } from '../api.ts';
import { freePorts } from '../processes.ts';
import { askHealth } from './balancer.ts';
import type { Installation } from './installation.ts';
import type { LogLine } from './replica.ts';
import { withService } from './service.ts';
import type { Table } from './table.ts';

interface Rule {
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** The rights that no replica gets ready without. */
const needed = [
  { verb: 'create', resource: 'secrets' },
  { verb: 'get', resource: 'secrets' },
  { verb: 'update', resource: 'secrets', damaged: true },
  { verb: 'get', resource: 'deployments' },
  { verb: 'get', resource: 'mutatingwebhookconfigurations' },
  { verb: 'patch', resource: 'mutatingwebhookconfigurations' },
];
/** Those without which it looks every minute only. */
const neededToFollow = [
  { verb: 'watch', resource: 'secrets' },
  { verb: 'watch', resource: 'mutatingwebhookconfigurations' },
  { verb: 'watch', resource: 'validatingwebhookconfigurations' },
];
/** Those without which nobody is warned early, and pods mind nothing. */
const neededToWarn = [
  { verb: 'get', resource: 'validatingwebhookconfigurations' },
  { verb: 'patch', resource: 'validatingwebhookconfigurations' },
];

/** A missing right is told by its verb and resource, and all is well as soon as it is given. */
export function rightsTests(installation: Installation, table: Table): void {
  const { api } = installation.plane;
  const replaceRoles = async (change: (rules: readonly Rule[]) => readonly Rule[]) => {
    for (const role of installation.roles) {
      const rules = change((role as KubernetesObject & { rules: readonly Rule[] }).rules);
      accepted(await api.patch(role, { rules }));
    }
  };
  const without =
    ({ verb, resource }: { verb: string; resource: string }) =>
    (rules: readonly Rule[]) =>
      rules
        .map((rule) =>
          rule.resources.includes(resource) ? { ...rule, verbs: rule.verbs.filter((one) => one !== verb) } : rule,
        )
        .filter(({ verbs }) => verbs.length > 0);

  /** Waits until the API server knows that the service account has lost that right. */
  const isTaken = async ({ verb, resource }: { verb: string; resource: string }) => {
    const { namespace, name } = installation.secret.metadata;
    const isSecret = resource === 'secrets';
    const attributes = isSecret ? { namespace, name } : { group: 'admissionregistration.k8s.io', name: 'downlink' };
    const user = 'system:serviceaccount:downlink:downlink';
    const apiVersion = 'authorization.k8s.io/v1';
    const spec = { user, resourceAttributes: { verb, resource, ...attributes } };
    await eventually(async () => {
      const review = { apiVersion, kind: 'SubjectAccessReview', spec };
      const answer = await api.request('POST', `/apis/${apiVersion}/subjectaccessreviews`, review);
      assert.equal(accepted<{ status: { allowed: boolean } }>(answer).status.allowed, false);
    });
  };

  describe('rights', () => {
    test('are those that something here does not work without, and no others', () => {
      const given = installation.roles
        .flatMap((role) => (role as KubernetesObject & { rules: readonly Rule[] }).rules)
        .flatMap(({ verbs, resources }) => verbs.flatMap((verb) => resources.map((resource) => `${verb} ${resource}`)));
      const used = [...needed, ...neededToFollow, ...neededToWarn].map(({ verb, resource }) => `${verb} ${resource}`);
      assert.deepEqual(given.toSorted(), used.toSorted());
    });

    for (const { verb, resource, damaged = false } of needed) {
      test(`without the right to ${verb} ${resource}, log and readiness say so; with it the replica gets ready`, () =>
        withService(installation, async (service) => {
          if (damaged) accepted(await api.create(installation.secret)); // without data
          await replaceRoles(without({ verb, resource }));
          const [healthPort = 0] = await freePorts(1);
          const log: LogLine[] = [];
          const starting = service.start({ policy, log, flags: { healthPort: String(healthPort) } });
          const says = new RegExp(`cannot ${verb} resource "${resource}" in API group`);
          try {
            await eventually(async () => {
              const answer = await askHealth({ port: 0, healthPort }, '/readyz').catch(() => undefined);
              assert.equal(answer?.status, 503);
              assert.match(answer.body, says);
              assert.match(saidAt(log, 'error'), says);
            });
          } finally {
            await replaceRoles((rules) => rules);
            await starting;
          }
          await service.inject(1);
        }));
    }

    for (const { verb, resource } of neededToWarn) {
      test(`without the right to ${verb} ${resource}, pods are injected and the log says so; with it people are warned`, () =>
        withService(installation, async (service) => {
          await replaceRoles(without({ verb, resource }));
          const log: LogLine[] = [];
          const says = new RegExp(`cannot ${verb} resource "${resource}" in API group`);
          try {
            const replica = await service.start({ policy, log });
            await service.inject(1);
            await eventually(async () => assert.match(saidAt(log, 'warn'), says));
            assert.equal((await askHealth(replica, '/readyz')).status, 200);
            assert.equal(await service.caBundle(service.validating), undefined);
          } finally {
            await replaceRoles((rules) => rules);
          }
          await service.putCaBundle('', service.validating); // an event, which spares half a minute
          await eventually(async () =>
            assert.equal(await service.caBundle(service.validating), await service.caBundle()),
          );
        }));
    }

    test('while no replica may put caBundle right, pods are refused and nothing else; then it is put right', () =>
      withService(installation, async (service) => {
        const replicas = [await service.start({ policy }), await service.start({ policy })];
        await service.inject(2);
        const good = await service.caBundle();
        const counts = await service.underLoad(async () => {
          await replaceRoles(without({ verb: 'patch', resource: 'mutatingwebhookconfigurations' }));
          await service.putCaBundle(caBundle((await issueAuthority('somebody else', new Date(), 60_000)).certificate));
          try {
            await eventually(async () => assert.equal(await service.metric('downlink_ca_bundle_matches'), 0));
            for (const { log } of replicas)
              await eventually(async () => assert.match(saidAt(log, 'error'), /cannot patch resource/));
            for (const replica of replicas) assert.equal((await askHealth(replica, '/readyz')).status, 200);
          } finally {
            await replaceRoles((rules) => rules);
          }
          await eventually(async () => assert.equal(await service.caBundle(), good));
        });
        table.add('caBundle overwritten, and no right to put it right for a moment', counts);
        assert.ok(counts.failures > 0, 'the load notices'); // as it would in the tests where it notices nothing
        for (const cause of Object.keys(counts.causes)) assert.match(cause, /certificate signed by unknown authority/);
        assert.equal(await service.metric('downlink_ca_bundle_matches'), 2);
      }));

    test('without the right to watch, a replica works and the log says so', () =>
      withService(installation, async (service) => {
        await replaceRoles((rules) => neededToFollow.reduce((rest, right) => without(right)(rest), rules));
        try {
          for (const right of neededToFollow) await isTaken(right); // a watch that has begun goes on without the right
          const { log } = await service.start({ policy });
          await service.inject(1);
          for (const { verb, resource } of neededToFollow) {
            const says = new RegExp(`cannot ${verb} resource "${resource}" in API group`);
            await eventually(async () => assert.match(saidAt(log, 'warn'), says));
          }
        } finally {
          await replaceRoles((rules) => rules);
        }
      }));
  });
}

function saidAt(log: readonly LogLine[], level: string): string {
  return log
    .filter((line) => line.level === level)
    .map(({ error }) => error)
    .join('\n');
}

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

/** The permissions that a replica needs to become ready. */
const needed = [
  { verb: 'create', resource: 'secrets' },
  { verb: 'get', resource: 'secrets' },
  { verb: 'update', resource: 'secrets', damaged: true },
  { verb: 'get', resource: 'deployments' },
  { verb: 'get', resource: 'mutatingwebhookconfigurations' },
  { verb: 'patch', resource: 'mutatingwebhookconfigurations' },
];
/** The permissions without which a replica polls every minute. */
const neededToFollow = [
  { verb: 'watch', resource: 'secrets' },
  { verb: 'watch', resource: 'mutatingwebhookconfigurations' },
  { verb: 'watch', resource: 'validatingwebhookconfigurations' },
];
/** The permissions without which there are no workload warnings, but pods are still injected. */
const neededToWarn = [
  { verb: 'get', resource: 'validatingwebhookconfigurations' },
  { verb: 'patch', resource: 'validatingwebhookconfigurations' },
];

/** Tests that a missing permission is reported by verb and resource, and that everything works once it is granted. */
export function permissionsTests(installation: Installation, table: Table): void {
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

  /** Waits until the API server denies the permission to the service account. */
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

  describe('permissions', () => {
    test('are only those that something here does not work without', () => {
      const given = installation.roles
        .flatMap((role) => (role as KubernetesObject & { rules: readonly Rule[] }).rules)
        .flatMap(({ verbs, resources }) => verbs.flatMap((verb) => resources.map((resource) => `${verb} ${resource}`)));
      const used = [...needed, ...neededToFollow, ...neededToWarn].map(({ verb, resource }) => `${verb} ${resource}`);
      assert.deepEqual(given.toSorted(), used.toSorted());
    });

    for (const { verb, resource, damaged = false } of needed) {
      test(`log and readiness report a missing permission to ${verb} ${resource}, and the replica becomes ready with it`, () =>
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
      test(`pods are injected without the permission to ${verb} ${resource}, the log reports it, and workload warnings work with it`, () =>
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
          await service.putCaBundle('', service.validating); // an event, so that the replica does not wait half a minute
          await eventually(async () =>
            assert.equal(await service.caBundle(service.validating), await service.caBundle()),
          );
        }));
    }

    test('pods are rejected while no replica can repair caBundle, which is repaired with the permission', () =>
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
        assert.ok(counts.failures > 0, 'the load sees failures'); // as it would in the tests without failures
        for (const cause of Object.keys(counts.causes)) assert.match(cause, /certificate signed by unknown authority/);
        assert.equal(await service.metric('downlink_ca_bundle_matches'), 2);
      }));

    test('a replica works without the permission to watch, and the log reports it', () =>
      withService(installation, async (service) => {
        await replaceRoles((rules) => neededToFollow.reduce((rest, right) => without(right)(rest), rules));
        try {
          for (const right of neededToFollow) await isTaken(right); // a watch that has started continues without the permission
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

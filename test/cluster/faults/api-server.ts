import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { defaultPolicy as policy } from '../../../src/certificates/renewal-policy.ts';
import { eventually } from '../../support/eventually.ts';
import { caBundle, issueAuthority } from '../../support/pem-certificates.ts';
import { accepted, type KubernetesObject } from '../api.ts';
import { podWith } from '../pods.ts';
import { askHealth } from './balancer.ts';
import type { Installation } from './installation.ts';
import { type Service, withService } from './service.ts';
import type { Table } from './table.ts';

/** Tests a restart of the API server, and changes to the webhook configurations. */
export function apiServerTests(installation: Installation, table: Table): void {
  const { plane } = installation;
  const withDownlink = (use: (service: Service) => Promise<void>) => () => withService(installation, use);
  describe('the API server', () => {
    test(
      'soon has the correct caBundle back after it is overwritten, and each repair is counted once',
      withDownlink(async (service) => {
        await service.start({ policy });
        await service.start({ policy });
        await service.inject(2);
        const foreign = caBundle((await issueAuthority('somebody else', new Date(), 60_000)).certificate);
        const repairedAfter: number[] = [];
        const counts = await service.underLoad(async (mark) => {
          while (repairedAfter.length < 5) {
            mark();
            repairedAfter.push(await overwriteCaBundle(service, foreign));
            await delay(330); // so that some pods coincide with it
          }
        });
        table.add(`caBundle overwritten 5 times (repaired after ${repairedAfter.join(', ')} ms)`, counts);
        assert.equal(counts.uninjected, 0);
        assert.equal(await service.metric('downlink_ca_bundle_repairs_total'), 5);
        assert.equal(await service.metric('downlink_ca_bundle_matches'), 2, 'both say that it matches');
      }),
    );

    test(
      'still has pods injected without the validating configuration or its caBundle, which are repaired',
      withDownlink(async (service) => {
        const { validating } = service;
        const replicas = [await service.start({ policy }), await service.start({ policy })];
        await service.inject(2);
        const good = await service.caBundle();
        const isKept = () => eventually(async () => assert.equal(await service.caBundle(validating), good));
        await isKept();
        const foreign = caBundle((await issueAuthority('somebody else', new Date(), 60_000)).certificate);
        const counts = await service.underLoad(async () => {
          await service.putCaBundle(foreign, validating);
          await isKept();
          accepted(await plane.api.remove(validating));
          for (const { log } of replicas)
            await eventually(async () =>
              assert.equal(log.filter(({ msg }) => /cannot update caBundle/.test(msg)).length, 1),
            );
          await delay(3000); // enough for a repetition
          for (const replica of replicas) {
            assert.equal((await askHealth(replica, '/readyz')).status, 200);
            const { log } = replica;
            assert.equal(log.filter(({ msg }) => /cannot update caBundle/.test(msg)).length, 1, 'logged once');
          }
          accepted(await plane.api.create(validating));
          await isKept();
        });
        table.add('the validating configuration overwritten, and deleted', counts);
        assert.equal(counts.failures, 0);
        assert.equal(await service.metric('downlink_ca_bundle_matches'), 2);
        const deployment = deploymentOf(podWith('default', 'warned', { 'downlink.dev/env': 'metadata.nam' }));
        await eventually(async () => {
          const { warnings } = await plane.api.create(deployment, { dryRun: 'All' });
          assert.ok(
            warnings.some((text) => /^downlink: \w+\/\S+: spec\.template\./.test(text)),
            'the API server does not warn',
          );
        });
      }),
    );

    test(
      'finds every replica ready after a restart, and is watched again',
      withDownlink(async (service) => {
        const replicas = [await service.start({ policy }), await service.start({ policy })];
        await service.inject(2);
        const counts = await service.underLoad(async () => {
          await plane.stopApiServer();
          await delay(1000);
          for (const replica of replicas) assert.equal((await askHealth(replica, '/readyz')).status, 200);
          assert.equal(await service.metric('downlink_ca_bundle_matches'), 2, 'nothing speaks against it');
          await plane.startApiServer();
        });
        table.add('the API server restarted', counts);
        assert.equal(counts.uninjected, 0);
        const causes = Object.keys(counts.causes).filter((cause) => !cause.startsWith('API server: '));
        assert.deepEqual(causes, [], 'what fails is the API server itself');

        const foreign = caBundle((await issueAuthority('somebody else', new Date(), 60_000)).certificate);
        const repairedAfter = await overwriteCaBundle(service, foreign);
        console.log(`caBundle overwritten after that: repaired after ${repairedAfter} ms`);
        assert.ok(repairedAfter < 40_000);
      }),
    );
  });
}

/** Overwrites caBundle, waits until it is repaired, and returns how long that took, in milliseconds. */
async function overwriteCaBundle(service: Service, foreign: string): Promise<number> {
  const good = await service.caBundle();
  const began = performance.now();
  await service.putCaBundle(foreign);
  await eventually(async () => assert.equal(await service.caBundle(), good, 'caBundle is not repaired'));
  return Math.round(performance.now() - began);
}

/** Returns a Deployment with a mistake in its template. */
function deploymentOf({ metadata, spec }: KubernetesObject): KubernetesObject {
  const { namespace, name, annotations = {} } = metadata;
  const labels = { app: 'warned' };
  const template = { metadata: { labels, annotations }, spec };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { ...(namespace && { namespace }), ...(name && { name }) },
    spec: { selector: { matchLabels: labels }, template },
  };
}

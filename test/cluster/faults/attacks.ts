import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultPolicy as policy } from '../../../src/certificates/renewal-policy.ts';
import { bodyBounds, bodyLimit, healthConnections, webhookConnections } from '../../../src/server/memory-budget.ts';
import { gatherCrowd } from '../../fuzz/memory-attacks.ts';
import { accepted } from '../api.ts';
import { podWith } from '../pods.ts';
import type { Installation } from './installation.ts';
import { withService } from './service.ts';
import type { Table } from './table.ts';

const halfSent = (path: string) =>
  `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${bodyLimit}\r\n\r\n{`;

/** Tests an attacker who can reach the ports of a replica and tries to block the API server. */
export function attacksTests(installation: Installation, table: Table): void {
  const { api } = installation.plane;
  describe('an attack', () => {
    test('on both ports rejects no pod, and a large pod needs a second attempt', () =>
      withService(installation, async (service) => {
        const replica = await service.start({ policy });
        await service.inject(1);
        const crowd = gatherCrowd();
        const each = async (count: number, act: () => Promise<unknown>) => {
          for (let done = 0; done < count; done += 20) await Promise.all(Array.from({ length: 20 }, act));
        };
        const counts = await service.underLoad(async () => {
          await each(healthConnections.fresh + 20, async () =>
            (await crowd.tcp(replica.healthPort))?.write(halfSent('/readyz')),
          );
          await each(webhookConnections.fresh + 20, () => crowd.tls(replica.port));
          // these are the newest, and hold all memory for large bodies
          for (let bytes = 0; bytes < bodyBounds.allLarge; bytes += bodyLimit)
            (await crowd.tls(replica.port))?.write(halfSent('/mutate'));
          const env = Array.from({ length: 4000 }, (_, index) => ({ name: `V${index}`, value: 'x'.repeat(100) }));
          const pod = podWith('default', 'large', { 'downlink.dev/env': 'pod' });
          const { spec } = pod as unknown as { spec: { containers: readonly object[] } };
          const large = { ...pod, spec: { ...spec, containers: spec.containers.map((one) => ({ ...one, env })) } };
          accepted(await api.create(large, { dryRun: 'All' }));
        });
        crowd.leave();
        table.add('connections and half-sent requests on both ports', counts);
        assert.equal(counts.failures, 0);
        assert.ok(
          (await service.metric('downlink_bodies_refused_total{reason="no-room"}')) >= 1,
          'the large pod was told to come again',
        );
        assert.ok((await service.metric('downlink_connections_dropped_total{port="webhook",reason="too-many"}')) >= 20);
      }));
  });
}

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { connect } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';
import type { RenewalPolicy } from '../../../src/certificates/renewal-policy.ts';
import { eventually } from '../../support/eventually.ts';
import { freePorts } from '../processes.ts';
import { askHealth, type Endpoint, probePeriod } from './balancer.ts';
import type { Installation } from './installation.ts';
import { podsPerSecond } from './load.ts';
import { type Replica, startReplicaProcess } from './replica.ts';
import { type Service, withService } from './service.ts';
import type { Table } from './table.ts';

const hour = 60 * 60 * 1000; // milliseconds
const policy: RenewalPolicy = { authorityLifetime: 48 * hour, servingLifetime: 48 * hour, activationDelay: 3000 };

/** Tests replicas that start, stop, crash, and disagree about the time. */
export function replicasTests(installation: Installation, table: Table): void {
  const withDownlink = (use: (service: Service) => Promise<void>) => () => withService(installation, use);
  describe('replicas', () => {
    for (const count of [2, 10]) {
      test(
        `${count} that start at once without a Secret agree on one CA, and reject no pod once the first is ready`,
        withDownlink(async (service) => {
          const starting = Array.from({ length: count }, () => service.start({ policy }));
          await eventually(async () => assert.ok(service.balancer.ready() > 0, 'no replica is ready'));
          const counts = await service.underLoad(async () => {
            await Promise.all(starting);
            await service.inject(count);
          });
          table.add(`${count} replicas start at once`, counts);
          assert.equal(counts.failures, 0);
          const { authorities, serving } = await service.state();
          assert.equal(authorities.length, 1);
          const replicas = await Promise.all(starting);
          for (const replica of replicas) assert.equal(await servedBy(replica), serving.certificate);
          assert.equal(replicas.flatMap(writes).length, 1, 'one writes the Secret, and the others adopt it');
          assert.equal(await service.metric('downlink_ca_bundle_repairs_total'), 0);
        }),
      );
    }

    test(
      'a rolling restart of two rejects no pod',
      withDownlink(async (service) => {
        const old = [await service.start({ policy }), await service.start({ policy })];
        await service.inject(2);
        const before = await service.state();
        const counts = await service.underLoad(async () => {
          for (const replica of old) {
            await service.start({ policy });
            await service.inject(3);
            await service.end(replica);
          }
        });
        table.add('rolling restart of two replicas', counts);
        assert.equal(counts.failures, 0);
        assert.ok(isDeepStrictEqual(await service.state(), before), 'the new replicas adopt the certificates');
      }),
    );

    test(
      'one of two that is killed rejects a few pods until the Service removes it',
      withDownlink(async (service) => {
        const startProcess = async () => {
          const { serving, kill } = await startReplicaProcess(installation.access, installation.flags, policy);
          const replica = { ...(await serving), kill };
          service.balancer.add(replica);
          return replica;
        };
        const kills = 3;
        let old = await startProcess();
        await service.inject(1);
        const counts = await service.underLoad(async (mark) => {
          for (let round = 0; round < kills; round++) {
            const next = await startProcess();
            await service.inject(2);
            mark();
            await old.kill(); // the one that the API server is connected to
            await eventually(async () => assert.equal(service.balancer.ready(), 1));
            service.balancer.remove(old);
            await service.inject(1); // the other replica serves
            old = next;
          }
        });
        await old.kill();
        table.add('one of two replicas killed (SIGKILL), 3 times', counts);
        assert.equal(counts.uninjected, 0);
        // all pods until the next probe, because the API server can send all of them to this replica
        const untilKnown = podsPerSecond * (probePeriod / 1000);
        assert.ok(counts.failures <= kills * untilKnown, 'only pods that are sent to it before the next probe fail');
      }),
    );

    // On the clock that is ahead, certificates of the correct time are past two thirds of their lifetime.
    const short: RenewalPolicy = { ...policy, authorityLifetime: 30 * hour, servingLifetime: 30 * hour };
    for (const { who, clocks, written } of [
      { who: 'joins the others and renews at once', clocks: [0, 24 * hour], written: 2 },
      { who: 'issues the certificates', clocks: [24 * hour, 0], written: 0 },
    ]) {
      test(
        `one whose clock is a day ahead ${who}, and no pod is rejected`,
        withDownlink(async (service) => {
          const [first, second] = clocks;
          await service.start({ policy: short, ahead: first });
          await service.inject(1);
          const counts = await service.underLoad(async () => {
            const replica = await service.start({ policy: short, ahead: second });
            await service.inject(2);
            await eventually(async () => assert.equal(writes(replica).length, written));
          });
          table.add(`one whose clock is a day ahead ${who}`, counts);
          assert.equal(counts.failures, 0);
        }),
      );
    }

    for (const { off, how } of [
      { off: 2 * 24 * hour, how: 'two days ahead' },
      { off: -2 * 24 * hour, how: 'two days behind' },
    ]) {
      test(
        `one whose clock is ${how} serves with the certificates of the others, and writes nothing`,
        withDownlink(async (service) => {
          const right = await service.start({ policy });
          await service.inject(1);
          const counts = await service.underLoad(async () => {
            const wrong = await service.start({ policy, ahead: off });
            await service.inject(2);
            await service.end(right);
            assert.equal(writes(wrong).length, 0);
            assert.equal(wrong.log.filter(({ msg }) => msg === 'the clock is wrong').length, 1);
            await service.inject(1);
          });
          table.add(`one whose clock is ${how} beside another one`, counts);
          assert.equal(counts.failures, 0);
        }),
      );

      test(
        `one whose clock is ${how} is not ready if it is alone, and reports both times`,
        withDownlink(async (service) => {
          const [healthPort = 0] = await freePorts(1);
          const flags = { healthPort: String(healthPort) };
          const starting = service.start({ policy, ahead: off, flags });
          await eventually(async () => {
            const answer = await askHealth({ port: 0, healthPort }, '/readyz').catch(() => undefined);
            assert.equal(answer?.status, 503);
            assert.match(
              answer.body,
              /clock of this replica shows \S+Z and the API server's shows \S+Z; they are more than a day apart/,
            );
          });
          await service.start({ policy });
          await starting;
          await service.inject(2);
        }),
      );
    }
  });
}

/** Returns the reason for each write of a replica to the Secret. */
export function writes({ log }: Replica): readonly unknown[] {
  return log.filter(({ msg }) => msg === 'wrote the Secret').map(({ change }) => change);
}

/** Returns the serving certificate of a replica, as PEM. */
export async function servedBy({ port }: Endpoint): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const certificate = socket.getPeerX509Certificate();
  socket.destroy();
  assert.ok(certificate);
  return certificate.toString();
}

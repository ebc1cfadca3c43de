import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { signerOf } from '../../../src/certificates/certificate.ts';
import { eventually } from '../../support/eventually.ts';
import { fromPem, parseAll } from '../../support/pem-certificates.ts';
import type { Installation } from './installation.ts';
import type { Replica } from './replica.ts';
import { servedBy, writes } from './replicas.ts';
import { type Service, withService } from './service.ts';
import type { Table } from './table.ts';

const second = 1000; // milliseconds
const day = 24 * 60 * 60 * second;

/** Tests renewals, within seconds instead of weeks. */
export function certificatesTests(installation: Installation, table: Table): void {
  const withDownlink = (use: (service: Service) => Promise<void>) => () => withService(installation, use);
  describe('renewal', () => {
    test(
      'of the certificate rejects no pod, and the other replica adopts it at once',
      withDownlink(async (service) => {
        const policy = { authorityLifetime: day, servingLifetime: 6 * second, activationDelay: 2 * second };
        const replicas = [await service.start({ policy }), await service.start({ policy })];
        await service.inject(2);
        const counts = await service.underLoad(() => writesInAll(replicas, 4));
        table.add('renewals of the certificate', counts);
        assert.equal(counts.failures, 0);
        const { authorities, serving } = await service.state();
        assert.equal(authorities.length, 1);
        for (const replica of replicas) assert.equal(await servedBy(replica), serving.certificate);
        const delays = adoptionDelays(replicas);
        assert.ok(Math.max(...delays) < 2 * second, `adopted after ${delays.join(', ')} ms`);
        assert.equal(await service.metric('downlink_ca_bundle_repairs_total'), 0);
      }),
    );

    test(
      'of the CA rejects no pod: caBundle has it before it is used, and loses the old one when that has expired',
      withDownlink(async (service) => {
        const policy = { authorityLifetime: 18 * second, servingLifetime: 12 * second, activationDelay: 3 * second };
        const replicas = [await service.start({ policy }), await service.start({ policy })];
        await service.inject(2);
        const first = await service.state();
        const counts = await service.underLoad(async () => {
          await eventually(async () => assert.equal((await service.state()).authorities.length, 2, 'no new CA'));
          const { serving } = await service.state();
          assert.ok(
            signerOf(fromPem(serving).certificate, parseAll(first.authorities.join(''))),
            'the old CA still issues the certificate',
          );
          await eventually(async () => {
            const { authorities } = await service.state();
            assert.ok(!authorities.includes(first.authorities[0] ?? ''), 'the old CA is still there');
          });
          await delay(second);
        });
        table.add('rotation of the CA', counts);
        assert.equal(counts.failures, 0);
        const { authorities, serving } = await service.state();
        for (const replica of replicas) assert.equal(await servedBy(replica), serving.certificate);
        const bundle = Buffer.from((await service.caBundle()) ?? '', 'base64').toString();
        assert.equal(bundle, authorities.join(''));
        assert.equal(
          await service.metric('downlink_ca_bundle_repairs_total'),
          0,
          'no replica reverted the change of another',
        );
      }),
    );
  });
}

async function writesInAll(replicas: readonly Replica[], count: number): Promise<void> {
  await eventually(async () => assert.ok(replicas.flatMap(writes).length >= count, 'not renewed often enough'));
}

/** Returns how long after each renewal the replicas adopted it, in milliseconds. */
function adoptionDelays(replicas: readonly Replica[]): readonly number[] {
  const times =
    (message: string) =>
    ({ log }: Replica) =>
      log.filter(({ msg }) => msg === message).map(({ time }) => time);
  const written = replicas.flatMap(times('wrote the Secret'));
  return replicas
    .flatMap(times('serving a new certificate'))
    .map((time) => Math.min(...written.map((write) => time - write).filter((since) => since >= 0)));
}

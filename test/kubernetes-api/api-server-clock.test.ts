import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodeState } from '../../src/certificates/certificate-state.ts';
import { defaultPolicy, renew } from '../../src/certificates/renewal-policy.ts';
import {
  type Cluster,
  configurationPath,
  createCluster,
  day,
  errorsOf,
  minute,
  names,
  randomness,
  secretPath,
  startReplica,
  writesOf,
} from '../certificates/in-memory-cluster.ts';

describe("a replica whose clock is more than a day from the API server's", () => {
  const bothTimes =
    /the clock of this replica shows 202\d-\S+Z and the API server's shows 202\d-\S+Z; they are more than a day apart/;
  for (const { how, off } of [
    { how: 'ahead', off: 2 * day },
    { how: 'behind', off: -2 * day },
  ]) {
    const startWrong = (cluster: Cluster) =>
      startReplica(cluster, undefined, { ...cluster.clock, now: () => new Date(cluster.now().getTime() + off) });

    test(`and that is ${how} uses what the others have written, writes nothing, and logs that once`, async () => {
      const cluster = createCluster();
      await startReplica(cluster).ready();
      await cluster.settled(); // both configurations
      const replica = startWrong(cluster);
      await replica.ready();
      for (let looks = 0; looks < 3; looks++) {
        cluster.pass(minute);
        await cluster.settled();
      }
      assert.deepEqual(replica.served, [cluster.state().serving]);
      assert.deepEqual(writesOf(replica), []);
      assert.equal(errorsOf(replica).filter((error) => bothTimes.test(error)).length, 1);
    });

    test(`and that is ${how} adopts each renewal of the others, and does not spin when one is due`, async () => {
      const cluster = createCluster();
      const other = startReplica(cluster);
      await other.ready();
      const replica = startWrong(cluster);
      await replica.ready();
      other.stop();
      cluster.pass(21 * day); // the certificate is past two thirds of its lifetime
      await cluster.settled();
      const { calls } = replica;
      const before = calls.length;
      await cluster.clock.advance(1500);
      assert.ok(calls.length - before < 10, `${calls.length - before} calls in 1.5 s`);
      const third = startReplica(cluster);
      await third.ready();
      await cluster.until(
        'not taken',
        () => replica.served.at(-1)?.certificate === cluster.state().serving.certificate,
      );
      assert.equal(replica.served.length, 2);
      assert.deepEqual(writesOf(replica), []);
    });

    test(`and that is ${how} is not ready, with the reason, if it has nothing to serve`, async () => {
      const cluster = createCluster();
      const replica = startWrong(cluster);
      await cluster.until('it does not say so', () => bothTimes.test(replica.notReadyBecause() ?? ''));
      assert.deepEqual([replica.served, writesOf(replica)], [[], []]);
      assert.equal(cluster.api.get(secretPath), undefined);
      await startReplica(cluster).ready();
      cluster.pass(0);
      await replica.ready();
    });
  }

  test('continues to serve if that happens later, and repairs nothing until the clock is correct again', async () => {
    const cluster = createCluster();
    let off = 0;
    const replica = startReplica(cluster, undefined, {
      ...cluster.clock,
      now: () => new Date(cluster.now().getTime() + off),
    });
    await replica.ready();
    await cluster.settled();
    const good = cluster.bundles()[0];
    off = 40 * day; // its certificate has expired by then
    cluster.api.put(configurationPath, {
      ...cluster.api.get(configurationPath),
      webhooks: cluster.api.get(configurationPath)?.webhooks?.map(({ name }) => ({ name })),
    });
    const before = writesOf(replica).length;
    await cluster.until('it does not say so', () => errorsOf(replica).some((error) => bothTimes.test(error)));
    await cluster.settled();
    assert.equal(replica.notReadyBecause(), undefined);
    assert.deepEqual([replica.served.length, writesOf(replica).length], [1, before]);
    assert.deepEqual(cluster.bundles(), [undefined, undefined]);
    off = 0;
    await cluster.until('not put right', () => cluster.bundles()[0] === good);
    assert.ok(replica.lines.some(({ msg }) => msg === 'the clock is correct again'));
  });

  test('by less than that works as usual', async () => {
    const cluster = createCluster();
    const replica = startReplica(cluster, undefined, {
      ...cluster.clock,
      now: () => new Date(cluster.now().getTime() + day),
    });
    await replica.ready();
    assert.ok(writesOf(replica).length > 0);
  });
});

describe('a certificate of the future', () => {
  test('in the Secret is never served, and is replaced', async () => {
    const cluster = createCluster();
    const now = new Date(cluster.now().getTime() + 5 * day);
    const coming = await renew(undefined, { names, now, policy: defaultPolicy, randomness });
    cluster.api.put(secretPath, { metadata: { name: 'downlink-certificates' }, data: encodeState(coming.state) });
    const replica = startReplica(cluster);
    await replica.ready();
    assert.deepEqual(replica.served, [cluster.state().serving]);
    assert.notEqual(cluster.state().serving.certificate, coming.state.serving.certificate.pem);
    assert.ok(!cluster.state().authorities.includes(coming.state.authorities[0].pem));
  });
});

describe('a CA that lives longer than the policy allows', () => {
  const tenYears = async (now: Date) =>
    (await renew(undefined, { names, now, policy: { ...defaultPolicy, authorityLifetime: 3650 * day }, randomness }))
      .state;

  test('is removed from the Secret by a running replica, and never gets into caBundle', async () => {
    const cluster = createCluster();
    const replica = startReplica(cluster);
    await replica.ready();
    const [state, bundle] = [cluster.state(), cluster.bundles()[0]];
    const bundles = new Set<string | undefined>();
    const long = await tenYears(cluster.now());
    cluster.api.put(secretPath, { ...cluster.api.get(secretPath), data: encodeState(long) });
    await cluster.until('not put right', () => {
      bundles.add(cluster.bundles()[0]);
      return cluster.state().serving.certificate === state.serving.certificate;
    });
    await cluster.settled();
    assert.deepEqual(cluster.state(), state);
    assert.deepEqual([...bundles, cluster.bundles()[0]], [bundle, bundle]);
    assert.ok(replica.lines.some(({ msg }) => msg === 'repairing the Secret'));
  });

  test('is removed by a replica that starts', async () => {
    const cluster = createCluster();
    const long = await tenYears(cluster.now());
    cluster.api.put(secretPath, { metadata: { name: 'downlink-certificates' }, data: encodeState(long) });
    const replica = startReplica(cluster);
    await replica.ready();
    assert.equal(cluster.state().authorities.length, 1);
    assert.ok(!cluster.state().authorities.includes(long.authorities[0].pem));
  });
});

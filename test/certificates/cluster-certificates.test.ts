import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { signerOf } from '../../src/certificates/certificate.ts';
import { encodeState } from '../../src/certificates/certificate-state.ts';
import { issueAuthority } from '../../src/certificates/issue-certificate.ts';
import { defaultPolicy, renew } from '../../src/certificates/renewal-policy.ts';
import { ApiError } from '../../src/kubernetes-api/api-client.ts';
import {
  caBundle,
  decodePemState,
  encodePemState,
  fromPem,
  type PemState,
  parseAll,
} from '../support/pem-certificates.ts';
import {
  aboutValidating,
  configurationPath,
  createCluster,
  day,
  deploymentPath,
  minute,
  names,
  randomness,
  secretPath,
  startReplica,
  validatingConfiguration,
  validatingPath,
  writesOf,
} from './in-memory-cluster.ts';

/** The options of a renewal, except the time. */
const renewal = { names, policy: defaultPolicy, randomness };

test('replicas that start at the same time agree on one CA, in whatever order their calls arrive', async () => {
  for (let round = 0; round < 5; round++) {
    const cluster = createCluster();
    const replicas = Array.from({ length: 10 }, () =>
      startReplica(cluster, () => cluster.clock.sleep(Math.random() * 20)),
    );
    await Promise.all(replicas.map((replica) => replica.ready()));
    const { authorities, serving } = cluster.state();
    assert.equal(authorities.length, 1);
    for (const { served } of replicas) assert.deepEqual(served, [serving]);
    const bundle = caBundle(authorities.join(''));
    assert.deepEqual(cluster.bundles(), [bundle, bundle], 'of every webhook in the configuration');
    await cluster.until('the other one is not kept', () => cluster.validatingBundles().every((one) => one === bundle));
    const writes = replicas.flatMap(({ lines }) => lines.filter(({ msg }) => msg === 'wrote the Secret'));
    assert.equal(writes.length, 1);
    for (const replica of replicas) {
      assert.equal(await replica.metric('downlink_ca_bundle_repairs_total'), 0);
    }
  }
});

test('a certificate is served only when its CA is in caBundle, and has been there for five minutes if it is new', async () => {
  const cluster = createCluster();
  const daysAgo = (days: number) => new Date(cluster.now().getTime() - days * day);
  const made = await renew(undefined, { ...renewal, now: daysAgo(242) }); // its CA is due at 243 1/3
  const { state: old } = await renew(made.state, { ...renewal, now: daysAgo(5) });
  cluster.api.put(secretPath, { metadata: { name: 'downlink-certificates' }, data: encodeState(old) });
  const replicas = Array.from({ length: 3 }, () => startReplica(cluster, () => cluster.clock.sleep(Math.random() * 5)));
  await Promise.all(replicas.map((replica) => replica.ready()));
  const since = new Map<string, number>(); // CAs in caBundle
  const steps = [2 * day, minute, minute, 2 * minute, minute, minute, day, ...Array(7).fill(20 * day)];
  for (const step of [0, ...steps]) {
    cluster.pass(step);
    await cluster.settled();
    const bundle = Buffer.from(cluster.bundles()[0] ?? '', 'base64').toString();
    const { authorities } = cluster.state();
    assert.equal(bundle, authorities.join(''));
    assert.deepEqual(cluster.validatingBundles(), [caBundle(authorities.join('')), caBundle(authorities.join(''))]);
    for (const authority of authorities)
      since.set(authority, since.get(authority) ?? (step === 0 ? 0 : cluster.now().getTime()));
    for (const { served } of replicas) {
      const leaf = fromPem(served.at(-1) ?? assert.fail()).certificate;
      const signer = signerOf(leaf, parseAll(authorities.join(''))) ?? assert.fail();
      const known = cluster.now().getTime() - (since.get(signer.pem) ?? Number.NaN);
      assert.ok(known >= 5 * minute, `served when caBundle held its CA for ${known / minute} minutes`);
      assert.ok(leaf.x509.validToDate > cluster.now());
    }
  }
  assert.equal(since.size, 2, 'one new CA');
  assert.equal(cluster.state().authorities.length, 1, 'the old one has expired and is gone');
  for (const replica of replicas) {
    assert.deepEqual(replica.served.at(-1), cluster.state().serving);
    assert.equal(await replica.metric('downlink_ca_bundle_repairs_total'), 0);
  }
});

test('a replica that read the Secret too early does not remove a newer CA', async () => {
  const cluster = createCluster();
  const first = startReplica(cluster);
  await first.ready();
  const withNewAuthority = async (): Promise<PemState> => {
    const old = cluster.state();
    const authority = await issueAuthority({
      commonName: 'Downlink CA',
      now: cluster.now(),
      lifetime: defaultPolicy.authorityLifetime,
      randomness,
    });
    return {
      authorities: [authority.certificate.pem, ...old.authorities],
      authorityKey: authority.privateKey,
      serving: old.serving,
    };
  };
  const newer = await withNewAuthority();
  first.stop();
  // somebody has changed caBundle; before it is repaired, another replica creates a new CA
  const damaged = (bundle: string) => ({
    ...cluster.api.get(configurationPath),
    webhooks: cluster.api
      .get(configurationPath)
      ?.webhooks?.map(({ name }) => ({ name, clientConfig: { caBundle: bundle } })),
  });
  cluster.api.put(configurationPath, damaged('AAAA'));
  const applied: (string | undefined)[] = [];
  let raced = false;
  const late = startReplica(cluster, async (call) => {
    if (call !== `APPLY ${configurationPath}`) return;
    applied.push(cluster.bundles()[0]);
    if (raced) return;
    raced = true;
    cluster.api.put(secretPath, { ...cluster.api.get(secretPath), data: encodePemState(newer) });
    cluster.api.put(configurationPath, damaged(caBundle(newer.authorities.join(''))));
  });
  await late.ready();
  assert.equal(applied.length, 1, 'its one attempt came too late');
  assert.equal(cluster.bundles()[0], caBundle(newer.authorities.join('')));
  late.stop();
});

for (const { name, minutes, sees } of [
  { name: 'not before API servers know its CA', minutes: 4, sees: 'old' },
  { name: 'when they do', minutes: 6, sees: 'new' },
  { name: 'at once when its own has expired', minutes: 40 * 24 * 60, sees: 'new' },
] as const) {
  test(`a good certificate of another CA that somebody puts into the Secret is served ${name}`, async () => {
    const cluster = createCluster();
    const replica = startReplica(cluster);
    await replica.ready();
    const old = cluster.state();
    const policy = { ...defaultPolicy, servingLifetime: 90 * day };
    const renewed = await renew(undefined, { ...renewal, now: cluster.now(), policy });
    const foreign = decodePemState(encodeState(renewed.state));
    cluster.api.put(secretPath, { ...cluster.api.get(secretPath), data: encodePemState(foreign) });
    await cluster.until('not kept', () => cluster.state().authorities.length === 2);
    assert.deepEqual(cluster.state().authorities, [...foreign.authorities, ...old.authorities]);
    await cluster.settled();
    assert.deepEqual(replica.served, [old.serving]);
    assert.equal(cluster.bundles()[0], caBundle([...foreign.authorities, ...old.authorities].join('')));
    cluster.pass(minutes * minute);
    await cluster.settled();
    assert.deepEqual(replica.served.at(-1), sees === 'old' ? old.serving : foreign.serving);
  });
}

test('a restored Secret is owned by the Deployment, and is not created if the Deployment is gone', async () => {
  const cluster = createCluster();
  const replica = startReplica(cluster);
  await replica.ready();
  const state = cluster.state();
  cluster.api.put(secretPath, undefined);
  await cluster.until('not restored', () => cluster.api.get(secretPath) !== undefined);
  assert.deepEqual(cluster.state(), state);
  const { ownerReferences } = cluster.api.get(secretPath)?.metadata as { ownerReferences?: readonly object[] };
  const { uid } = cluster.api.get(deploymentPath)?.metadata ?? {};
  assert.deepEqual(ownerReferences, [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'downlink', uid }]);
  cluster.api.put(deploymentPath, undefined); // an uninstall
  cluster.api.put(secretPath, undefined);
  await cluster.settled();
  assert.equal(cluster.api.get(secretPath), undefined);
});

test('if the API server is unavailable, a replica stays ready, reports no mismatch, and retries less and less often', async () => {
  const cluster = createCluster();
  let away = false;
  const replica = startReplica(cluster, async () => {
    if (away) throw new Error('connect ECONNREFUSED');
  });
  await replica.ready();
  await cluster.settled();
  away = true;
  const looks = () => replica.calls.filter((call) => call === `GET ${configurationPath}`).length;
  const before = looks();
  cluster.pass(21 * day); // the certificate is due; the watch still works
  await cluster.clock.advance(2500);
  assert.equal(replica.notReadyBecause(), undefined);
  assert.equal(await replica.metric('downlink_ca_bundle_matches'), 1);
  const tries = looks() - before;
  assert.ok(tries >= 2 && tries <= 5, `${tries} tries`);
  assert.ok(replica.lines.some(({ level, error }) => level === 50 && error === 'connect ECONNREFUSED'));
  assert.deepEqual(aboutValidating(replica), [], 'one error is enough');
  away = false;
  await cluster.until('not renewed', () => replica.served.length === 2);
});

test('before the first certificate, readiness reports what is missing', async () => {
  const cluster = createCluster();
  let message = 'secrets "downlink-certificates" is forbidden: cannot get resource "secrets"';
  const replica = startReplica(cluster, async (call) => {
    if (call === `GET ${secretPath}` && message !== '') throw new ApiError(403, message);
  });
  await cluster.until('it does not say so', () => replica.notReadyBecause() === message);
  assert.deepEqual(replica.served, []);
  message = '';
  await replica.ready();
});

test('a replica does not spin if somebody overwrites caBundle repeatedly', async () => {
  const cluster = createCluster();
  const { api } = cluster;
  const replica = startReplica(cluster);
  await replica.ready();
  const good = cluster.bundles()[0];
  let overwritten = 0;
  const overwriting = new AbortController();
  const overwrite = async () => {
    for await (const _ of api
      .client()
      .watch(
        `${configurationPath.replace('/downlink', '')}?fieldSelector=metadata.name%3Ddownlink`,
        overwriting.signal,
      )) {
      if (cluster.bundles()[0] !== good) continue;
      overwritten++;
      const { webhooks, ...rest } = api.get(configurationPath) ?? assert.fail();
      api.put(configurationPath, {
        ...rest,
        webhooks: webhooks?.map(({ name }) => ({ name, clientConfig: { caBundle: 'AAAA' } })),
      });
    }
  };
  const before = replica.calls.length;
  const fight = overwrite();
  await cluster.clock.advance(2000);
  overwriting.abort();
  await fight;
  await cluster.until('not repaired', () => cluster.bundles()[0] === good);
  assert.ok(overwritten >= 5 && overwritten <= 12, `${overwritten} times in 2 s`);
  assert.ok(replica.calls.length - before < 50, `${replica.calls.length - before} calls`);
  assert.equal(await replica.metric('downlink_ca_bundle_repairs_total'), overwritten);
});

test('a replica does not spin if the server ends every watch immediately, and logs a watch that is refused', async () => {
  const cluster = createCluster();
  const client = cluster.api.client();
  let calls = 0;
  const replica = startReplica({
    ...cluster,
    api: {
      ...cluster.api,
      client: () => ({
        ...client,
        async *watch(path: string) {
          calls++;
          if (path.includes('/secrets')) throw new ApiError(403, 'cannot watch resource "secrets"');
          yield* []; // ends without an event
        },
      }),
    },
  });
  await replica.ready();
  await cluster.clock.advance(1500);
  assert.ok(calls <= 21, `${calls} watches of three objects in 1.5 s`);
  const warned = replica.lines.filter(({ level }) => level === 40).map(({ error }) => error);
  assert.deepEqual([...new Set(warned)], ['cannot watch resource "secrets"']);
});

test('after stop there are no more calls, certificates, or timers', async () => {
  const cluster = createCluster();
  const replica = startReplica(cluster);
  await replica.ready();
  await cluster.settled();
  replica.stop();
  const { calls, served } = replica;
  const counts = [calls.length, served.length];
  cluster.pass(21 * day);
  cluster.api.put(secretPath, undefined);
  await cluster.clock.advance(60_000);
  assert.deepEqual([calls.length, served.length], counts);
  assert.equal(cluster.api.get(secretPath), undefined);
  assert.equal(cluster.clock.pending(), 0, 'no timer is left');
});

describe('after stop', () => {
  for (const call of ['GET', 'WATCH'] as const)
    for (const path of [configurationPath, validatingPath, secretPath, deploymentPath]) {
      if (call === 'WATCH' && path !== secretPath) continue;
      test(`nothing is written by a run that began earlier, waiting for ${call} ${path.split('/').slice(-2).join('/')}`, async () => {
        const cluster = createCluster();
        const [waiting, going] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
        const replica = startReplica(cluster, async (made) => {
          if (made !== `${call} ${path}`) return;
          waiting.resolve();
          await going.promise;
        });
        if (call === 'GET') await waiting.promise;
        replica.stop();
        const before = writesOf(replica).length;
        going.resolve();
        await cluster.settled();
        assert.equal(writesOf(replica).length, before);
        assert.equal(cluster.api.get(secretPath), undefined);
        assert.deepEqual(cluster.bundles(), [undefined, undefined]);
      });
    }
});

test('the metadata of the Secret that others have set is preserved', async () => {
  const cluster = createCluster();
  const others = { kind: 'ConfigMap', apiVersion: 'v1', name: 'a', uid: 'b' };
  cluster.api.put(secretPath, {
    type: 'kubernetes.io/tls',
    metadata: {
      name: 'downlink-certificates',
      labels: { team: 'platform' },
      annotations: { note: 'mine' },
      ownerReferences: [others, { kind: 'Deployment', apiVersion: 'apps/v1', name: 'downlink', uid: 'gone' }],
    },
  });
  await startReplica(cluster).ready();
  const { uid } = cluster.api.get(deploymentPath)?.metadata ?? {};
  const { uid: _, resourceVersion, ...metadata } = cluster.api.get(secretPath)?.metadata ?? assert.fail();
  assert.deepEqual(metadata, {
    name: 'downlink-certificates',
    labels: { team: 'platform', 'app.kubernetes.io/managed-by': 'downlink' },
    annotations: { note: 'mine' },
    ownerReferences: [others, { apiVersion: 'apps/v1', kind: 'Deployment', name: 'downlink', uid }],
  });
  assert.equal((cluster.api.get(secretPath) as { type?: string } | undefined)?.type, 'kubernetes.io/tls');
});

test('a missing validating configuration delays nothing, is logged once, and is updated when it is created', async () => {
  const cluster = createCluster();
  cluster.api.put(validatingPath, undefined);
  const replica = startReplica(cluster);
  await replica.ready();
  for (let looks = 0; looks < 5; looks++) {
    cluster.pass(minute);
    await cluster.settled();
  }
  const told = aboutValidating(replica);
  assert.deepEqual(
    told.map(({ level, error }) => [level, error]),
    [[40, `${validatingPath} not found`]],
  );
  assert.equal(await replica.metric('downlink_ca_bundle_matches'), 1);
  cluster.api.put(validatingPath, validatingConfiguration);
  const bundle = cluster.bundles()[0];
  await cluster.until('not kept', () => cluster.validatingBundles().every((one) => one === bundle));
  await cluster.until('not told', () => aboutValidating(replica).at(-1)?.msg === 'caBundle is up to date again');
  assert.equal(await replica.metric('downlink_ca_bundle_repairs_total'), 0);
});

for (const verb of ['GET', 'APPLY', 'WATCH']) {
  test(`without the permission to ${verb} the validating configuration, pods are served and renewals continue`, async () => {
    const cluster = createCluster();
    const replica = startReplica(cluster, async (call) => {
      if (call.startsWith(`${verb} ${validatingPath.replace('/downlink', '')}`)) throw new ApiError(403, `no ${verb}`);
    });
    await replica.ready();
    cluster.pass(21 * day);
    await cluster.until('not renewed', () => replica.served.length === 2);
    await cluster.settled();
    assert.equal(replica.notReadyBecause(), undefined);
    const [bundle] = cluster.bundles();
    assert.deepEqual(cluster.validatingBundles(), verb === 'WATCH' ? [bundle, bundle] : [undefined, undefined]);
    assert.ok(replica.lines.some(({ level, error }) => level === 40 && error === `no ${verb}`));
    assert.equal(aboutValidating(replica).length, verb === 'WATCH' ? 0 : 1);
  });
}

test('a validating configuration whose caBundle somebody overwrites is repaired, and pods are not affected', async () => {
  const cluster = createCluster();
  const replica = startReplica(cluster);
  await replica.ready();
  await cluster.settled();
  const [good] = cluster.bundles();
  assert.deepEqual(cluster.validatingBundles(), [good, good]);
  const matched: number[] = [];
  for (let times = 0; times < 3; times++) {
    cluster.api.put(validatingPath, validatingConfiguration);
    await cluster.until('not repaired', () => cluster.validatingBundles().every((one) => one === good));
    matched.push(await replica.metric('downlink_ca_bundle_matches'));
    await cluster.settled();
  }
  assert.deepEqual(matched, [1, 1, 1]);
  assert.equal(await replica.metric('downlink_ca_bundle_repairs_total'), 3);
});

test('a validating configuration that changes while it is written is written again', async () => {
  const cluster = createCluster();
  let changes = 0;
  const replica = startReplica(cluster, async (call) => {
    if (call === `APPLY ${validatingPath}` && changes++ < 2) cluster.api.put(validatingPath, validatingConfiguration);
  });
  await replica.ready();
  const [bundle] = cluster.bundles();
  await cluster.until('not kept', () => cluster.validatingBundles().every((one) => one === bundle));
  assert.deepEqual(aboutValidating(replica), []);
});

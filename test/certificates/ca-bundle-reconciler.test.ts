import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ApiError } from '../../src/kubernetes-api/api-client.ts';
import { ownedCaBundle } from '../server/in-memory-api.ts';
import { caBundle, issueAuthority } from '../support/pem-certificates.ts';
import {
  configurationPath,
  createCluster,
  createClusterWith,
  day,
  errorsOf,
  minute,
  randomness,
  startReplica,
} from './in-memory-cluster.ts';

describe('caBundle of a chart with another certificate mode', () => {
  const mode = 'webhook.downlink.dev/certificates-mode';
  const additional = 'webhook.downlink.dev/additional-ca-bundle';
  const foreign = async () =>
    (await issueAuthority('somebody else', new Date('2026-11-22'), day, randomness)).certificate;

  for (const other of ['files', 'cert-manager'])
    test(`${other}: is left unchanged by an older replica, which serves as long as it is trusted`, async () => {
      const cluster = createClusterWith({ [mode]: 'self-signed' });
      const replica = startReplica(cluster);
      await replica.ready();
      const both = caBundle(cluster.state().authorities.join('') + (await foreign()));
      const before = replica.calls.filter((call) => call === `APPLY ${configurationPath}`).length;
      cluster.annotate({ [mode]: other }, both);
      await cluster.until('it does not say so', () =>
        replica.lines.some(({ msg }) => /leaving caBundle unchanged/.test(msg)),
      );
      await cluster.settled();
      assert.deepEqual(cluster.bundles(), [both, both]);
      assert.equal(await replica.metric('downlink_ca_bundle_matches'), 1);
      const only = caBundle(await foreign());
      cluster.annotate({ [mode]: other }, only);
      await cluster.until('no mismatch', () =>
        errorsOf(replica).some((error) => error.includes(`certificates.mode ${other}`)),
      );
      assert.equal(await replica.metric('downlink_ca_bundle_matches'), 0);
      assert.deepEqual(cluster.bundles(), [only, only]);
      assert.equal(replica.calls.filter((call) => call === `APPLY ${configurationPath}`).length, before);
      assert.equal(replica.notReadyBecause(), undefined);
    });

  test('is left unchanged by a replica that starts, which is not ready and reports why', async () => {
    const cluster = createClusterWith({ [mode]: 'files' });
    const replica = startReplica(cluster);
    await cluster.until('it does not say so', () => /certificates\.mode files/.test(replica.notReadyBecause() ?? ''));
    assert.deepEqual(cluster.bundles(), [undefined, undefined]);
  });

  test('self-signed: includes the CAs that the chart names, as long as it does, and a change of them is not a repair', async () => {
    const authority = await foreign();
    const cluster = createClusterWith({ [additional]: caBundle(authority), [mode]: 'self-signed' });
    const replica = startReplica(cluster);
    await replica.ready();
    const own = cluster.state().authorities.join('');
    assert.equal(cluster.bundles()[0], caBundle(own + authority));
    cluster.annotate({ [additional]: caBundle(own + authority) }, caBundle(authority));
    await cluster.until('not kept', () => cluster.bundles()[0] === caBundle(own + authority));
    await cluster.settled();
    cluster.annotate({});
    await cluster.until('not taken out', () => cluster.bundles()[0] === caBundle(own));
    cluster.annotate({ [additional]: 'AAAA' });
    await cluster.until('not told', () => replica.lines.some(({ msg }) => /contains no certificate/.test(msg)));
    assert.equal(cluster.bundles()[0], caBundle(own));
  });

  test('loses the owners that it has by server-side apply, so that the next helm upgrade has no conflict', async () => {
    const cluster = createCluster();
    const webhooks = cluster.api.get(configurationPath)?.webhooks ?? [];
    const owned = ownedCaBundle(webhooks);
    const helm = { manager: 'helm', operation: 'Apply', fieldsV1: { 'f:metadata': { 'f:labels': {} }, ...owned } };
    cluster.api.put(configurationPath, { metadata: { name: 'downlink', managedFields: [helm] }, webhooks });
    const replica = startReplica(cluster);
    await replica.ready();
    const managers = () => JSON.stringify(cluster.api.get(configurationPath)?.metadata.managedFields);
    assert.doesNotMatch(managers(), /caBundle|downlink-ca-bundle|"f:clientConfig":\{\}/);
    assert.match(managers(), /"manager":"helm".*"f:labels".*"f:name"/);
    assert.ok(cluster.bundles()[0]);
    const before = replica.calls.length;
    cluster.api.put(configurationPath, {
      ...cluster.api.get(configurationPath),
      metadata: { name: 'downlink', managedFields: [helm] },
    });
    await cluster.until('owned again', () => !managers().includes('caBundle'));
    assert.equal(
      replica.calls.slice(before).filter((call) => call.startsWith('APPLY')).length,
      0,
      'no write of caBundle',
    );
  });

  test('is set in a webhook that an upgrade of the chart adds, which is not a repair', async () => {
    const cluster = createCluster();
    const replica = startReplica(cluster);
    await replica.ready();
    const current = cluster.api.get(configurationPath);
    const added = { name: 'web.profiles.downlink.dev', clientConfig: {} };
    const webhooks = [added, ...(current?.webhooks ?? [])];
    cluster.api.put(configurationPath, { metadata: { name: 'downlink' }, webhooks });
    await cluster.until('no caBundle', () =>
      Boolean(cluster.api.get(configurationPath)?.webhooks?.[0]?.clientConfig?.caBundle),
    );
    const after = cluster.api.get(configurationPath)?.webhooks ?? [];
    assert.deepEqual(
      after.map(({ name }) => name),
      webhooks.map(({ name }) => name),
    );
    assert.equal(new Set(after.map(({ clientConfig }) => clientConfig?.caBundle)).size, 1);
    assert.equal(await replica.metric('downlink_ca_bundle_repairs_total'), 0);
    assert.equal(await replica.metric('downlink_ca_bundle_matches'), 1);
  });

  test('keeps working if the API server refuses to remove its owners', async () => {
    const cluster = createCluster();
    const webhooks = cluster.api.get(configurationPath)?.webhooks ?? [];
    const helm = { manager: 'helm', operation: 'Apply', fieldsV1: ownedCaBundle(webhooks) };
    cluster.api.put(configurationPath, { metadata: { name: 'downlink', managedFields: [helm] }, webhooks });
    const replica = startReplica(cluster, async (call) => {
      if (call.startsWith('PATCH')) throw new ApiError(422, 'managedFields are invalid');
    });
    await replica.ready();
    for (let looks = 0; looks < 3; looks++) {
      cluster.pass(minute);
      await cluster.settled();
    }
    assert.equal(replica.lines.filter(({ msg }) => msg === 'cannot remove the field manager of caBundle').length, 1);
  });
});

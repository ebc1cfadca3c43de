import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { version } from '../../src/version.ts';
import { type CertificateFolder, makeCertificateFolder, startTestServer } from '../support/test-server.ts';
import { connectWebhook } from '../support/webhook-client.ts';

let certificates: CertificateFolder;
before(async () => {
  certificates = await makeCertificateFolder();
});
after(() => certificates.remove());

const recorded = JSON.parse(
  await readFile(join(import.meta.dirname, '../fixtures/reviews/pod-of-deployment-web.json'), 'utf8'),
);

/** Returns the recorded review of a pod of a Deployment, with these annotations. */
function reviewWith(annotations: Readonly<Record<string, string>>, changes: object = {}, metadata: object = {}) {
  const { request } = recorded;
  const { object } = request;
  const pod = { ...object, metadata: { ...object.metadata, annotations, ...metadata } };
  return { ...recorded, request: { ...request, object: pod, ...changes } };
}

/** Returns the log lines about a review, without the fields that every line has. */
async function linesAbout(review: object, flags: Readonly<Record<string, string>> = {}) {
  const server = await startTestServer(certificates, flags);
  const client = connectWebhook(server.port, certificates.authority.certificate);
  const { status } = await client.post(JSON.stringify(review));
  assert.equal(status, 200);
  client.close();
  await server.stop(0);
  const lines = server.lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'review');
  return lines.map(({ level, time, msg, uid, namespace, name, operation, milliseconds, ...rest }) => rest);
}

const mistakes = { 'downlink.dev/env': 'POD=metadata.nam, NODE=spec.nodeNam' };
const errors = [
  { field: 'metadata.annotations[downlink.dev/env]', kind: 'Invalid' },
  { field: 'metadata.annotations[downlink.dev/env]', kind: 'Invalid' },
];
const owner = { kind: 'ReplicaSet', name: 'web-96f6584dc' };

describe('the log', () => {
  test('has field and kind of the errors in a denied pod, and its owner', async () => {
    assert.deepEqual(await linesAbout(reviewWith(mistakes)), [
      { outcome: 'denied', reason: 'invalid', errors, errorCount: 2, owner },
    ]);
  });

  test('has them for a pod that is let through, too', async () => {
    assert.deepEqual(await linesAbout(reviewWith(mistakes), { onInvalid: 'warn' }), [
      { outcome: 'skipped', reason: 'invalid-let-through', errors, errorCount: 2, owner },
    ]);
  });

  test('marks dry runs', async () => {
    assert.deepEqual(await linesAbout(reviewWith({ 'downlink.dev/env': 'pod' }, { dryRun: true })), [
      { outcome: 'injected', dryRun: true },
    ]);
  });

  test('has no owner for a pod without a controller', async () => {
    for (const ownerReferences of [undefined, null, [], 'web', [{ kind: 'Node', name: 'a' }]]) {
      const [line] = await linesAbout(reviewWith(mistakes, {}, { ownerReferences }));
      assert.equal('owner' in line, false);
    }
  });

  test('has no more than the beginning of a long name, with all of its characters', async () => {
    const [line] = await linesAbout(
      reviewWith(mistakes, {}, { ownerReferences: [{ controller: true, kind: 'ä'.repeat(300), name: 'a' }] }),
    );
    assert.equal(line.owner.kind, `${'ä'.repeat(250)}...`);
  });

  test('has short lines, whatever is wrong with a pod', async () => {
    const long = 'x'.repeat(100_000);
    const annotations = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`downlink.dev/${index}`, 'x']));
    const ownerReferences = [{ controller: true, kind: long, name: long }];
    const [line] = await linesAbout(reviewWith(annotations, {}, { ownerReferences }));
    assert.equal(line.errors.length, 3);
    assert.equal(line.errorCount, 5000);
    assert.ok(JSON.stringify(line).length < 1500);
  });

  test('starts with the version', async () => {
    const server = await startTestServer(certificates);
    await server.stop(0);
    const { msg, version: logged, node } = JSON.parse(server.lines[0] ?? '{}');
    assert.deepEqual({ msg, logged, node }, { msg: 'starting', logged: version, node: process.version });
  });
});

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import jsonpatch from 'fast-json-patch';
import type { AdmissionReviewResponse } from '../../src/admission/admission-response.ts';
import { type CertificateFolder, makeCertificateFolder, startTestServer } from '../support/test-server.ts';
import { connectWebhook, type WebhookClient } from '../support/webhook-client.ts';

const folder = join(import.meta.dirname, '../fixtures/reviews');

/** The expected result of each recorded review, from a server for Kubernetes 1.36, the version of the recording. */
const expected: Readonly<Record<string, 'untouched' | 'denied' | readonly string[]>> = {
  'cronjob-nightly.json': 'untouched',
  'deployment-misplaced.json': 'untouched',
  'deployment-web.json': 'untouched',
  'job-once.json': 'untouched',
  'pod-curl-with-ambassador.json': ['initContainers', 'volumes'],
  'pod-downward-env.json': ['env'],
  'pod-downward-volume.json': ['volumeMounts', 'volumes'],
  'pod-guaranteed.json': 'denied',
  'pod-host-network.json': 'denied',
  'pod-no-token.json': ['env', 'initContainers', 'volumes'],
  'pod-not-opted-in.json': 'untouched',
  'pod-of-deployment-web.json': ['env', 'initContainers', 'volumes'],
  'pod-of-job-once.json': ['initContainers', 'volumes'],
  'pod-windows.json': ['env'],
};

let certificates: CertificateFolder;
let server: Awaited<ReturnType<typeof startTestServer>>;
let client: WebhookClient;

before(async () => {
  certificates = await makeCertificateFolder();
  server = await startTestServer(certificates, { kubernetesVersion: '1.36' });
  client = connectWebhook(server.port, certificates.authority.certificate);
});
after(async () => {
  client.close();
  await server.stop(0);
  await certificates.remove();
});

test('every recorded review has an expectation', async () => {
  assert.deepEqual((await readdir(folder)).sort(), Object.keys(expected).sort());
});

for (const [file, outcome] of Object.entries(expected)) {
  test(`${file}: ${typeof outcome === 'string' ? outcome : `gets ${outcome.join(', ')}`}`, async () => {
    const body = await readFile(join(folder, file), 'utf8');
    const review = JSON.parse(body);
    const answer = await client.post(body);
    assert.equal(answer.status, 200);
    const { apiVersion, kind, response }: AdmissionReviewResponse = JSON.parse(answer.body);
    assert.deepEqual(
      { apiVersion, kind, uid: response.uid },
      { apiVersion: review.apiVersion, kind: review.kind, uid: review.request.uid },
    );
    if (outcome === 'denied') {
      assert.equal(response.allowed, false);
      assert.equal(response.status?.code, 422);
      assert.ok(response.status.details.causes.length > 0);
      return;
    }
    assert.equal(response.allowed, true);
    const operations = JSON.parse(Buffer.from(response.patch ?? '', 'base64').toString() || '[]');
    const touched = new Set<string>();
    for (const { path } of operations) {
      if (path.startsWith('/spec'))
        touched.add(path.split('/').findLast((key: string) => /^[a-zA-Z]+$/.test(key)) ?? '');
    }
    assert.deepEqual([...touched].sort(), outcome === 'untouched' ? [] : outcome);
    jsonpatch.applyPatch(review.request.object, operations, true);
  });
}

test('a review that comes back patched is left as it is', async () => {
  const review = JSON.parse(await readFile(join(folder, 'pod-no-token.json'), 'utf8'));
  const first: AdmissionReviewResponse = JSON.parse((await client.post(JSON.stringify(review))).body);
  jsonpatch.applyPatch(
    review.request.object,
    JSON.parse(Buffer.from(first.response.patch ?? '', 'base64').toString()),
    true,
  );
  const second: AdmissionReviewResponse = JSON.parse((await client.post(JSON.stringify(review))).body);
  assert.equal(second.response.patch, undefined);
  assert.equal(second.response.auditAnnotations, undefined);
});

test('each review is one log line with these fields and nothing of the pod', async () => {
  const body = await readFile(join(folder, 'pod-of-deployment-web.json'), 'utf8');
  const fresh = await startTestServer(certificates);
  const ownClient = connectWebhook(fresh.port, certificates.authority.certificate);
  await ownClient.post(body);
  ownClient.close();
  await fresh.stop(0);
  const lines = fresh.lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'review');
  assert.equal(lines.length, 1);
  const { time, milliseconds, ...rest } = lines[0];
  assert.equal(typeof milliseconds, 'number');
  assert.ok(time);
  assert.deepEqual(rest, {
    level: 30,
    uid: '29e40603-4822-4719-ac57-44c94fd04fbc',
    namespace: 'shop',
    name: 'web-96f6584dc-',
    operation: 'CREATE',
    outcome: 'injected',
    msg: 'review',
  });
});

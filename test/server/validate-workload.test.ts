import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { pino } from 'pino';
import { SelfCheckError } from '../../src/injection/patch/self-check.ts';
import { createMetrics } from '../../src/server/metrics/metrics.ts';
import { createWebhookServer } from '../../src/server/webhook-server.ts';
import { answerOf, workloadReviewOf } from '../support/admission-review.ts';
import { eventually } from '../support/eventually.ts';
import { type CertificateFolder, makeCertificateFolder, startTestServer } from '../support/test-server.ts';
import { connectWebhook, type WebhookClient } from '../support/webhook-client.ts';
import { deploymentWith } from '../support/workloads.ts';
import { scrape } from './scrape.ts';

const path = '/validate-workload';
const faulty = { 'downlink.dev/env': 'POD=metadata.nam, limit.cpu' };

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

const post = (body: string) => client.send('POST', path, body);
const ask = async (review: object) => {
  const { status, body } = await post(JSON.stringify(review));
  assert.equal(status, 200);
  return JSON.parse(body);
};

const misplaced =
  'downlink: Deployment/misplaced: metadata.annotations[downlink.dev/env]: it has no effect here; move it to spec.template.metadata.annotations';
const burstable = (object: string) =>
  `downlink: ${object}: spec.template.metadata.annotations[downlink.dev/ambassador]: its requests change the pod's QoS class from BestEffort to Burstable`;
const nightly = [
  'downlink: CronJob/nightly: spec.jobTemplate.spec.template.metadata.annotations[downlink.dev/env]: Invalid value: "POD=metadata.nam": unknown field; did you mean "POD=metadata.name"?',
];

for (const [file, warnings] of [
  ['cronjob-nightly.json', nightly],
  ['deployment-misplaced.json', [misplaced]],
  ['deployment-web.json', [burstable('Deployment/web')]],
  ['job-once.json', [burstable('Job/once')]],
  ['pod-of-deployment-web.json', []],
] as const) {
  test(`the recorded ${file} is allowed, with ${warnings.length} warnings`, async () => {
    const body = await readFile(new URL(`../fixtures/reviews/${file}`, import.meta.url), 'utf8');
    const { uid } = JSON.parse(body).request;
    const response = { uid, allowed: true, ...(warnings.length > 0 && { warnings }) };
    const answer = await post(body);
    assert.equal(answer.status, 200);
    assert.deepEqual(JSON.parse(answer.body), answerOf(response));
  });
}

for (const [name, body, error] of [
  ['no JSON', '{', /not JSON/],
  ['a list', '[]', /AdmissionReview, but is a list/],
  ['another kind', '{"kind":"Deployment"}', /kind must be AdmissionReview, but is "Deployment"/],
] as const) {
  test(`${name} gets 400 and a reason`, async () => {
    const answer = await post(body);
    assert.equal(answer.status, 400);
    assert.match(JSON.parse(answer.body).error, error);
  });
}

test('GET gets 405 and the allowed method', async () => {
  const { status, headers } = await client.send('GET', path);
  assert.deepEqual([status, headers['allow']], [405, 'POST']);
});

test('each review is one log line that cannot be confused with that of a pod, with nothing from the workload', async () => {
  await ask(workloadReviewOf(deploymentWith(faulty, { name: 'x'.repeat(1000) }), { operation: 'UPDATE' }));
  const line = await eventually(() => {
    const [first, ...others] = server.lines.filter((one) => one.includes('"xxx'));
    assert.ok(first !== undefined && others.length === 0);
    return JSON.parse(first);
  });
  const { time, milliseconds, ...rest } = line;
  assert.ok(time);
  assert.equal(typeof milliseconds, 'number');
  assert.deepEqual(rest, {
    level: 30,
    uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
    namespace: 'default',
    name: 'x'.repeat(253),
    operation: 'UPDATE',
    kind: 'Deployment',
    outcome: 'warned',
    warnings: 2,
    msg: 'workload review',
  });
});

test('workloads are counted by outcome, and not as pods', async () => {
  const fresh = await startTestServer(certificates);
  const other = connectWebhook(fresh.port, certificates.authority.certificate);
  for (const review of [
    workloadReviewOf(deploymentWith(faulty)),
    workloadReviewOf(deploymentWith({}, { annotations: { 'downlink.dev/env': 'pod' } })),
    workloadReviewOf(deploymentWith({ 'downlink.dev/env': 'pod' })),
    workloadReviewOf(deploymentWith(faulty, { ownerReferences: [{ controller: true }] })),
  ])
    assert.equal((await other.send('POST', path, JSON.stringify(review))).status, 200);
  other.close();
  const { samples } = await scrape(fresh.healthPort);
  await fresh.stop(0);
  const counted = [...samples].filter(
    ([series, value]) => value > 0 && /^downlink_[a-z]+(_[a-z]+)*_total/.test(series),
  );
  assert.deepEqual(Object.fromEntries(counted), {
    'downlink_workload_reviews_total{outcome="warned"}': 2,
    'downlink_workload_reviews_total{outcome="silent"}': 1,
    'downlink_workload_reviews_total{outcome="skipped"}': 1,
    'downlink_warnings_total{code="invalid"}': 2,
    'downlink_warnings_total{code="misplaced"}': 1,
  });
  assert.equal(samples.get('downlink_review_duration_seconds_count'), 0);
});

test('a bug results in a 500 that counts as a failed workload, and not as a pod', async () => {
  const metrics = createMetrics();
  const broken = createWebhookServer({
    tls: {},
    log: pino({ level: 'silent' }),
    isStopping: () => false,
    metrics,
    mutateOptions: () => {
      throw new SelfCheckError('a second volume');
    },
  });
  const headers = { 'content-type': 'application/json' };
  const payload = JSON.stringify(workloadReviewOf(deploymentWith({})));
  assert.equal((await broken.inject({ method: 'POST', url: path, headers, payload })).statusCode, 500);
  const { text } = await metrics.expose();
  assert.match(text, /^downlink_workload_reviews_total\{outcome="failed"\} 1$/m);
  assert.match(text, /^downlink_reviews_total\{outcome="failed",reason="bug"\} 0$/m);
  await broken.close();
});

const annotations = Object.fromEntries(
  Array.from({ length: 10_000 }, (_, index) => [`downlink.dev/key-${index}`, 'x']),
);
for (const [name, object] of [
  ['null', null],
  ['a text', 'Deployment'],
  ['one with null for everything', { apiVersion: 'apps/v1', kind: 'Deployment', metadata: null, spec: null }],
  ['one with a template that is a list', { ...deploymentWith({}), spec: { template: [] } }],
  ['one with 10,000 unknown annotations everywhere', deploymentWith(annotations, { annotations })],
  ['one with a list of 50,000 wrong items', deploymentWith({ 'downlink.dev/env': 'x,'.repeat(50_000) })],
  ['one with a value of 1 MB', deploymentWith({ 'downlink.dev/env': 'x'.repeat(1_000_000) })],
  ['one with 100,000 owners', deploymentWith(faulty, { ownerReferences: Array(100_000).fill(0) })],
] as const) {
  test(`a hostile workload, ${name}, is allowed with few and short warnings`, async () => {
    const kind = { group: 'apps', version: 'v1', kind: 'Deployment' };
    const { response } = await ask(workloadReviewOf(object, { kind }));
    assert.equal(response.allowed, true);
    const { warnings = [] } = response;
    assert.ok(warnings.length <= 21);
    for (const warning of warnings) assert.ok(warning.length <= 256);
  });
}

for (const key of ['__proto__', 'constructor', 'toString']) {
  test(`the key ${key} pollutes nothing, wherever it is`, async () => {
    // as text, since an object literal would set the prototype
    const body = JSON.stringify(workloadReviewOf(deploymentWith({}))).replaceAll('{"', `{"${key}":{"polluted":true},"`);
    assert.equal((await post(body)).status, 200);
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });
}

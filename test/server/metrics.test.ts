import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { after, before, test } from 'node:test';
import { pino } from 'pino';
import { type Mutation, mutate } from '../../src/admission/mutate-pod.ts';
import type { WorkloadSkipReason } from '../../src/admission/validate-workload.ts';
import { warningCodes } from '../../src/diagnostics/findings.ts';
import { SelfCheckError } from '../../src/injection/patch/self-check.ts';
import { handshakeFailures } from '../../src/server/handshake-failures.ts';
import { bodyRefusals, connectionDrops } from '../../src/server/metrics/connection-metrics.ts';
import { createMetrics } from '../../src/server/metrics/metrics.ts';
import { createWebhookServer } from '../../src/server/webhook-server.ts';
import { version } from '../../src/version.ts';
import { defaultOptions } from '../golden/default-options.ts';
import { reviewOf } from '../support/admission-review.ts';
import { type CertificateFolder, makeCertificateFolder, startTestServer } from '../support/test-server.ts';
import { connectWebhook, openSocket } from '../support/webhook-client.ts';
import { parse, scrape } from './scrape.ts';

let certificates: CertificateFolder;
before(async () => {
  certificates = await makeCertificateFolder();
});
after(() => certificates.remove());

const podWith = (annotations: Readonly<Record<string, string>>, containers = [{ name: 'main', image: 'busybox' }]) => ({
  metadata: { name: 'a', annotations },
  spec: { containers },
});
const optedIn = { 'downlink.dev/env': 'pod' };

for (const { name, reviews, counted } of [
  {
    name: 'an injected pod counts once, and once for each kind of injection',
    reviews: [reviewOf(podWith({ ...optedIn, 'downlink.dev/volume': 'labels' }))],
    counted: {
      'downlink_reviews_total{outcome="injected",reason=""}': 1,
      'downlink_injections_total{kind="env"}': 1,
      'downlink_injections_total{kind="volume"}': 1,
      'downlink_injections_total{kind="ambassador"}': 0,
      downlink_review_duration_seconds_count: 1,
    },
  },
  {
    name: 'an ambassador counts as its kind, and its warnings by code',
    reviews: [reviewOf(podWith({ 'downlink.dev/ambassador': 'true' }))],
    counted: {
      'downlink_reviews_total{outcome="injected",reason=""}': 1,
      'downlink_injections_total{kind="ambassador"}': 1,
      'downlink_warnings_total{code="quality-of-service"}': 1,
      'downlink_warnings_total{code="application-must-retry"}': 1,
      'downlink_warnings_total{code="env-kept"}': 0,
    },
  },
  {
    name: 'a pod with invalid annotations counts as denied',
    reviews: [reviewOf(podWith({ 'downlink.dev/env': 'metadata.nam' }))],
    counted: {
      'downlink_reviews_total{outcome="denied",reason="invalid"}': 1,
      'downlink_reviews_total{outcome="injected",reason=""}': 0,
      downlink_denied_workloads: 1,
    },
  },
  {
    name: 'a skipped pod counts with the reason',
    reviews: [reviewOf(podWith({})), reviewOf(podWith({ 'downlink.dev/inject': 'false' })), reviewOf(podWith({}))],
    counted: {
      'downlink_reviews_total{outcome="skipped",reason="not-requested"}': 2,
      'downlink_reviews_total{outcome="skipped",reason="opted-out"}': 1,
      downlink_review_duration_seconds_count: 3,
    },
  },
]) {
  test(name, async () => {
    const server = await startTestServer(certificates);
    const client = connectWebhook(server.port, certificates.authority.certificate);
    for (const review of reviews) assert.equal((await client.post(JSON.stringify(review))).status, 200);
    const { samples } = await scrape(server.healthPort);
    for (const [series, value] of Object.entries(counted)) assert.equal(samples.get(series), value, series);
    client.close();
    await server.stop(0);
  });
}

test('a bug counts as failed and not as answered', async () => {
  const metrics = createMetrics();
  const server = createWebhookServer({
    tls: {},
    log: pino({ level: 'silent' }),
    isStopping: () => false,
    metrics,
    mutateOptions: () => {
      throw new SelfCheckError('a second volume');
    },
  });
  const headers = { 'content-type': 'application/json' };
  const payload = JSON.stringify(reviewOf(podWith(optedIn)));
  assert.equal((await server.inject({ method: 'POST', url: '/mutate', headers, payload })).statusCode, 500);
  const samples = parse((await metrics.expose()).text);
  assert.equal(samples.get('downlink_reviews_total{outcome="failed",reason="bug"}'), 1);
  assert.equal(samples.get('downlink_review_duration_seconds_count'), 0);
  await server.close();
});

test('an injection counts for each of its profiles, which start at zero, and for no other name', async () => {
  const metrics = createMetrics(['web', 'datadog']);
  const mutation = mutate(reviewOf(podWith(optedIn)), defaultOptions);
  assert.ok(mutation.kind === 'reviewed');
  metrics.answered({ ...mutation, profiles: ['web'] }, 0);
  metrics.answered({ ...mutation, profiles: ['web', 'hostile'] }, 0);
  const { text } = await metrics.expose();
  const series = [...parse(text)].filter(([name]) => name.startsWith('downlink_profile_injections_total'));
  assert.deepEqual(Object.fromEntries(series), {
    'downlink_profile_injections_total{profile="web"}': 2,
    'downlink_profile_injections_total{profile="datadog"}': 0,
  });
});

test('the duration of a review starts at its arrival and includes the wait for its body', async () => {
  const server = await startTestServer(certificates);
  const socket = await openSocket(server.port, certificates.authority.certificate);
  const body = JSON.stringify(reviewOf(podWith(optedIn)));
  const head = ['POST /mutate HTTP/1.1', 'Host: localhost', 'Content-Type: application/json', 'Expect: 100-continue'];
  socket.write(`${head.join('\r\n')}\r\nContent-Length: ${body.length}\r\n\r\n`);
  const [goOn] = await once(socket, 'data');
  assert.match(goOn.toString(), /^HTTP\/1\.1 100 /, 'the server has the request');
  const began = performance.now();
  await scrape(server.healthPort); // any request that takes a while
  const waited = performance.now() - began;
  socket.write(body);
  await once(socket, 'data');
  socket.destroy();
  const { samples } = await scrape(server.healthPort);
  assert.ok((samples.get('downlink_review_duration_seconds_sum') ?? 0) >= waited / 1000);
  await server.stop(0);
  const line = JSON.parse(server.lines.find((one) => one.includes('"review"')) ?? '{}');
  assert.ok(line.milliseconds >= waited - 0.001, 'rounded to microseconds');
});

test('a dry run counts as a review and as a dry run', async () => {
  const server = await startTestServer(certificates);
  const client = connectWebhook(server.port, certificates.authority.certificate);
  for (const dryRun of [true, false, undefined, 'true']) {
    const review = reviewOf(podWith({ 'downlink.dev/env': 'metadata.nam' }));
    await client.post(JSON.stringify({ ...review, request: { ...review.request, dryRun } }));
  }
  client.close();
  const { samples } = await scrape(server.healthPort);
  await server.stop(0);
  assert.equal(samples.get('downlink_reviews_total{outcome="denied",reason="invalid"}'), 4);
  assert.equal(samples.get('downlink_dry_run_reviews_total{outcome="denied"}'), 1);
  assert.equal(samples.get('downlink_dry_run_reviews_total{outcome="injected"}'), 0);
});

test('a body that is not a review is not counted', async () => {
  const server = await startTestServer(certificates);
  const before = (await scrape(server.healthPort)).samples;
  const client = connectWebhook(server.port, certificates.authority.certificate);
  assert.equal((await client.post('{')).status, 400);
  assert.equal((await client.post('{}')).status, 400);
  assert.deepEqual((await scrape(server.healthPort)).samples, before);
  client.close();
  await server.stop(0);
});

test('the metrics of the certificate and caBundle appear with their first value', async () => {
  const metrics = createMetrics();
  const named = async (name: string) => parse((await metrics.expose()).text).get(name);
  assert.equal(await named('downlink_certificate_expiry_timestamp_seconds'), undefined);
  assert.equal(await named('downlink_ca_bundle_matches'), undefined);
  assert.equal(await named('downlink_ca_bundle_repairs_total'), 0);
  for (const matches of [true, false, true]) {
    metrics.caBundleMatches(matches);
    assert.equal(await named('downlink_ca_bundle_matches'), matches ? 1 : 0);
  }
  metrics.caBundleRepaired();
  assert.equal(await named('downlink_ca_bundle_repairs_total'), 1);
});

test('a server exposes the expiry of its certificate and its version, and nothing about a caBundle that it does not manage', async () => {
  const server = await startTestServer(certificates);
  const { samples, contentType } = await scrape(server.healthPort);
  const { validToDate } = new X509Certificate(await readFile(join(certificates.folder, 'tls.crt')));
  assert.equal(samples.get('downlink_certificate_expiry_timestamp_seconds'), validToDate.getTime() / 1000);
  assert.equal(samples.get(`downlink_build_info{version="${version}",node="${process.version}"}`), 1);
  assert.equal(samples.get('downlink_ca_bundle_matches'), undefined);
  assert.match(contentType ?? '', /^text\/plain; version=0\.0\.4/);
  await server.stop(0);
});

test('no label takes a value from a request, and the number of series stays the same', async () => {
  const server = await startTestServer(certificates);
  const client = connectWebhook(server.port, certificates.authority.certificate);
  const hostile = ['x', '"} 1\n# HELP', '__proto__', 'ö'.repeat(300), 'injected'];
  const post = async (round: number) => {
    for (const text of hostile) {
      const value = `${text}${round}`;
      const named = reviewOf({ metadata: { name: value }, spec: {} }, value, { uid: value });
      for (const review of [
        named,
        reviewOf(podWith({ [`downlink.dev/${value}`]: value })),
        reviewOf(podWith({ 'downlink.dev/env': value })),
        reviewOf(podWith({ ...optedIn, 'downlink.dev/containers': value })),
        reviewOf(podWith(optedIn, [{ name: value, image: value }])),
        { ...named, request: { ...named.request, operation: value } },
        { ...named, request: { ...named.request, kind: { group: value, version: value, kind: value } } },
      ])
        await client.post(JSON.stringify(review));
    }
    return (await scrape(server.healthPort)).samples;
  };
  const first = await post(1);
  const second = await post(2);
  assert.deepEqual([...second.keys()], [...first.keys()]);
  const values = new Set(
    [...second.keys()].flatMap((series) => [...series.matchAll(/="([^"]*)"/g)].map(([, value]) => value)),
  );
  const known = new Set<string | undefined>([
    ...['injected', 'skipped', 'denied', 'failed', 'warned', 'silent'],
    ...['', 'bug', 'invalid', 'not-a-pod', 'not-create', 'not-requested', 'nothing-to-add'],
    ...['env', 'volume', 'ambassador'],
    ...warningCodes,
    ...bodyRefusals,
    ...connectionDrops,
    ...handshakeFailures,
    ...['webhook', 'health'],
    ...[version, process.version],
    ...['0.0005', '0.001', '0.0025', '0.005', '0.01', '0.025', '0.05', '0.1', '0.25', '0.5', '1', '2.5', '5', '+Inf'],
  ]);
  assert.deepEqual(
    [...values].filter((value) => !known.has(value)),
    [],
  );
  client.close();
  await server.stop(0);
});

test('a pod that is let through despite errors counts as skipped, and each error as a warning', async () => {
  const server = await startTestServer(certificates, { onInvalid: 'warn' });
  const client = connectWebhook(server.port, certificates.authority.certificate);
  await client.post(JSON.stringify(reviewOf(podWith({ 'downlink.dev/env': 'POD=metadata.nam, limit.cpu' }))));
  client.close();
  const { samples } = await scrape(server.healthPort);
  await server.stop(0);
  assert.equal(samples.get('downlink_reviews_total{outcome="skipped",reason="invalid-let-through"}'), 1);
  assert.equal(samples.get('downlink_warnings_total{code="invalid"}'), 2);
});

/** Every reason that a review can have. The type makes sure that none is missing. */
const reviewReasons: Readonly<Record<Exclude<Mutation['reason'], undefined>, true>> = {
  'not-requested': true,
  'opted-out': true,
  'mirror-pod': true,
  'nothing-to-add': true,
  'invalid-let-through': true,
  'not-a-pod': true,
  'not-create': true,
  invalid: true,
};
const workloadReasons: Readonly<Record<WorkloadSkipReason, true>> = {
  'not-a-workload': true,
  'not-create-or-update': true,
  'has-controller': true,
};

test('docs/metrics.md explains each value of each label, and each reason in the log', async () => {
  const documented = await readFile(join(import.meta.dirname, '../../docs/metrics.md'), 'utf8');
  const explained = (heading: string) => {
    const [, list = ''] =
      new RegExp(`^- ${heading}[^]*?:\\n((?:  - .*\\n(?:    .*\\n)*)+)`, 'm').exec(documented) ?? [];
    return [...list.matchAll(/^ {2}- `([a-z-]+)`: /gm)].map(([, value]) => value).sort();
  };
  const all = (...values: readonly string[]) => [...values].sort();
  assert.deepEqual(explained('`reason` of `downlink_reviews_total`'), all(...Object.keys(reviewReasons), 'bug'));
  assert.deepEqual(explained('`reason` of a workload'), all(...Object.keys(workloadReasons)));
  assert.deepEqual(explained('`reason` of `downlink_bodies_refused_total`'), all(...bodyRefusals));
  assert.deepEqual(explained('`reason` of `downlink_connections_dropped_total`'), all(...connectionDrops));
  assert.deepEqual(explained('`reason` of `downlink_tls_handshake_failures_total`'), all(...handshakeFailures));
});

test('docs/metrics.md lists each metric as it is exposed, and each code', async () => {
  const file = join(import.meta.dirname, '../../docs/metrics.md');
  const metrics = createMetrics(['web']);
  metrics.failed(); // a metric shows its labels once it has a value
  metrics.certificateExpiresAt(new Date());
  metrics.certificateFilesAreGood(true);
  metrics.caBundleMatches(true);
  const { text } = await metrics.expose();
  const rows = [...text.matchAll(/^# HELP (\S+) (.*)\n# TYPE \S+ (.*)\n(.*)/gm)].map(([, name, help, type, sample]) => {
    const labels = [...(sample ?? '').matchAll(/([a-z_]+)="/g)].map(([, label]) => `\`${label}\``);
    return `| \`${name}\` | ${type} | ${type === 'histogram' ? '' : labels.join(', ')} | ${help} |\n`;
  });
  const documented = await readFile(file, 'utf8');
  const table = /(\|---\|---\|---\|---\|\n)(?:\|.*\n)*/;
  const codes = warningCodes.map((code) => `\`${code}\``).join(', ');
  const right = documented
    .replace(table, (_, head: string) => head + rows.join(''))
    .replace(/^- `code`: .*$/m, `- \`code\`: ${codes}.`);
  if (process.env['UPDATE_DOCS']) return writeFile(file, right);
  assert.equal(documented, right);
});

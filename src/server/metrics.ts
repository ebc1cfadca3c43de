import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Mutation } from '../admission/mutate-pod.ts';
import type { WorkloadValidation } from '../admission/validate-workload.ts';
import type { CertificateEvents } from '../certificates/certificate-events.ts';
import { warningCodes } from '../diagnostics/findings.ts';
import { version } from '../version.ts';
import { createDeniedWorkloads } from './denied-workloads.ts';
import { type HandshakeFailure, handshakeFailures } from './handshake-failures.ts';

/** Why a body is refused before it is a review: over the limit, too many values, or no memory left for it now. */
export const bodyRefusals = ['too-large', 'too-costly', 'no-room'] as const;
export type BodyRefusal = (typeof bodyRefusals)[number];

/** Why a connection is closed: there are too many, or its client does not read answers. */
export const connectionDrops = ['too-many', 'answer-unread'] as const;
export type ConnectionDrop = (typeof connectionDrops)[number];

/** What is counted; every label has a fixed set of values. */
export interface Metrics extends CertificateEvents {
  /** An answered review of a pod; seconds. */
  readonly answered: (mutation: Mutation, seconds: number) => void;
  /** A review of a pod that got no answer for a bug of ours. */
  readonly failed: () => void;
  /** An answered review of an object that makes pods. */
  readonly workloadAnswered: (validation: WorkloadValidation) => void;
  /** One that got no answer for a bug of ours. */
  readonly workloadFailed: () => void;
  readonly bodyRefused: (reason: BodyRefusal) => void;
  readonly connectionDropped: (port: 'webhook' | 'health', reason: ConnectionDrop) => void;
  readonly handshakeFailed: (reason: HandshakeFailure) => void;
  /** The Prometheus text format, and its content type. */
  readonly expose: () => Promise<{ readonly text: string; readonly contentType: string }>;
}

const buckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]; // seconds; the webhook's timeout is 5

export function createMetrics(): Metrics {
  const register = new Registry();
  const registers = [register];
  const reviews = new Counter({
    name: 'downlink_reviews_total',
    help: 'Admission reviews of pods by what became of them; reason is empty for an injected pod',
    labelNames: ['outcome', 'reason'],
    registers,
  });
  const workloadReviews = new Counter({
    name: 'downlink_workload_reviews_total',
    help: 'Admission reviews of Deployments, Jobs and other objects that make pods, by what was said about them',
    labelNames: ['outcome'],
    registers,
  });
  const dryRuns = new Counter({
    name: 'downlink_dry_run_reviews_total',
    help: 'Those of downlink_reviews_total that were dry runs, which create nothing',
    labelNames: ['outcome'],
    registers,
  });
  const injections = new Counter({
    name: 'downlink_injections_total',
    help: 'What was injected into pods',
    labelNames: ['kind'],
    registers,
  });
  const warnings = new Counter({
    name: 'downlink_warnings_total',
    help: 'Warnings in answers about pods and about objects that make pods, by their code. A review with more than 100 errors or warnings counts as 100 of each',
    labelNames: ['code'],
    registers,
  });
  const denied = createDeniedWorkloads();
  new Gauge({
    name: 'downlink_denied_workloads',
    help: 'Workloads, and pods without one, that had a pod denied in the last 20 minutes, dry runs left out; at most 1000',
    registers,
    collect() {
      this.set(denied.count(Date.now()));
    },
  });
  const durations = new Histogram({
    name: 'downlink_review_duration_seconds',
    help: 'Time from the arrival of the review of a pod to its answer, waiting included',
    buckets,
    registers,
  });
  const refusals = new Counter({
    name: 'downlink_bodies_refused_total',
    help: 'Requests that were refused for the memory that their body takes',
    labelNames: ['reason'],
    registers,
  });
  const drops = new Counter({
    name: 'downlink_connections_dropped_total',
    help: 'Connections that were closed to make room for others',
    labelNames: ['port', 'reason'],
    registers,
  });
  const handshakes = new Counter({
    name: 'downlink_tls_handshake_failures_total',
    help: 'TLS handshakes that failed',
    labelNames: ['reason'],
    registers,
  });
  const expiry = new Gauge({
    name: 'downlink_certificate_expiry_timestamp_seconds',
    help: 'When the serving certificate expires, seconds since the epoch; absent while there is none',
    registers: [],
  });
  const filesGood = new Gauge({
    name: 'downlink_certificate_files_good',
    help: '1 where the certificate files held a pair that the API server accepts when they were last read, else 0, while the last good pair is served; absent with other certificate modes',
    registers: [],
  });
  const matches = new Gauge({
    name: 'downlink_ca_bundle_matches',
    help: "1 where caBundle of the pods' webhook configuration vouches for the serving certificate, else 0; absent where it is not ours to keep",
    registers: [],
  });
  const repairs = new Counter({
    name: 'downlink_ca_bundle_repairs_total',
    help: 'Times that somebody else changed caBundle of a webhook configuration and it was put right',
    registers,
  });
  new Gauge({
    name: 'downlink_build_info',
    help: 'Always 1, with the versions as labels',
    labelNames: ['version', 'node'],
    registers,
  }).set({ version, node: process.version }, 1);

  // a series that starts at zero lets the first increase be seen
  const injectionsOf = withLabel(['env', 'volume', 'ambassador'], (kind) => injections.labels({ kind }));
  const warningsOf = withLabel(warningCodes, (code) => warnings.labels({ code }));
  reviews.inc({ outcome: 'injected', reason: '' }, 0);
  reviews.inc({ outcome: 'denied', reason: 'invalid' }, 0);
  reviews.inc({ outcome: 'failed', reason: 'bug' }, 0);
  for (const outcome of ['warned', 'silent', 'skipped', 'failed']) workloadReviews.inc({ outcome }, 0);
  for (const outcome of ['injected', 'skipped', 'denied']) dryRuns.inc({ outcome }, 0);
  for (const reason of bodyRefusals) refusals.inc({ reason }, 0);
  for (const port of ['webhook', 'health']) drops.inc({ port, reason: 'too-many' }, 0);
  drops.inc({ port: 'webhook', reason: 'answer-unread' }, 0);
  for (const reason of handshakeFailures) handshakes.inc({ reason }, 0);

  const answers = new Map<string, Counter.Internal>(); // a lookup by labels at each review would cost more than the rest
  const answersWith = (outcome: string, reason: string) => {
    const key = `${outcome} ${reason}`;
    const known = answers.get(key) ?? reviews.labels({ outcome, reason });
    answers.set(key, known);
    return known;
  };
  return {
    answered: ({ outcome, reason = '', injected, warnings: given, request }, seconds) => {
      answersWith(outcome, reason).inc();
      if (outcome === 'denied') denied.add(request, Date.now());
      if (request.dryRun) dryRuns.inc({ outcome });
      durations.observe(seconds);
      for (const kind of injected) injectionsOf.get(kind)?.inc();
      for (const { code } of given.first) warningsOf.get(code)?.inc();
    },
    failed: () => reviews.inc({ outcome: 'failed', reason: 'bug' }),
    workloadAnswered: ({ outcome, warnings: given }) => {
      workloadReviews.inc({ outcome });
      for (const { code } of given.first) warningsOf.get(code)?.inc();
    },
    workloadFailed: () => workloadReviews.inc({ outcome: 'failed' }),
    bodyRefused: (reason) => refusals.inc({ reason }),
    connectionDropped: (port, reason) => drops.inc({ port, reason }),
    handshakeFailed: (reason) => handshakes.inc({ reason }),
    // these three are there from the first time on: before, a zero would say that something is wrong
    certificateExpiresAt: (date) => {
      register.registerMetric(expiry);
      expiry.set(date.getTime() / 1000);
    },
    certificateFilesAreGood: (areGood) => {
      register.registerMetric(filesGood);
      filesGood.set(areGood ? 1 : 0);
    },
    caBundleMatches: (does) => {
      register.registerMetric(matches);
      matches.set(does ? 1 : 0);
    },
    caBundleRepaired: () => repairs.inc(),
    expose: async () => ({ text: await register.metrics(), contentType: register.contentType }),
  };
}

/** The series of each value of a label, at zero: a lookup by labels at each review would cost more than the counting. */
function withLabel(
  values: readonly string[],
  series: (value: string) => Counter.Internal,
): ReadonlyMap<string, Counter.Internal> {
  return new Map(
    values.map((value) => {
      const one = series(value);
      one.inc(0);
      return [value, one];
    }),
  );
}

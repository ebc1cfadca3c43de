import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Mutation } from '../admission/mutate.ts';
import type { WorkloadValidation } from '../admission/validate-workload.ts';
import { warningCodes } from '../findings.ts';
import { version } from '../version.ts';
import { createDeniedWorkloads } from './denied-workloads.ts';

/** What is counted; every label has a fixed set of values. */
export interface Metrics {
  /** An answered review of a pod; seconds. */
  readonly answered: (mutation: Mutation, seconds: number) => void;
  /** A review of a pod that got no answer for a bug of ours. */
  readonly failed: () => void;
  /** An answered review of an object that makes pods. */
  readonly workloadAnswered: (validation: WorkloadValidation) => void;
  /** One that got no answer for a bug of ours. */
  readonly workloadFailed: () => void;
  readonly certificateExpiresAt: (date: Date) => void;
  /** Whether the files of the mode `files` held a pair that can be served when they were last read. */
  readonly certificateFilesAreGood: (areGood: boolean) => void;
  readonly caBundleMatches: (matches: boolean) => void;
  readonly caBundleRepaired: () => void;
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
  const injections = new Counter({
    name: 'downlink_injections_total',
    help: 'What was injected into pods',
    labelNames: ['kind'],
    registers,
  });
  const warnings = new Counter({
    name: 'downlink_warnings_total',
    help: 'Warnings in answers about pods and about objects that make pods, by their code',
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
    help: 'Time from the parsed review of a pod to its answer',
    buckets,
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

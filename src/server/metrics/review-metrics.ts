import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Mutation } from '../../admission/mutate-pod.ts';
import type { WorkloadValidation } from '../../admission/validate-workload.ts';
import { warningCodes } from '../../diagnostics/findings.ts';
import type { Clock } from '../../time/clock.ts';
import { createDeniedWorkloads } from './denied-workloads.ts';

export interface ReviewMetrics {
  /** Counts an answered review of a pod, and records its duration in seconds. */
  readonly answered: (mutation: Mutation, seconds: number) => void;
  /** Counts a review of a pod that failed because of a bug in Downlink. */
  readonly failed: () => void;
  /** Counts an answered review of a workload. */
  readonly workloadAnswered: (validation: WorkloadValidation) => void;
  /** Counts a review of a workload that failed because of a bug in Downlink. */
  readonly workloadFailed: () => void;
}

const buckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]; // seconds; the webhook's timeout is 5

export function createReviewMetrics(
  register: Registry,
  profiles: Iterable<string>,
  clock: Pick<Clock, 'now'>,
): ReviewMetrics {
  const { reviews, workloadReviews, dryRuns, injections, warnings } = createCounters(register);
  const profileInjections = createProfileCounter(register, profiles);
  const deniedWorkloads = createDeniedWorkloads();
  new Gauge({
    name: 'downlink_denied_workloads',
    help: 'Workloads with a pod that was denied in the last 20 minutes, and denied pods without a workload; dry runs do not count; at most 1000',
    registers: [register],
    collect() {
      this.set(deniedWorkloads.count(clock.now().getTime()));
    },
  });
  const durations = new Histogram({
    name: 'downlink_review_duration_seconds',
    help: 'Time from the arrival of the review of a pod to its response, including waiting',
    buckets,
    registers: [register],
  });

  const seriesOf = createSeriesCache((outcome, reason) => reviews.labels({ outcome, reason }));
  const countWarnings = ({ first }: Mutation['warnings']) => {
    for (const { code } of first) warnings.get(code)?.inc();
  };
  return {
    answered: ({ outcome, reason = '', injected, profiles: used, warnings: given, request }, seconds) => {
      seriesOf(outcome, reason).inc();
      if (outcome === 'denied') deniedWorkloads.add(request, clock.now().getTime());
      if (request.dryRun) dryRuns.inc({ outcome });
      durations.observe(seconds);
      for (const kind of injected) injections.get(kind)?.inc();
      for (const name of used) profileInjections.get(name)?.inc();
      countWarnings(given);
    },
    failed: () => reviews.inc({ outcome: 'failed', reason: 'bug' }),
    workloadAnswered: ({ outcome, warnings: given }) => {
      workloadReviews.inc({ outcome });
      countWarnings(given);
    },
    workloadFailed: () => workloadReviews.inc({ outcome: 'failed' }),
  };
}

/** Creates the counters. Series start at zero, so that queries see the first increase. */
function createCounters(register: Registry) {
  const registers = [register];
  const reviews = new Counter({
    name: 'downlink_reviews_total',
    help: 'Admission reviews of pods by outcome; reason is empty for an injected pod',
    labelNames: ['outcome', 'reason'],
    registers,
  });
  const workloadReviews = new Counter({
    name: 'downlink_workload_reviews_total',
    help: 'Admission reviews of Deployments, Jobs, and other objects that create pods, by outcome',
    labelNames: ['outcome'],
    registers,
  });
  const dryRuns = new Counter({
    name: 'downlink_dry_run_reviews_total',
    help: 'Reviews in downlink_reviews_total that were dry runs, which create nothing',
    labelNames: ['outcome'],
    registers,
  });
  const injections = new Counter({
    name: 'downlink_injections_total',
    help: 'Injections into pods by kind',
    labelNames: ['kind'],
    registers,
  });
  const warnings = new Counter({
    name: 'downlink_warnings_total',
    help: 'Warnings in responses about pods and about objects that create pods, by code. A review with more than 100 errors or warnings counts as 100 of each',
    labelNames: ['code'],
    registers,
  });
  reviews.inc({ outcome: 'injected', reason: '' }, 0);
  reviews.inc({ outcome: 'denied', reason: 'invalid' }, 0);
  reviews.inc({ outcome: 'failed', reason: 'bug' }, 0);
  for (const outcome of ['warned', 'silent', 'skipped', 'failed']) workloadReviews.inc({ outcome }, 0);
  for (const outcome of ['injected', 'skipped', 'denied']) dryRuns.inc({ outcome }, 0);
  return {
    reviews,
    workloadReviews,
    dryRuns,
    injections: seriesByValue(['env', 'volume', 'ambassador'], (kind) => injections.labels({ kind })),
    warnings: seriesByValue(warningCodes, (code) => warnings.labels({ code })),
  };
}

/** Returns the series of each profile. The names come from the settings only, so that their number is limited. */
function createProfileCounter(register: Registry, profiles: Iterable<string>): ReadonlyMap<string, Counter.Internal> {
  const counter = new Counter({
    name: 'downlink_profile_injections_total',
    help: 'Injections into pods by profile; a pod counts once for each profile that it gets something from',
    labelNames: ['profile'],
    registers: [register],
  });
  return seriesByValue([...profiles], (profile) => counter.labels({ profile }));
}

/** Returns the series of each value of a label. Looking up a series by its labels costs more than counting. */
function seriesByValue(
  values: readonly string[],
  createSeries: (value: string) => Counter.Internal,
): ReadonlyMap<string, Counter.Internal> {
  const series = new Map(values.map((value) => [value, createSeries(value)]));
  for (const one of series.values()) one.inc(0);
  return series;
}

/** Caches the series of each outcome and reason, which saves the same cost. */
function createSeriesCache(createSeries: (outcome: string, reason: string) => Counter.Internal) {
  const cache = new Map<string, Counter.Internal>();
  return (outcome: string, reason: string): Counter.Internal => {
    const key = `${outcome} ${reason}`;
    const series = cache.get(key) ?? createSeries(outcome, reason);
    cache.set(key, series);
    return series;
  };
}

import { Gauge, Registry } from 'prom-client';
import type { CertificateEvents } from '../../certificates/certificate-events.ts';
import { type Clock, systemClock } from '../../time/clock.ts';
import { version } from '../../version.ts';
import { createCertificateMetrics } from './certificate-metrics.ts';
import { type ConnectionMetrics, createConnectionMetrics } from './connection-metrics.ts';
import { createReviewMetrics, type ReviewMetrics } from './review-metrics.ts';

/** What the server counts. Every label has a fixed set of values. */
export interface Metrics extends ReviewMetrics, ConnectionMetrics, CertificateEvents {
  /** Returns the metrics in the Prometheus text format, and the content type. */
  readonly expose: () => Promise<{ readonly text: string; readonly contentType: string }>;
}

/** Creates the metrics of a server with these profiles. */
export function createMetrics(profiles: Iterable<string> = [], clock: Pick<Clock, 'now'> = systemClock): Metrics {
  const register = new Registry();
  const metrics = {
    ...createReviewMetrics(register, profiles, clock),
    ...createConnectionMetrics(register),
    ...createCertificateMetrics(register),
  };
  new Gauge({
    name: 'downlink_build_info',
    help: 'Always 1; the labels are the versions',
    labelNames: ['version', 'node'],
    registers: [register],
  }).set({ version, node: process.version }, 1);
  return { ...metrics, expose: async () => ({ text: await register.metrics(), contentType: register.contentType }) };
}

import { Counter, Gauge, type Registry } from 'prom-client';
import type { CertificateEvents } from '../../certificates/certificate-events.ts';

/** Creates the metrics of certificates. A gauge appears with its first value, because a zero would mean a problem. */
export function createCertificateMetrics(register: Registry): CertificateEvents {
  const expiry = new Gauge({
    name: 'downlink_certificate_expiry_timestamp_seconds',
    help: 'Expiry of the serving certificate in seconds since the epoch; absent if there is no certificate yet',
    registers: [],
  });
  const filesGood = new Gauge({
    name: 'downlink_certificate_files_good',
    help: '1 if the certificate files contained a pair that the API server accepts when they were last read; 0 if not, while the last good pair is served; absent in other certificate modes',
    registers: [],
  });
  const matches = new Gauge({
    name: 'downlink_ca_bundle_matches',
    help: '1 if caBundle of the webhook configuration for pods includes the CA of the serving certificate, otherwise 0; absent if Downlink does not manage caBundle',
    registers: [],
  });
  const repairs = new Counter({
    name: 'downlink_ca_bundle_repairs_total',
    help: 'Repairs of caBundle in a webhook configuration after somebody else changed it',
    registers: [register],
  });
  const set = (gauge: Gauge, value: number) => {
    register.registerMetric(gauge);
    gauge.set(value);
  };
  return {
    certificateExpiresAt: (date) => set(expiry, date.getTime() / 1000),
    certificateFilesAreGood: (areGood) => set(filesGood, areGood ? 1 : 0),
    caBundleMatches: (isMatch) => set(matches, isMatch ? 1 : 0),
    caBundleRepaired: () => repairs.inc(),
  };
}

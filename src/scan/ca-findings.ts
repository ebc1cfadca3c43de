import { parseCertificates } from '../certificates/certificate.ts';
import { day } from '../time/duration.ts';
import { howToRepairCaBundle } from './ca-bundle-advice.ts';
import type { RunningWebhook } from './installation.ts';
import type { RegisteredWebhook } from './registered-webhook.ts';
import type { ScanFinding } from './scan-finding.ts';

/**
 * Findings about a webhook's caBundle, each of whose CAs is looked at. A renewal leaves the old CA beside the new one
 * until it has expired, so that one which ends soon or has ended is worth a word only where no other outlives it.
 */
export function caFindings(
  webhook: RegisteredWebhook,
  running: RunningWebhook | undefined,
  now: Date,
  expiringWithin: number,
): readonly ScanFinding[] {
  const { configuration: object, caBundle } = webhook;
  const about = `caBundle of ${webhook.name}`;
  const mend = howToRepairCaBundle(webhook, running);
  if (caBundle === '') {
    const mayBeMeant = running?.config?.certificateMode === 'files' && !webhook.certManager;
    const problem = `${about} is empty: the API server trusts the webhook only if it knows its CA otherwise`;
    return [finding(mayBeMeant ? 'warning' : 'error', 'ca-bundle-empty', problem)];
  }
  const certificates = parseCertificates(caBundle);
  if (certificates === undefined)
    return [finding('error', 'ca-bundle-unreadable', `${about} holds no certificate in PEM form, or a damaged one`)];

  const last = Math.max(...certificates.map(({ x509 }) => x509.validToDate.getTime()));
  const left = Math.floor((last - now.getTime()) / day);
  const date = new Date(last).toISOString().slice(0, 10);
  const which = certificates.length > 1 ? 'the last CA' : 'the CA';
  if (left < 0) return [finding('error', 'ca-expired', `${which} in ${about} has expired, on ${date}`)];
  if (left < expiringWithin)
    return [finding('warning', 'ca-expiring', `${which} in ${about} expires in ${left} days, on ${date}`)];
  return [];

  function finding(severity: ScanFinding['severity'], code: ScanFinding['code'], problem: string): ScanFinding {
    return { severity, code, object, problem, causes: [], advice: mend };
  }
}

import { parseCertificates } from '../certificates/certificate.ts';
import { howToRepairCaBundle } from './ca-bundle-advice.ts';
import { describeExpiry, type ExpiryCheck, formatDate, isExpiring } from './expiry.ts';
import type { RegisteredWebhook } from './registered-webhook.ts';
import type { ScanFinding } from './scan-finding.ts';
import type { RunningWebhook } from './webhook-deployment.ts';

/**
 * Checks the CAs in a webhook's caBundle. A renewal leaves the old CA beside the new one until the old one has expired,
 * so only the CA that expires last counts.
 */
export function caFindings(
  webhook: RegisteredWebhook,
  running: RunningWebhook | undefined,
  check: ExpiryCheck,
): readonly ScanFinding[] {
  const { configuration: object, caBundle } = webhook;
  const bundle = `caBundle of ${webhook.name}`;
  const advice = howToRepairCaBundle(webhook, running);
  const finding = (
    severity: ScanFinding['severity'],
    code: ScanFinding['code'],
    problem: string,
  ): readonly ScanFinding[] => [{ severity, code, object, problem, causes: [], advice }];

  if (caBundle === '') {
    const isPossiblyIntended = running?.config?.certificateMode === 'files' && !webhook.certManager;
    const problem = `${bundle} is empty: the API server trusts the webhook only if its system roots include the CA`;
    return finding(isPossiblyIntended ? 'warning' : 'error', 'ca-bundle-empty', problem);
  }
  const certificates = parseCertificates(caBundle);
  if (certificates === undefined)
    return finding('error', 'ca-bundle-unreadable', `${bundle} contains no PEM certificate, or a damaged one`);

  const last = new Date(Math.max(...certificates.map(({ x509 }) => x509.validToDate.getTime())));
  const ca = certificates.length > 1 ? 'the last CA' : 'the CA';
  if (last < check.now) return finding('error', 'ca-expired', `${ca} in ${bundle} expired on ${formatDate(last)}`);
  if (isExpiring(last, check))
    return finding('warning', 'ca-expiring', `${ca} in ${bundle} expires ${describeExpiry(last, check)}`);
  return [];
}

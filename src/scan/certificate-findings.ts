import { type Certificate, parseCertificates } from '../certificates/certificate.ts';
import { certificateProblems } from '../certificates/certificate-acceptance.ts';
import type { CertificateProblem } from '../certificates/certificate-problem.ts';
import { isTrustedChain } from '../certificates/issuing-chain.ts';
import { howToRepairCaBundle } from './ca-bundle-advice.ts';
import { type RunningWebhook, seeItsLog } from './installation.ts';
import type { RegisteredWebhook, ServiceReference } from './registered-webhook.ts';
import { formatObject, type ObjectReference, type ScanFinding } from './scan-finding.ts';

const day = 24 * 60 * 60 * 1000; // milliseconds

/** The Secret with the serving certificate: its PEM, `missing`, or undefined where it may not be read. */
export interface ServingSecret {
  readonly name: string;
  readonly certificate: string | 'missing' | undefined;
}

/** Findings about the certificate that the webhook serves with. */
export function certificateFindings(
  webhook: RegisteredWebhook,
  service: ServiceReference,
  secret: ServingSecret,
  running: RunningWebhook | undefined,
  now: Date,
  expiringWithin: number,
): readonly ScanFinding[] {
  const object: ObjectReference = { kind: 'Secret', namespace: service.namespace, name: secret.name };
  const finding = (
    severity: ScanFinding['severity'],
    code: ScanFinding['code'],
    problem: string,
    right?: string,
  ): ScanFinding => ({ severity, code, object, problem, causes: [], advice: repair(webhook, service, running, right) });
  if (secret.certificate === undefined) return [];
  if (secret.certificate === 'missing')
    return [finding('error', 'certificate-missing', "it does not exist, and should hold the webhook's certificate")];
  const certificates = parseCertificates(secret.certificate);
  if (certificates?.[0] === undefined)
    return [finding('error', 'certificate-unreadable', 'its tls.crt holds no certificate, or a damaged one')];

  const host = `${service.name}.${service.namespace}.svc`;
  const refused = certificateProblems(certificates, [host], now).map(({ kind, problem, remedy }) =>
    finding('error', codes[kind], `its certificate ${problem}, so the API server refuses it`, remedy),
  );
  const end = certificates[0].x509.validToDate;
  const isExpiring = end > now && end.getTime() <= now.getTime() + expiringWithin * day;
  const days = Math.floor((end.getTime() - now.getTime()) / day);
  const expires = `its certificate expires in ${days} days, on ${end.toISOString().slice(0, 10)}`;
  return [
    ...refused,
    ...(isExpiring ? [finding('warning', 'certificate-expiring', expires)] : []),
    ...(isTrusted(certificates, webhook, now)
      ? []
      : [
          {
            ...finding('error', 'certificate-untrusted', untrusted(webhook)),
            advice: howToRepairCaBundle(webhook, running),
          },
        ]),
  ];
}

function untrusted({ name, configuration }: RegisteredWebhook): string {
  return `its certificate is of no valid CA in caBundle of ${name} in ${formatObject(configuration)}`;
}

const codes = {
  expired: 'certificate-expired',
  'not-yet-valid': 'certificate-not-valid-yet',
  names: 'certificate-names',
  purpose: 'certificate-refused',
  signature: 'certificate-refused',
  key: 'certificate-refused',
  form: 'certificate-refused',
  issuer: 'certificate-refused',
} as const satisfies Readonly<Record<CertificateProblem['kind'], ScanFinding['code']>>;

/** Whether a CA of caBundle vouches for it. A bundle without a valid CA is found elsewhere, and says nothing here. */
function isTrusted(certificates: readonly Certificate[], { caBundle }: RegisteredWebhook, now: Date): boolean {
  const authorities = parseCertificates(caBundle);
  const isFound = authorities === undefined || authorities.every(({ x509 }) => x509.validToDate <= now);
  return isFound || isTrustedChain(certificates, authorities, now);
}

/** What puts it right, by who keeps it; where people do, what it must be like. */
function repair(
  webhook: RegisteredWebhook,
  service: ServiceReference,
  running: RunningWebhook | undefined,
  right: string | undefined,
): string {
  if (webhook.certManager) return `see what cert-manager says: kubectl -n ${service.namespace} describe certificate`;
  if (running?.config?.certificateMode !== 'files') return seeItsLog(service, running);
  return right === undefined
    ? 'have whatever keeps the Secret put a new certificate there'
    : `${right}, and have whatever keeps the Secret put it there`;
}

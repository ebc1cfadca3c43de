import { type Certificate, parseCertificates } from '../certificates/certificate.ts';
import { certificateProblems } from '../certificates/certificate-acceptance.ts';
import type { CertificateProblem } from '../certificates/certificate-problem.ts';
import { isTrustedChain } from '../certificates/issuing-chain.ts';
import { howToRepairCaBundle } from './ca-bundle-advice.ts';
import { describeExpiry, type ExpiryCheck, isExpiring } from './expiry.ts';
import type { RegisteredWebhook, ServiceReference } from './registered-webhook.ts';
import { formatObject, type ObjectReference, type ScanFinding } from './scan-finding.ts';
import { checkWebhookLog, type RunningWebhook } from './webhook-deployment.ts';

/** The Secret with the serving certificate. */
export type ServingSecret =
  | { readonly kind: 'found'; readonly name: string; readonly certificate: string /* PEM */ }
  | { readonly kind: 'missing'; readonly name: string };

/** A webhook, and the Service and Secret to check. */
export interface ServedWebhook {
  readonly webhook: RegisteredWebhook;
  readonly service: ServiceReference;
  readonly secret: ServingSecret;
  readonly running: RunningWebhook | undefined;
}

/** Checks the serving certificate of the webhook. */
export function certificateFindings(served: ServedWebhook, check: ExpiryCheck): readonly ScanFinding[] {
  const { webhook, service, secret, running } = served;
  const object: ObjectReference = { kind: 'Secret', namespace: service.namespace, name: secret.name };
  const finding = (
    severity: ScanFinding['severity'],
    code: ScanFinding['code'],
    problem: string,
    remedy?: string,
  ): ScanFinding => ({ severity, code, object, problem, causes: [], advice: howToReplace(served, remedy) });
  if (secret.kind === 'missing')
    return [finding('error', 'certificate-missing', "it does not exist, and should contain the webhook's certificate")];
  const certificates = parseCertificates(secret.certificate);
  if (certificates?.[0] === undefined)
    return [finding('error', 'certificate-unreadable', 'its tls.crt contains no certificate, or a damaged one')];

  const host = `${service.name}.${service.namespace}.svc`;
  const refused = certificateProblems(certificates, [host], check.now).map(({ kind, problem, remedy }) =>
    finding('error', codes[kind], `its certificate ${problem}, so the API server refuses it`, remedy),
  );
  const end = certificates[0].x509.validToDate;
  const expires = `its certificate expires ${describeExpiry(end, check)}`;
  const untrusted = finding('error', 'certificate-untrusted', untrustedProblem(webhook));
  return [
    ...refused,
    ...(isExpiring(end, check) ? [finding('warning', 'certificate-expiring', expires)] : []),
    ...(isTrusted(certificates, webhook, check.now)
      ? []
      : [{ ...untrusted, advice: howToRepairCaBundle(webhook, running) }]),
  ];
}

function untrustedProblem({ name, configuration }: RegisteredWebhook): string {
  return `no valid CA in caBundle of ${name} in ${formatObject(configuration)} issued its certificate`;
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

/** Reports whether a CA in caBundle can verify the certificate. A bundle without a valid CA is reported elsewhere. */
function isTrusted(certificates: readonly Certificate[], { caBundle }: RegisteredWebhook, now: Date): boolean {
  const authorities = parseCertificates(caBundle);
  const isReported = authorities === undefined || authorities.every(({ x509 }) => x509.validToDate <= now);
  return isReported || isTrustedChain(certificates, authorities, now);
}

/** Returns how to get another certificate, depending on what maintains it. A person who issues it follows `remedy`. */
function howToReplace({ webhook, service, running }: ServedWebhook, remedy: string | undefined): string {
  if (webhook.certManager) return `check cert-manager: kubectl -n ${service.namespace} describe certificate`;
  if (running?.config?.certificateMode !== 'files') return checkWebhookLog(service, running);
  return remedy === undefined ? 'put a new certificate into the Secret' : `${remedy}, and put it into the Secret`;
}

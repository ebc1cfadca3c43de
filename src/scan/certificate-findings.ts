import type { X509Certificate } from 'node:crypto';
import { howToRepairCaBundle } from './ca-bundle-advice.ts';
import { certificatesIn } from './ca-findings.ts';
import { formatObject, type ObjectReference, type ScanFinding } from './finding.ts';
import { type RunningWebhook, seeItsLog } from './installation.ts';
import type { RegisteredWebhook, ServiceReference } from './webhook.ts';

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
  const advice = repair(webhook, service, running);
  const finding = (severity: ScanFinding['severity'], code: ScanFinding['code'], problem: string): ScanFinding => ({
    severity,
    code,
    object,
    problem,
    causes: [],
    advice,
  });
  if (secret.certificate === undefined) return [];
  if (secret.certificate === 'missing')
    return [finding('error', 'certificate-missing', "it does not exist, and should hold the webhook's certificate")];
  const [leaf] = certificatesIn(secret.certificate) ?? [];
  if (leaf === undefined) return [finding('error', 'certificate-unreadable', 'its tls.crt holds no certificate')];

  const host = `${service.name}.${service.namespace}.svc`;
  const end = leaf.validToDate;
  const date = end.toISOString().slice(0, 10);
  const isExpiring = end.getTime() <= now.getTime() + expiringWithin * day;
  const days = Math.floor((end.getTime() - now.getTime()) / day);
  return [
    ...(end <= now ? [finding('error', 'certificate-expired', `its certificate has expired on ${date}`)] : []),
    ...(end > now && isExpiring
      ? [finding('warning', 'certificate-expiring', `its certificate expires in ${days} days, on ${date}`)]
      : []),
    ...(leaf.checkHost(host) === undefined
      ? [finding('error', 'certificate-names', `its certificate is not for ${host}, by which the API server calls`)]
      : []),
    ...(isTrusted(leaf, webhook, now)
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

/** Whether a CA of caBundle vouches for it. A bundle without a valid CA is found elsewhere, and says nothing here. */
function isTrusted(leaf: X509Certificate, { caBundle }: RegisteredWebhook, now: Date): boolean {
  const authorities = certificatesIn(caBundle);
  const isFound = authorities === undefined || authorities.every(({ validToDate }) => validToDate <= now);
  return isFound || authorities.some(({ publicKey, validToDate }) => validToDate > now && leaf.verify(publicKey));
}

function repair(webhook: RegisteredWebhook, service: ServiceReference, running: RunningWebhook | undefined): string {
  if (webhook.certManager) return `see what cert-manager says: kubectl -n ${service.namespace} describe certificate`;
  if (running?.config?.certificateMode === 'files') return 'have whatever keeps the Secret put a new certificate there';
  return seeItsLog(service, running);
}

import type { ApiObject } from '../kubernetes-api/api-client.ts';
import type { ManagedFields } from './ca-bundle-ownership.ts';
import { type CertificateList, includesCertificate, parseCertificates } from './certificate.ts';

/** Identifies a webhook configuration in the API. */
export interface ConfigurationReference {
  readonly kind: keyof typeof collections;
  readonly name: string;
}

/** The fields of a webhook configuration that concern caBundle. */
export interface WebhookConfiguration extends ApiObject {
  readonly metadata: ApiObject['metadata'] & {
    readonly annotations?: Readonly<Record<string, string>>;
    readonly managedFields?: readonly ManagedFields[];
  };
  readonly webhooks?: readonly { readonly name: string; readonly clientConfig?: { readonly caBundle?: string } }[];
}

const group = '/apis/admissionregistration.k8s.io/v1';
const collections = {
  MutatingWebhookConfiguration: `${group}/mutatingwebhookconfigurations`,
  ValidatingWebhookConfiguration: `${group}/validatingwebhookconfigurations`,
} as const;

/** The annotations in which the chart records who manages caBundle. Pod annotations have another prefix. */
export const configurationAnnotations = {
  /** The chart's `certificates.mode`. Replicas manage caBundle if it is `self-signed` or missing. */
  mode: 'webhook.downlink.dev/certificates-mode',
  /** The chart's `certificates.caBundle`: CAs that caBundle includes in addition to our own. PEM in base64. */
  additional: 'webhook.downlink.dev/additional-ca-bundle',
} as const;

/** Returns the path of all configurations of that kind. */
export function collectionOf({ kind }: ConfigurationReference): string {
  return collections[kind];
}

/** Returns the chart's certificate mode if it means that replicas do not manage caBundle; undefined if they do. */
export function otherManager({ metadata }: WebhookConfiguration): string | undefined {
  const mode = metadata.annotations?.[configurationAnnotations.mode];
  return mode === 'self-signed' ? undefined : mode;
}

/** Returns the CAs for caBundle: ours, then those in the annotation. Undefined if the annotation cannot be parsed. */
export function desiredAuthorities(
  { metadata }: WebhookConfiguration,
  own: CertificateList,
): CertificateList | undefined {
  const annotation = metadata.annotations?.[configurationAnnotations.additional];
  if (annotation === undefined) return own;
  const additional = parseCertificates(Buffer.from(annotation, 'base64').toString());
  return additional && [...own, ...additional.filter((other) => !includesCertificate(own, other))];
}

/** Reports whether caBundle of each webhook, or of each that has one of these names, is exactly this one. */
export function hasCaBundle(
  { webhooks = [] }: WebhookConfiguration,
  bundle: string,
  names?: ReadonlySet<string>,
): boolean {
  return webhooks.every(({ name, clientConfig }) => names?.has(name) === false || clientConfig?.caBundle === bundle);
}

/** Reports whether caBundle of each webhook includes these CAs. */
export function trustsAuthorities({ webhooks = [] }: WebhookConfiguration, authorities: CertificateList): boolean {
  return webhooks.every(({ clientConfig: { caBundle = '' } = {} }) => {
    const trusted = parseCertificates(Buffer.from(caBundle, 'base64').toString()) ?? [];
    return authorities.every((authority) => includesCertificate(trusted, authority));
  });
}

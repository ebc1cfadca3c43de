import type { ApiObject } from '../kubernetes-api/api-client.ts';
import { readCertificates } from './certificate.ts';

/** A webhook configuration, by its place in the API. */
export interface ConfigurationReference {
  readonly kind: keyof typeof collections;
  readonly name: string;
}

/** A webhook configuration, as far as caBundle and who keeps it go. */
export interface WebhookConfiguration extends ApiObject {
  readonly metadata: ApiObject['metadata'] & {
    readonly annotations?: Readonly<Record<string, string>>;
    readonly managedFields?: readonly ManagedFields[];
  };
  readonly webhooks?: readonly { readonly name: string; readonly clientConfig?: { readonly caBundle?: string } }[];
}

/** Which fields somebody has set, https://kubernetes.io/docs/reference/using-api/server-side-apply/ */
interface ManagedFields {
  readonly manager?: string;
  readonly fieldsV1?: FieldSet;
}
interface FieldSet {
  readonly [key: string]: FieldSet;
}

const group = '/apis/admissionregistration.k8s.io/v1';
const collections = {
  MutatingWebhookConfiguration: `${group}/mutatingwebhookconfigurations`,
  ValidatingWebhookConfiguration: `${group}/validatingwebhookconfigurations`,
} as const;

/** The annotations by which the chart says who keeps caBundle. Their prefix is not that of what pods ask for. */
export const configurationAnnotations = {
  /** The chart's `certificates.mode`; caBundle is ours to keep where it is `self-signed`, or missing. */
  mode: 'webhook.downlink.dev/certificates-mode',
  /** The chart's `certificates.caBundle`: CAs that are kept in caBundle beside our own. PEM in base64. */
  additional: 'webhook.downlink.dev/additional-ca-bundle',
} as const;

/** The path of all configurations of that kind. */
export function collectionOf({ kind }: ConfigurationReference): string {
  return collections[kind];
}

/** Returns who keeps caBundle instead of us: the mode that the chart was installed with; undefined where we do. */
export function otherKeeper({ metadata }: WebhookConfiguration): string | undefined {
  const mode = metadata.annotations?.[configurationAnnotations.mode];
  return mode === 'self-signed' ? undefined : mode;
}

/** Returns the CAs that are to stand in caBundle: ours, then those of the annotation. Undefined where that is garbage. */
export function wantedAuthorities(
  { metadata }: WebhookConfiguration,
  own: readonly string[],
): readonly string[] | undefined {
  const annotation = metadata.annotations?.[configurationAnnotations.additional];
  if (annotation === undefined) return own;
  const additional = readCertificates(Buffer.from(annotation, 'base64').toString())?.map(({ x509 }) => x509.toString());
  return additional && [...own, ...additional.filter((authority) => !own.includes(authority))];
}

/** Reports whether caBundle of each webhook is exactly that. */
export function hasCaBundle({ webhooks = [] }: WebhookConfiguration, bundle: string): boolean {
  return webhooks.every(({ clientConfig }) => clientConfig?.caBundle === bundle);
}

/** Reports whether caBundle of each webhook holds these CAs, perhaps with others. */
export function holdsAuthorities({ webhooks = [] }: WebhookConfiguration, authorities: readonly string[]): boolean {
  return webhooks.every(({ clientConfig }) => {
    const held = readCertificates(Buffer.from(clientConfig?.caBundle ?? '', 'base64').toString()) ?? [];
    const pems = held.map(({ x509 }) => x509.toString());
    return authorities.every((authority) => pems.includes(authority));
  });
}

/**
 * Returns managedFields in which nobody owns caBundle; undefined where that is so already. What one manager owns,
 * another one cannot apply without force: the next `helm upgrade` to a mode in which the chart sets caBundle would fail
 * half-way. And what only helm owns goes when the chart sets it no more.
 */
export function withoutOwners(
  { metadata: { managedFields = [] } }: WebhookConfiguration,
  ourManager: string,
): readonly ManagedFields[] | undefined {
  if (!managedFields.some(({ manager, fieldsV1 }) => manager === ourManager || ownsCaBundle(fieldsV1)))
    return undefined;
  const left = managedFields
    .filter(({ manager }) => manager !== ourManager)
    .map(({ fieldsV1, ...rest }) => ({ ...rest, ...(fieldsV1 && { fieldsV1: withoutCaBundle(fieldsV1) }) }));
  return left.length === 0 ? undefined : left; // an empty list would mean: as it was
}

function ownsCaBundle(fields: FieldSet | undefined): boolean {
  return Object.values(fields?.['f:webhooks'] ?? {}).some((webhook) => webhook['f:clientConfig']?.['f:caBundle']);
}

function withoutCaBundle({ 'f:webhooks': webhooks, ...rest }: FieldSet): FieldSet {
  if (webhooks === undefined) return rest;
  const changed = Object.entries(webhooks).map(([key, { 'f:clientConfig': clientConfig, ...others }]) => {
    if (clientConfig === undefined) return [key, others] as const;
    const { 'f:caBundle': _, ...fields } = clientConfig;
    // an empty set would mean all of clientConfig
    return [key, Object.keys(fields).length === 0 ? others : { ...others, 'f:clientConfig': fields }] as const;
  });
  return { ...rest, 'f:webhooks': Object.fromEntries(changed) };
}

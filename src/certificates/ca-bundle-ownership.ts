import type { Logger } from 'pino';
import { messageOf } from '../diagnostics/text.ts';
import { type ApiClient, ApiError } from '../kubernetes-api/api-client.ts';
import type { ConfigurationReference, WebhookConfiguration } from './webhook-configuration.ts';

/** The fields that a manager owns, https://kubernetes.io/docs/reference/using-api/server-side-apply/ */
export interface ManagedFields {
  readonly manager?: string;
  readonly fieldsV1?: FieldSet;
}
interface FieldSet {
  readonly [key: string]: FieldSet;
}

interface OwnershipOptions {
  readonly api: ApiClient;
  readonly log: Logger;
  readonly reference: ConfigurationReference;
  /** The path of the configuration. */
  readonly path: string;
  readonly fieldManager: string;
}

/**
 * Returns a function that removes all owners of caBundle from a configuration. If the API server refuses that, it logs a
 * warning once and does not try again: the owners matter only when the chart sets caBundle or no longer has a webhook.
 */
export function createOwnershipRelease({ api, log, reference, path, fieldManager }: OwnershipOptions) {
  let isRefused = false;
  const { kind, name } = reference;
  return async ({ metadata }: WebhookConfiguration): Promise<void> => {
    const { resourceVersion } = metadata;
    const managedFields = withoutOwners(metadata.managedFields ?? [], fieldManager);
    if (managedFields === undefined || isRefused) return;
    try {
      await api.patch(path, fieldManager, { metadata: { resourceVersion, managedFields } });
    } catch (error) {
      if (error instanceof ApiError && error.code === 409) throw error;
      isRefused = true;
      const message = 'cannot remove the field manager of caBundle';
      log.warn({ kind, configuration: name, error: messageOf(error) }, message);
    }
  };
}

/**
 * Returns managedFields in which nobody owns caBundle; undefined if nothing needs to change. Without force, a manager cannot
 * apply a field that another manager owns: the next `helm upgrade` to a mode in which the chart sets caBundle would fail
 * halfway. So would one that removes the webhook of a profile: the API server would keep the webhook with caBundle alone, which
 * is invalid. A field that only helm owns is deleted when the chart no longer sets it.
 */
function withoutOwners(
  managedFields: readonly ManagedFields[],
  ourManager: string,
): readonly ManagedFields[] | undefined {
  if (!managedFields.some(({ manager, fieldsV1 }) => manager === ourManager || ownsCaBundle(fieldsV1)))
    return undefined;
  const remaining = managedFields
    .filter(({ manager }) => manager !== ourManager)
    .map(({ fieldsV1, ...other }) => ({ ...other, ...(fieldsV1 && { fieldsV1: withoutCaBundle(fieldsV1) }) }));
  return remaining.length === 0 ? undefined : remaining; // the API server ignores an empty list
}

function ownsCaBundle(fields: FieldSet | undefined): boolean {
  return Object.values(fields?.['f:webhooks'] ?? {}).some((webhook) => webhook['f:clientConfig']?.['f:caBundle']);
}

function withoutCaBundle({ 'f:webhooks': webhooks, ...rest }: FieldSet): FieldSet {
  if (webhooks === undefined) return rest;
  const changed = Object.entries(webhooks).map(([key, { 'f:clientConfig': clientConfig, ...others }]) => {
    if (clientConfig === undefined) return [key, others] as const;
    const { 'f:caBundle': _, ...fields } = clientConfig;
    // an empty set would own all of clientConfig
    return [key, Object.keys(fields).length === 0 ? others : { ...others, 'f:clientConfig': fields }] as const;
  });
  return { ...rest, 'f:webhooks': Object.fromEntries(changed) };
}

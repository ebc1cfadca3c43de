import type { RegisteredWebhook } from './registered-webhook.ts';
import { formatObject, type ObjectReference } from './scan-finding.ts';
import { checkWebhookLog, type RunningWebhook } from './webhook-deployment.ts';

/**
 * Returns how to make caBundle match the serving certificate, depending on what maintains it: the server, cert-manager,
 * or the chart's values.
 */
export function howToRepairCaBundle(webhook: RegisteredWebhook, running: RunningWebhook | undefined): string {
  const { configuration, certManager, service } = webhook;
  if (certManager)
    return 'find out why cert-manager does not set caBundle: the annotation cert-manager.io/inject-ca-from must name the Certificate of the webhook; then run kubectl describe certificate -A and check the log of the cainjector';
  if (running?.config?.certificateMode === 'files')
    return "set the chart's value certificates.caBundle to the CA of the certificate, in base64, or put a certificate that a CA in caBundle signed into the Secret";
  if (service === undefined)
    return `put the CA of the webhook's certificate, in base64, into caBundle of ${formatObject(configuration)}`;
  const maintained = maintainedInstead(webhook, running);
  if (maintained === undefined) return checkWebhookLog(service, running);
  return `the webhook maintains caBundle of ${formatObject(maintained)}, not of this one: if this one is left over, run kubectl delete ${configuration.kind.toLowerCase()} ${configuration.name}; otherwise set the chart's value webhook.configurationName to its name`;
}

/** Returns the configuration of the same kind whose caBundle the server maintains, if it is not the webhook's own. */
export function maintainedInstead(
  { configuration }: RegisteredWebhook,
  running: RunningWebhook | undefined,
): ObjectReference | undefined {
  const { kind } = configuration;
  const config = running?.config;
  if (config?.certificateMode !== 'self-signed') return undefined;
  const isMutating = kind === 'MutatingWebhookConfiguration';
  const name = isMutating ? config.webhookConfiguration : config.validatingWebhookConfiguration;
  return name === undefined || name === configuration.name ? undefined : { kind, name };
}

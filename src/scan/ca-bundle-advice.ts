import { type RunningWebhook, seeItsLog } from './installation.ts';
import type { RegisteredWebhook } from './registered-webhook.ts';
import { formatObject, type ObjectReference } from './scan-finding.ts';

/** Returns how to make caBundle match the serving certificate, by what maintains it: the server, cert-manager, or the chart's values. */
export function howToRepairCaBundle(webhook: RegisteredWebhook, running: RunningWebhook | undefined): string {
  const { configuration, certManager, service } = webhook;
  if (certManager)
    return 'see why cert-manager does not fill in caBundle: the annotation cert-manager.io/inject-ca-from must name the Certificate of the webhook; then kubectl describe certificate -A and the log of its cainjector';
  if (running?.config?.certificateMode === 'files')
    return "set the chart's value certificates.caBundle to the CA of the certificate, in base64, or have whatever keeps the Secret put a certificate of that CA there";
  if (service === undefined)
    return `put the CA of the webhook's certificate, in base64, into caBundle of ${formatObject(configuration)}`;
  const other = keptInstead(webhook, running);
  if (other === undefined) return seeItsLog(service, running);
  return `the webhook maintains caBundle of ${formatObject(other)} and not of this one: if this one is left over, run kubectl delete ${configuration.kind.toLowerCase()} ${configuration.name}; otherwise set the chart's value webhook.configurationName to its name`;
}

/** Returns the configuration of that kind whose caBundle the server maintains, if it is not the webhook's. */
export function keptInstead(
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

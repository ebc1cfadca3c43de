import { listAt, valueAt } from '../json/json-value.ts';
import type { LabelSelector } from '../kubernetes/label-selector.ts';
import type { ObjectReference } from './scan-finding.ts';

/** The name of the webhook that injects. */
export const injectingWebhook = 'pods.downlink.dev';
const profileSuffix = '.profiles.downlink.dev'; // of the webhooks that apply the profile of a namespace
const suffix = '.downlink.dev'; // of Downlink's other webhooks

/** A webhook of Downlink, from its configuration. */
export interface RegisteredWebhook {
  readonly name: string;
  readonly configuration: ObjectReference;
  /** When the configuration was created, in milliseconds since the epoch. */
  readonly created: number;
  /** Whether an annotation tells cert-manager to set caBundle. */
  readonly certManager: boolean;
  readonly failurePolicy: string;
  readonly namespaceSelector: LabelSelector | undefined;
  readonly objectSelector: LabelSelector | undefined;
  readonly hasMatchConditions: boolean;
  /** PEM; empty if there is none. */
  readonly caBundle: string;
  /** Undefined for a webhook with a URL. */
  readonly service: ServiceReference | undefined;
}

/** The Service through which the API server calls a webhook. */
export interface ServiceReference {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
}

/** Returns Downlink's webhooks in a mutating or validating configuration of any name. */
export function registeredWebhooks(configuration: unknown): readonly RegisteredWebhook[] {
  const kind = String(valueAt(configuration, ['kind']));
  const annotations = valueAt(configuration, ['metadata', 'annotations']);
  return listAt(configuration, ['webhooks'])
    .filter((webhook) => isDownlinkWebhook(String(valueAt(webhook, ['name'])), kind))
    .map((webhook) => ({
      name: String(valueAt(webhook, ['name'])),
      configuration: { kind, name: String(valueAt(configuration, ['metadata', 'name'])) },
      created: Date.parse(String(valueAt(configuration, ['metadata', 'creationTimestamp']))),
      certManager: valueAt(annotations, ['cert-manager.io/inject-ca-from']) !== undefined,
      failurePolicy: String(valueAt(webhook, ['failurePolicy']) ?? 'Fail'),
      namespaceSelector: valueAt(webhook, ['namespaceSelector']) as LabelSelector | undefined,
      objectSelector: valueAt(webhook, ['objectSelector']) as LabelSelector | undefined,
      hasMatchConditions: Array.isArray(valueAt(webhook, ['matchConditions'])),
      caBundle: Buffer.from(String(valueAt(webhook, ['clientConfig', 'caBundle']) ?? ''), 'base64').toString(),
      service: serviceOf(valueAt(webhook, ['clientConfig', 'service'])),
    }));
}

/** Reports whether the webhook injects, rather than only reviews workloads. */
export function injects({ name, configuration }: RegisteredWebhook): boolean {
  return name === injectingWebhook && configuration.kind === 'MutatingWebhookConfiguration';
}

/** Reports whether the webhook applies the profile that a namespace requests. */
export function appliesProfile({ name, configuration }: RegisteredWebhook): boolean {
  return name.endsWith(profileSuffix) && configuration.kind === 'MutatingWebhookConfiguration';
}

function isDownlinkWebhook(name: string, kind: string): boolean {
  if (kind !== 'MutatingWebhookConfiguration') return name.endsWith(suffix);
  return name === injectingWebhook || name.endsWith(profileSuffix);
}

function serviceOf(service: unknown): ServiceReference | undefined {
  const [namespace, name] = [valueAt(service, ['namespace']), valueAt(service, ['name'])];
  if (typeof namespace !== 'string' || typeof name !== 'string') return undefined;
  return { namespace, name, port: Number(valueAt(service, ['port']) ?? 443) };
}

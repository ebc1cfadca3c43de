import { listAt, valueAt } from '../json/json-value.ts';
import type { LabelSelector } from '../kubernetes/label-selector.ts';
import type { ObjectReference } from './scan-finding.ts';

/** The webhook that injects. */
export const injectingWebhook = 'pods.downlink.dev';
const suffix = '.downlink.dev'; // the others of ours

/** A webhook of ours as a configuration has it. */
export interface RegisteredWebhook {
  readonly name: string;
  readonly configuration: ObjectReference;
  /** When the configuration was made; milliseconds since the epoch. */
  readonly created: number;
  /** Whether cert-manager was asked to fill in caBundle. */
  readonly certManager: boolean;
  readonly failurePolicy: string;
  readonly namespaceSelector: LabelSelector | undefined;
  readonly objectSelector: LabelSelector | undefined;
  readonly hasMatchConditions: boolean;
  /** PEM; empty where there is none. */
  readonly caBundle: string;
  /** Undefined where it is called by a URL. */
  readonly service: ServiceReference | undefined;
}

export interface ServiceReference {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
}

/** Our webhooks in a mutating or validating configuration, whatever the configuration is called. */
export function registeredWebhooks(configuration: unknown): readonly RegisteredWebhook[] {
  const kind = String(valueAt(configuration, ['kind']));
  const annotations = valueAt(configuration, ['metadata', 'annotations']);
  return listAt(configuration, ['webhooks'])
    .filter((webhook) => isOurs(String(valueAt(webhook, ['name'])), kind))
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

/** Whether it is the one that injects, and not one that only reviews workloads. */
export function injects({ name, configuration }: RegisteredWebhook): boolean {
  return name === injectingWebhook && configuration.kind === 'MutatingWebhookConfiguration';
}

function isOurs(name: string, kind: string): boolean {
  return kind === 'MutatingWebhookConfiguration' ? name === injectingWebhook : name.endsWith(suffix);
}

function serviceOf(service: unknown): ServiceReference | undefined {
  const [namespace, name] = [valueAt(service, ['namespace']), valueAt(service, ['name'])];
  if (typeof namespace !== 'string' || typeof name !== 'string') return undefined;
  return { namespace, name, port: Number(valueAt(service, ['port']) ?? 443) };
}

import { type Labels, type Requirement, unmetRequirements } from '../kubernetes/label-selector.ts';
import type { RegisteredWebhook } from './registered-webhook.ts';

/** The namespaces looked at with their labels; undefined where they may not be read. */
export type NamespaceLabels = ReadonlyMap<string, Labels> | undefined;

const nameLabel = 'kubernetes.io/metadata.name'; // on every namespace from Kubernetes 1.21 on

/** Why the webhook never sees the pods of a namespace; undefined where it does, or where it cannot be seen. */
export type NotServed =
  | { readonly kind: 'excluded' }
  /** It lacks this label. */
  | { readonly kind: 'unlabelled'; readonly label: string };

export function notServed(
  namespace: string,
  { namespaceSelector, service }: RegisteredWebhook,
  namespaces: NamespaceLabels,
): NotServed | undefined {
  const read = namespaces?.get(namespace);
  const unmet = unmetRequirements(namespaceSelector, read ?? { [nameLabel]: namespace }).filter(
    ({ key }) => read !== undefined || key === nameLabel,
  );
  const [first] = unmet;
  if (first === undefined) return undefined;
  const isSystem = namespace === 'kube-system' || namespace === service?.namespace;
  const missing = unmet.find(({ operator }) => operator === 'In' || operator === 'Exists');
  if (isSystem || missing === undefined || missing.key === nameLabel) return { kind: 'excluded' };
  return { kind: 'unlabelled', label: labelThatMeets(missing) };
}

function labelThatMeets({ key, operator, values }: Requirement): string {
  return `${key}=${operator === 'In' ? (values?.[0] ?? '') : 'true'}`;
}

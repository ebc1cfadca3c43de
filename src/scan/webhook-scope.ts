import { type Labels, type Requirement, unmetRequirements } from '../kubernetes/label-selector.ts';
import type { RegisteredWebhook } from './registered-webhook.ts';

/** The scanned namespaces with their labels; undefined if they cannot be read. */
export type NamespaceLabels = ReadonlyMap<string, Labels> | undefined;

const nameLabel = 'kubernetes.io/metadata.name'; // on every namespace of Kubernetes 1.21 and later

/** Why a webhook is not called for the pods of a namespace. */
export type ScopeGap =
  | { readonly kind: 'excluded' }
  /** The namespace lacks this label. */
  | { readonly kind: 'unlabeled'; readonly label: string };

/** Returns why the webhook is not called for the pods of a namespace; undefined if it is, or if that is unknown. */
export function scopeGap(
  namespace: string,
  { namespaceSelector, service }: RegisteredWebhook,
  namespaces: NamespaceLabels,
): ScopeGap | undefined {
  const labels = namespaces?.get(namespace);
  const unmet = unmetRequirements(namespaceSelector, labels ?? { [nameLabel]: namespace }).filter(
    ({ key }) => labels !== undefined || key === nameLabel,
  );
  const [first] = unmet;
  if (first === undefined) return undefined;
  const isSystem = namespace === 'kube-system' || namespace === service?.namespace;
  const missing = unmet.find(({ operator }) => operator === 'In' || operator === 'Exists');
  if (isSystem || missing === undefined || missing.key === nameLabel) return { kind: 'excluded' };
  return { kind: 'unlabeled', label: labelFor(missing) };
}

/** Returns a label that meets the requirement. */
function labelFor({ key, operator, values }: Requirement): string {
  return `${key}=${operator === 'In' ? (values?.[0] ?? '') : 'true'}`;
}

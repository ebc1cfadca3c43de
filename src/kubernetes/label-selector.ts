/**
 * Selects the objects for which a webhook is called, by their labels or those of their namespace. Without a selector,
 * it is called for all objects.
 * Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/label-selector/
 */
export interface LabelSelector {
  readonly matchLabels?: Labels | null;
  readonly matchExpressions?: readonly Requirement[] | null;
}

export interface Requirement {
  readonly key: string;
  /** In, NotIn, Exists, or DoesNotExist. */
  readonly operator: string;
  readonly values?: readonly string[] | null;
}

export type Labels = Readonly<Record<string, string>>;

/** Returns the requirements of a selector that the labels do not meet, including those in matchLabels. */
export function unmetRequirements(selector: LabelSelector | null | undefined, labels: Labels): readonly Requirement[] {
  const exact = Object.entries(selector?.matchLabels ?? {}).map(
    ([key, value]): Requirement => ({ key, operator: 'In', values: [value] }),
  );
  return [...exact, ...(selector?.matchExpressions ?? [])].filter((requirement) => !meets(labels, requirement));
}

/** Reports whether the labels meet a requirement. A requirement with an unknown operator is never met. */
function meets(labels: Labels, { key, operator, values }: Requirement): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  const isListed = value !== undefined && (values ?? []).includes(value);
  switch (operator) {
    case 'In':
      return isListed;
    case 'NotIn':
      return !isListed;
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}

/**
 * Which objects a webhook is called for, by their labels or their namespace's. No selector at all takes everything.
 * Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/label-selector/
 */
export interface LabelSelector {
  readonly matchLabels?: Labels | null;
  readonly matchExpressions?: readonly Requirement[] | null;
}

export interface Requirement {
  readonly key: string;
  /** In, NotIn, Exists or DoesNotExist. */
  readonly operator: string;
  readonly values?: readonly string[] | null;
}

export type Labels = Readonly<Record<string, string>>;

/** Every requirement of the selector, matchLabels among them, that these labels do not meet. */
export function unmetRequirements(selector: LabelSelector | null | undefined, labels: Labels): readonly Requirement[] {
  const exact = Object.entries(selector?.matchLabels ?? {}).map(
    ([key, value]): Requirement => ({ key, operator: 'In', values: [value] }),
  );
  return [...exact, ...(selector?.matchExpressions ?? [])].filter((requirement) => !meets(labels, requirement));
}

/** One that nobody knows is not met. */
function meets(labels: Labels, { key, operator, values }: Requirement): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  const isAmong = value !== undefined && (values ?? []).includes(value);
  switch (operator) {
    case 'In':
      return isAmong;
    case 'NotIn':
      return !isAmong;
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}

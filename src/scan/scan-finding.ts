/** An object of the cluster; without a namespace where its kind has none. */
export interface ObjectReference {
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

/** Everything that a scan can find. */
export const findingCodes = [
  'not-injected',
  'would-be-denied',
  'older-injection',
  'template-denied',
  'misplaced',
  'near-prefix',
  'webhook-missing',
  'webhook-twice',
  'failure-policy',
  'made-for-other-version',
  'ca-bundle-empty',
  'ca-bundle-unreadable',
  'ca-expired',
  'ca-expiring',
  'service-missing',
  'service-not-ready',
  'certificate-missing',
  'certificate-unreadable',
  'certificate-expired',
  'certificate-not-valid-yet',
  'certificate-expiring',
  'certificate-untrusted',
  'certificate-names',
  'certificate-refused',
] as const;
export type ScanFindingCode = (typeof findingCodes)[number];

/** How many mistakes of one object a report lists. */
export const maxCauses = 20;

/** One thing that is wrong in a cluster. */
export interface ScanFinding {
  /** An error is wrong now, a warning will be or may be. */
  readonly severity: 'error' | 'warning';
  readonly code: ScanFindingCode;
  readonly object: ObjectReference;
  /** How many pods of the object it is about; absent where it is not about pods. */
  readonly pods?: number;
  /** A clause without a final full stop. */
  readonly problem: string;
  /** Mistakes of annotations, in the words that a denial has: field, kind, value, what would be right. */
  readonly causes: readonly string[];
  /** What to do about it: one sentence with the command or value, without a final full stop. */
  readonly advice: string;
}

/** What a scan comes to. */
export interface ScanReport {
  /** The program's. */
  readonly version: string;
  /** The API server's address. */
  readonly server: string;
  readonly lookedAt: {
    readonly pods: number;
    readonly namespaces: number;
    /** Of the pods: those with an annotation that asks for something, and that have not ended. */
    readonly optedIn: number;
    readonly workloads: number;
  };
  readonly findings: readonly ScanFinding[];
  /** What could not be looked at, and what that leaves open. Sentences without a final full stop. */
  readonly notes: readonly string[];
}

/** The object as a message names it: `Deployment shop/web`. */
export function formatObject({ kind, namespace, name }: ObjectReference): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

/** Identifies an object in the cluster. */
export interface ObjectReference {
  readonly kind: string;
  /** Absent if its kind has none. */
  readonly namespace?: string;
  readonly name: string;
}

/** Everything that a scan can find. */
export const scanFindingCodes = [
  'not-injected',
  'would-be-denied',
  'older-injection',
  'profile-changed',
  'template-denied',
  'misplaced',
  'misspelled-prefix',
  'webhook-missing',
  'duplicate-webhook',
  'failure-policy',
  'namespace-profile',
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
export type ScanFindingCode = (typeof scanFindingCodes)[number];

/** How many mistakes of one object a report lists. */
export const maxCauses = 20;

/** Something that is wrong in a cluster. */
export interface ScanFinding {
  /** An error is a problem now; a warning is a possible or future problem. */
  readonly severity: 'error' | 'warning';
  readonly code: ScanFindingCode;
  readonly object: ObjectReference;
  /** How many pods of the object are affected; absent if the finding is not about pods. */
  readonly pods?: number;
  /** A clause without a final period. */
  readonly problem: string;
  /** Mistakes in annotations, worded as in a denial: field, kind, value, and what would be correct. */
  readonly causes: readonly string[];
  /** What to do, with the command or value, without a final period. */
  readonly advice: string;
}

/** The result of a scan. */
export interface ScanReport {
  /** The version of this program. */
  readonly version: string;
  /** The address of the API server. */
  readonly server: string;
  readonly scanned: {
    readonly pods: number;
    readonly namespaces: number;
    /** Pods with an annotation that requests something, except those that have terminated. */
    readonly optedIn: number;
    readonly workloads: number;
  };
  readonly findings: readonly ScanFinding[];
  /** What the scan cannot read. Clauses without a final period. */
  readonly notes: readonly string[];
}

/** Returns the object's name for messages: `Deployment shop/web`. */
export function formatObject({ kind, namespace, name }: ObjectReference): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

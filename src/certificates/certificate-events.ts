/** What happens to certificates while the server runs, for metrics. */
export interface CertificateEvents {
  /** A certificate is served from now on, and expires at that time. */
  readonly certificateExpiresAt: (date: Date) => void;
  /** Whether the files of the mode `files` held a pair that can be served when they were last read. */
  readonly certificateFilesAreGood: (areGood: boolean) => void;
  /** Whether caBundle of the pods' webhook configuration vouches for the serving certificate. */
  readonly caBundleMatches: (matches: boolean) => void;
  /** Somebody else changed caBundle, and it was repaired. */
  readonly caBundleRepaired: () => void;
}

/** What happens to the certificates of a running server; the metrics implement it. */
export interface CertificateEvents {
  /** A certificate that expires at that time is served from now on. */
  readonly certificateExpiresAt: (date: Date) => void;
  /** In the mode `files`: whether the files contained a pair that can be served when they were last read. */
  readonly certificateFilesAreGood: (areGood: boolean) => void;
  /** Whether caBundle of the webhook configuration for pods includes the CA of the serving certificate. */
  readonly caBundleMatches: (matches: boolean) => void;
  /** Somebody else changed caBundle, and it was repaired. */
  readonly caBundleRepaired: () => void;
}

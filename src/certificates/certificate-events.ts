/** Events in the life of the certificates of a running server. The metrics implement it. */
export interface CertificateEvents {
  /** The server now serves a certificate that expires at that time. */
  readonly certificateExpiresAt: (date: Date) => void;
  /** In `files` mode: whether the files contained a pair that can be served when they were last read. */
  readonly certificateFilesAreGood: (areGood: boolean) => void;
  /** Whether caBundle of the webhook configuration for pods includes the CA of the serving certificate. */
  readonly caBundleMatches: (matches: boolean) => void;
  /** Somebody else changed caBundle, and it was repaired. */
  readonly caBundleRepaired: () => void;
}

/** The timeouts of the webhook. All values are milliseconds. */
export interface WebhookTimeouts {
  /** How long a request may take to arrive. */
  readonly request: number;
  /** How long a closing server waits for requests that are already in transit. */
  readonly grace: number;
}

export const defaultTimeouts: WebhookTimeouts = {
  request: 30_000, // the longest timeoutSeconds that a webhook may have
  grace: 1_000,
};

const maxCheckInterval = 1_000; // milliseconds

/** Returns how often to check for requests that exceed the timeout. Both values are milliseconds. */
export function checkIntervalFor(timeout: number): number {
  return Math.min(maxCheckInterval, Math.ceil(timeout / 4));
}

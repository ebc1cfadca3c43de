import type { Logger } from 'pino';
import { messageOf } from '../diagnostics/text.ts';
import type { Clock } from '../time/clock.ts';
import { startRetryLoop } from '../time/retry-loop.ts';
import { type ApiClient, ApiError } from './api-client.ts';

const watchLength = 300; // seconds
const gracePeriod = 30_000; // milliseconds after which a watch that the server should have ended is broken

export interface WatchOptions {
  readonly api: ApiClient;
  readonly clock: Clock;
  readonly log: Logger;
  /** The path of all objects of the kind, in the namespace if it has one. */
  readonly collection: string;
  readonly name: string;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  readonly onChange: () => void;
}

/** Watches one object, and starts a new watch whenever one ends. */
export function watchObject({ api, clock, log, collection, name, signal, onChange }: WatchOptions): void {
  const query = `?watch=true&fieldSelector=${encodeURIComponent(`metadata.name=${name}`)}&timeoutSeconds=${watchLength}`;
  const watchOnce = async (): Promise<number> => {
    const timeout = new AbortController();
    const cancel = clock.schedule(watchLength * 1000 + gracePeriod, () => timeout.abort());
    try {
      const events = api.watch(collection + query, AbortSignal.any([signal, timeout.signal]));
      for await (const { type } of events) if (type !== 'BOOKMARK') onChange();
    } finally {
      cancel();
    }
    return 0;
  };
  const onError = (error: unknown) => {
    // an API server that stops ends its watches; only a refusal is worth a warning
    const level = error instanceof ApiError ? 'warn' : 'debug';
    log[level]({ error: messageOf(error) }, 'the watch ended; starting a new one, and checking every minute');
  };
  startRetryLoop({ task: watchOnce, clock, signal, onError });
}

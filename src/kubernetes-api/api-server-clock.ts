import { day } from '../time/duration.ts';
import type { ApiClient } from './api-client.ts';

const tolerance = day + 60_000; // certificates are made for clocks a day apart; the header Date has whole seconds

/** What time it is, and whether this replica knows it. */
export interface Clock {
  /** By the replica's own clock, and by the API server's where that is more than a day away. */
  readonly time: Date;
  /** Why nothing may be written: both times. Undefined where the clocks agree. */
  readonly wrong: string | undefined;
}

/**
 * Compares the replica's clock with that of the API server, which is the one that decides whether a certificate is valid.
 * A replica that is wrong about the time makes certificates that nobody accepts, or renews what is good.
 */
export function readClock(api: ApiClient, now: () => Date): Clock {
  const [own, server] = [now(), api.serverTime()];
  if (server === undefined || Math.abs(own.getTime() - server.getTime()) <= tolerance)
    return { time: own, wrong: undefined };
  const times = `this replica's clock says ${own.toISOString()}, the API server's ${server.toISOString()}`;
  return { time: server, wrong: `${times}: they are more than a day apart, so this replica writes nothing` };
}

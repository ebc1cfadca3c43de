import { day, minute } from '../time/duration.ts';
import type { ApiClient } from './api-client.ts';

const tolerance = day + minute; // certificates allow for clocks a day apart; the Date header has whole seconds

/** The time that a replica goes by, and whether its own clock can be trusted. */
export interface CheckedTime {
  /** From the replica's clock, or from the API server's if they are more than a day apart. */
  readonly time: Date;
  /** Why the replica must not write, with both times; undefined if the clocks agree. */
  readonly clockProblem: string | undefined;
}

/**
 * Compares the replica's clock with the API server's, which decides whether a certificate is valid. A replica with a wrong
 * clock would issue certificates that nobody accepts, and renew certificates that are still good.
 */
export function checkTime(api: ApiClient, now: () => Date): CheckedTime {
  const [own, server] = [now(), api.serverTime()];
  if (server === undefined || Math.abs(own.getTime() - server.getTime()) <= tolerance)
    return { time: own, clockProblem: undefined };
  const times = `the clock of this replica shows ${own.toISOString()} and the API server's shows ${server.toISOString()}`;
  return { time: server, clockProblem: `${times}; they are more than a day apart, so this replica writes nothing` };
}

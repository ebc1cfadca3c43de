import type { Server } from 'node:http';
import { performance } from 'node:perf_hooks';

/**
 * Says when a request can have arrived at the earliest. Requests wait in the kernel while another one is worked on, all
 * those of one look at the sockets together. So a request counts from the look that found it or, where the server has not
 * rested since, from the look before that. The time that is measured from there can be somewhat too long, never too short.
 */
export interface ArrivalClock {
  /** Returns that moment, in milliseconds of `performance.now()`, for a request that has just been found. */
  readonly arrived: () => number;
}

const rest = 0.1; // milliseconds: a look at sockets that have something takes less

/** Creates the clock of a server, before it listens. */
export function createArrivalClock(server: Server): ArrivalClock {
  let look = 0; // when this look began
  let earliest = 0; // when what it finds can have arrived
  let isLooking = false;
  let rested = 0; // milliseconds without work up to this look
  const end = () => {
    isLooking = false; // Node runs this when it has been through all sockets
  };
  const begin = () => {
    if (isLooking) return;
    isLooking = true;
    setImmediate(end);
    const now = performance.now();
    const restedNow = performance.nodeTiming.idleTime;
    earliest = restedNow - rested < rest ? look : now;
    rested = restedNow;
    look = now;
  };
  for (const event of ['connection', 'secureConnection', 'request']) server.prependListener(event, begin);
  return {
    arrived: () => {
      begin();
      return earliest;
    },
  };
}

import type { Server } from 'node:http';
import { performance } from 'node:perf_hooks';

/**
 * Estimates when requests arrived. Requests wait in the kernel while the event loop is busy, and one poll of the sockets
 * returns all of them. The estimate is the poll that returned the request or, if the event loop was never idle in between,
 * the previous poll. A time measured from it can be too long, by the work of one poll, but never too short.
 */
export interface ArrivalClock {
  /** Returns the estimate for the request that is being handled, in milliseconds of `performance.now()`. */
  readonly arrived: () => number;
}

const leastIdle = 0.1; // milliseconds; a poll that returns at once takes less

/** Creates the clock of a server. Call it before the server listens. */
export function createArrivalClock(server: Server): ArrivalClock {
  let poll = 0; // when this poll returned
  let earliest = 0; // when the requests that it returned arrived at the earliest
  let isPolled = false;
  let idle = 0; // milliseconds that the event loop was idle, up to this poll
  const end = () => {
    isPolled = false; // runs after all sockets of this poll
  };
  const begin = () => {
    if (isPolled) return;
    isPolled = true;
    setImmediate(end);
    const now = performance.now();
    const idleNow = performance.nodeTiming.idleTime;
    earliest = idleNow - idle < leastIdle ? poll : now;
    idle = idleNow;
    poll = now;
  };
  for (const event of ['connection', 'secureConnection', 'request']) server.prependListener(event, begin);
  return {
    arrived: () => {
      begin();
      return earliest;
    },
  };
}

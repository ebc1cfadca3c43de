import type { Server } from 'node:http';
import { performance } from 'node:perf_hooks';

/**
 * Estimates when requests arrived. Requests wait in the kernel while the event loop is busy, and one poll of the sockets
 * returns all of them. The estimate is the poll that returned the request or, if the event loop was never idle in between,
 * the previous poll. A time measured from it can be too long, by the work of one poll, but never too short.
 */
export interface ArrivalEstimator {
  /** Returns the estimate for the request that is being handled, in milliseconds of `performance.now()`. */
  readonly arrived: () => number;
}

/** Measurements of the event loop, in milliseconds. */
export interface LoopTiming {
  readonly now: () => number;
  /** Returns how long the event loop has been idle in total. */
  readonly idleTime: () => number;
}

const minIdle = 0.1; // milliseconds; a poll that returns immediately takes less

const systemTiming: LoopTiming = {
  now: () => performance.now(),
  idleTime: () => performance.nodeTiming.idleTime,
};

/** Creates the estimator of a server. Call it before the server listens. */
export function createArrivalEstimator(server: Server, timing = systemTiming): ArrivalEstimator {
  let poll = 0; // when this poll returned
  let earliest = 0; // when the requests that it returned arrived at the earliest
  let isPolled = false;
  let idle = 0; // milliseconds that the event loop was idle, up to this poll
  const endPoll = () => {
    isPolled = false; // runs after all sockets of this poll are handled
  };
  const beginPoll = () => {
    if (isPolled) return;
    isPolled = true;
    setImmediate(endPoll);
    const now = timing.now();
    const idleNow = timing.idleTime();
    earliest = idleNow - idle < minIdle ? poll : now;
    idle = idleNow;
    poll = now;
  };
  for (const event of ['connection', 'secureConnection', 'request']) server.prependListener(event, beginPoll);
  return {
    arrived: () => {
      beginPoll();
      return earliest;
    },
  };
}

import { type Clock, systemClock } from '../time/clock.ts';

/** A log of reviews. */
export interface ReviewLog {
  readonly info: (line: object, message: string) => void;
}

/** Log lines that are formatted together. */
export interface LogBatch extends ReviewLog {
  /** Formats the lines that are still waiting. */
  readonly flush: () => void;
}

const maxLines = 32;
const maxDelay = 10; // milliseconds, and more in a busy process: the time of a line is that much later than what it reports

/**
 * Creates a batch of log lines. Between two reviews, the processor executes so much other code that a single line takes several
 * times as long as one of many that are formatted one after the other.
 */
export function createLogBatch(log: ReviewLog, clock: Pick<Clock, 'schedule'> = systemClock): LogBatch {
  let waiting: (readonly [object, string])[] = [];
  let cancel: (() => void) | undefined;
  const flush = () => {
    cancel?.();
    cancel = undefined;
    const lines = waiting;
    waiting = [];
    for (const [line, message] of lines) log.info(line, message);
  };
  return {
    info: (line, message) => {
      waiting.push([line, message]);
      if (waiting.length >= maxLines) flush();
      else cancel ??= clock.schedule(maxDelay, flush);
    },
    flush,
  };
}

import type { OutputStream } from '../invocation.ts';

/** Shows on a terminal how many files are done, on one line that is erased at the end. Shows nothing elsewhere. */
export interface Progress {
  readonly next: () => void;
  readonly end: () => void;
}

const interval = 100; // milliseconds between two updates of the line

/** Starts to show the progress through `total` files. */
export function showProgress(total: number, stream: OutputStream): Progress {
  if (!stream.isTTY || total < 2) return { next: () => {}, end: () => {} };
  let done = 0;
  let last = 0;
  return {
    next: () => {
      done++;
      const now = performance.now();
      if (now - last < interval) return;
      last = now;
      stream.write(`\r\u001b[K${done} of ${total} files`);
    },
    end: () => {
      stream.write('\r\u001b[K');
    },
  };
}

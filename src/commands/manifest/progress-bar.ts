/** Tells how far a long run is, on a line of a terminal that goes when it is over; elsewhere it says nothing. */
export interface Progress {
  readonly next: () => void;
  readonly end: () => void;
}

const interval = 100; // milliseconds between two changes of the line

export function showProgress(total: number, stream: NodeJS.WriteStream): Progress {
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

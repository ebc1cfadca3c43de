import { bodyBounds, maxDiscardedText } from './memory-budget.ts';

/** The collection of the texts of large bodies and responses. */
export interface TextDisposal {
  /** Counts a body or a response that is no longer needed. */
  readonly discard: (length: number) => void;
  /** Collects garbage if much has been discarded. Call it before a body is parsed. */
  readonly makeRoom: () => void;
}

/**
 * Creates the disposal. It collects garbage, which takes about 20 ms, once the discarded texts reach {@link maxDiscardedText}:
 * large strings are outside the heap, where V8 otherwise lets 64 MiB of garbage accumulate. This happens after the events of
 * the current poll are handled, when the responses are on their way and nothing refers to the parsed bodies any more, which
 * take much more memory. The image starts Node.js with `--expose-gc` for this.
 */
export function createTextDisposal(): TextDisposal {
  let discarded = 0;
  const makeRoom = () => {
    if (discarded < maxDiscardedText) return;
    discarded = 0;
    globalThis.gc?.();
  };
  return {
    discard: (length) => {
      if (length <= bodyBounds.small) return;
      discarded += length;
      if (discarded >= maxDiscardedText) setImmediate(makeRoom);
    },
    makeRoom,
  };
}

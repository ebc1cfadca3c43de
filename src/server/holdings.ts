/** What takes memory, and how much, bounded together. */
export interface Holdings<T> {
  /**
   * Says that a holder has so many bytes now. It moves to the end of the line; where all of them are over the bound, those
   * at the front of it are displaced, never this one.
   */
  readonly hold: (holder: T, bytes: number) => void;
  readonly release: (holder: T) => void;
}

/** Creates holdings of at most so many bytes; `displace` takes a holder's memory away from it. */
export function createHoldings<T>(most: number, displace: (holder: T) => void): Holdings<T> {
  const held = new Map<T, number>(); // in the order in which they last moved
  let total = 0;
  const release = (holder: T) => {
    total -= held.get(holder) ?? 0;
    held.delete(holder);
  };
  return {
    hold: (holder, bytes) => {
      release(holder);
      held.set(holder, bytes);
      total += bytes;
      for (const other of held.keys()) {
        if (total <= most || other === holder) return;
        release(other);
        displace(other);
      }
    },
    release,
  };
}

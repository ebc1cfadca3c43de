/** Holders of memory whose total is bounded. */
export interface Holdings<T> {
  /**
   * Sets the bytes of a holder, which becomes the newest. While the total exceeds the bound, the oldest holder is displaced,
   * but never this one.
   */
  readonly hold: (holder: T, bytes: number) => void;
  readonly release: (holder: T) => void;
}

/** Creates holdings with a bound in bytes. `displace` must free the memory of the holder. */
export function createHoldings<T>(most: number, displace: (holder: T) => void): Holdings<T> {
  const held = new Map<T, number>(); // oldest first
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

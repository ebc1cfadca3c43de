/** A limit on the memory that several holders use together. */
export interface MemoryQuota<Holder> {
  /**
   * Sets the number of bytes of a holder, which becomes the newest. While the total exceeds the limit, evicts the oldest
   * holder, but never this one.
   */
  readonly hold: (holder: Holder, bytes: number) => void;
  readonly release: (holder: Holder) => void;
}

/** Creates a quota of that many bytes. `evict` must free the memory of the holder. */
export function createMemoryQuota<Holder>(limit: number, evict: (holder: Holder) => void): MemoryQuota<Holder> {
  const held = new Map<Holder, number>(); // oldest first
  let total = 0;
  const release = (holder: Holder) => {
    total -= held.get(holder) ?? 0;
    held.delete(holder);
  };
  return {
    hold: (holder, bytes) => {
      release(holder);
      held.set(holder, bytes);
      total += bytes;
      for (const oldest of held.keys()) {
        if (total <= limit || oldest === holder) return;
        release(oldest);
        evict(oldest);
      }
    },
    release,
  };
}

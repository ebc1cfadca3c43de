import { monitorEventLoopDelay } from 'node:perf_hooks';

// Loaded before the server's own code (`node --import`): tells the process that started it how the server is.
export interface Observation {
  /** MiB. */
  readonly resident: number;
  /** Milliseconds since the last question: the 99th percentile, and the longest. */
  readonly delay: { readonly p99: number; readonly max: number };
  /** Connections, timers and whatever else keeps the process alive, by kind. */
  readonly resources: Readonly<Record<string, number>>;
}

const histogram = monitorEventLoopDelay({ resolution: 10 }); // milliseconds, which every figure includes
histogram.enable();
process.on('message', ({ id, about }: { readonly id: number; readonly about: string }) => {
  if (about !== 'observation') return;
  const resources: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
  const observation: Observation = {
    resident: process.memoryUsage.rss() / 1024 / 1024,
    delay: { p99: histogram.percentile(99) / 1e6, max: histogram.max / 1e6 },
    resources,
  };
  histogram.reset();
  process.send?.({ id, answer: observation });
});
process.channel?.unref(); // to be asked must not keep it alive

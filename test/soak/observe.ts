import { monitorEventLoopDelay } from 'node:perf_hooks';

// Loaded before the server (`node --import`): reports memory, event loop and resources to the parent process on request.
export interface Observation {
  /** Resident memory, in MiB. */
  readonly resident: number;
  /** Delay of the event loop since the last request, in milliseconds. */
  readonly delay: { readonly p99: number; readonly max: number };
  /** Number of connections, timers and other resources that keep the process alive, by kind. */
  readonly resources: Readonly<Record<string, number>>;
}

const histogram = monitorEventLoopDelay({ resolution: 10 }); // milliseconds; every value includes them
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
process.channel?.unref(); // the channel must not keep the process alive

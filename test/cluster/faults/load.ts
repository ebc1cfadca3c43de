import { performance } from 'node:perf_hooks';
import type { Pod } from '../../../src/kubernetes/pod.ts';
import type { Answer, Api, Status } from '../api.ts';
import { podWith, variables } from '../pods.ts';

/** The results for the pods that were created during a fault. */
export interface Counts {
  readonly requests: number;
  readonly failures: number;
  /** Pods that were created without the injection that they request. */
  readonly uninjected: number;
  readonly causes: Readonly<Record<string, number>>;
  /**
   * Seconds from a fault to the first success after a failure, and to the last failure: the maximum of all faults, and
   * undefined without failures.
   */
  readonly firstSuccess: number | undefined;
  readonly lastFailure: number | undefined;
  /** The longest time that a pod took, in milliseconds. */
  readonly longest: number;
}

export interface Load {
  /** Marks the beginning of a fault. */
  readonly mark: () => void;
  /** Stops the load, waits for every answer, and returns the results. */
  readonly stop: () => Promise<Counts>;
}

interface Outcome {
  readonly began: number; // milliseconds
  readonly ended: number;
  readonly failure: string | undefined;
}

// 20 pods a second, several at a time, so that the API server opens several connections
const usualBurst = 4;
const period = 200; // milliseconds
/** The number of pods per second. */
export const podsPerSecond = usualBurst * (1000 / period);
const defaultMaximum = 1200; // pods: a minute
const uninjected = 'let through uninjected';

/** The number of pods. */
export interface LoadOptions {
  /** The number of pods that are created at the same time, five times a second. */
  readonly burst?: number;
  /** The maximum number of pods. */
  readonly atMost?: number;
}

/** Creates pods at a constant rate, without waiting for answers. They are dry runs: admitted, but not stored. */
export function startLoad(api: Api, { burst = usualBurst, atMost = defaultMaximum }: LoadOptions = {}): Load {
  const outcomes: Promise<Outcome>[] = [];
  const create = async (): Promise<Outcome> => {
    const began = performance.now();
    const pod = podWith('default', `load-${outcomes.length}`, { 'downlink.dev/env': 'pod' });
    const failure = await api.create(pod, { dryRun: 'All' }).then(failureOf, (error: NodeJS.ErrnoException) => {
      return `API server: ${error.code ?? error.message}`;
    });
    return { began, ended: performance.now(), failure };
  };
  const timer = setInterval(() => {
    for (let count = 0; count < burst && outcomes.length < atMost; count++) outcomes.push(create());
  }, period);
  const faults = [performance.now()];
  return {
    mark: () => void faults.push(performance.now()),
    stop: async () => {
      clearInterval(timer);
      return count(await Promise.all(outcomes), faults);
    },
  };
}

function failureOf({ code, body }: Answer): string | undefined {
  if (code < 200 || code > 299) return causeOf((body as Status).message, code);
  const { metadata, spec } = body as Pod;
  const isInjected =
    metadata?.annotations?.['downlink.dev/status'] !== undefined &&
    variables(spec?.containers?.[0]).includes('POD_NAME');
  return isInjected ? undefined : uninjected;
}

/** Returns the reason in `failed calling webhook "...": Post "...": reason`, without the parts that vary. */
function causeOf(message: string, code: number): string {
  const reason = /failed calling webhook.*\?timeout=\d+s"?: (.*)/s.exec(message)?.[1];
  return (reason ?? `${code} ${message}`).replaceAll(/127\.0\.0\.1:\d+/g, 'ADDRESS').slice(0, 100);
}

function count(outcomes: readonly Outcome[], faults: readonly number[]): Counts {
  const failed = outcomes.filter(({ failure }) => failure !== undefined);
  const causes: Record<string, number> = {};
  for (const { failure = '' } of failed) causes[failure] = (causes[failure] ?? 0) + 1;
  const recoveries = faults.flatMap((fault, index) => {
    const until = faults[index + 1] ?? Number.POSITIVE_INFINITY;
    return recovery(
      outcomes.filter(({ ended }) => ended >= fault && ended < until),
      fault,
    );
  });
  const longest = (times: readonly number[]) => (times.length === 0 ? undefined : Math.max(...times));
  return {
    requests: outcomes.length,
    failures: failed.length,
    uninjected: causes[uninjected] ?? 0,
    causes,
    firstSuccess: longest(recoveries.map(({ firstSuccess }) => firstSuccess)),
    lastFailure: longest(recoveries.map(({ lastFailure }) => lastFailure)),
    longest: Math.round(Math.max(0, ...outcomes.map(({ began, ended }) => ended - began))),
  };
}

/** Returns the duration of a fault, in seconds, or nothing if no pod failed. */
function recovery(
  outcomes: readonly Outcome[],
  fault: number,
): readonly { readonly firstSuccess: number; readonly lastFailure: number }[] {
  const failed = outcomes.filter(({ failure }) => failure !== undefined);
  const [first, last] = [failed[0], failed.at(-1)];
  if (first === undefined || last === undefined) return [];
  const successes = outcomes.filter(({ began, failure }) => began > first.began && failure === undefined);
  const seconds = (time: number) => Math.round((time - fault) / 100) / 10;
  const firstSuccess = seconds(Math.min(...successes.map(({ ended }) => ended)));
  return [{ firstSuccess, lastFailure: seconds(last.ended) }];
}

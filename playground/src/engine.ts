import type { EngineReply, EngineRequest } from './protocol.ts';
import EngineWorker from './worker.ts?worker&inline';

const maxSeconds = 90; // for one request: 5 MB of pods take 5 to 40 seconds
const keptSeconds = 1; // an evaluation that has run for longer is stopped when the text changes

/** Runs the engine in a worker, so that the page never waits for it. */
export interface Engine {
  /**
   * Calls back with the reply, after a partial one of a long manifest. There is no reply to an evaluation that a later one
   * replaces.
   */
  readonly send: (request: EngineRequest, receive: (reply: EngineReply) => void) => void;
}

interface Job {
  readonly request: EngineRequest;
  readonly receive: (reply: EngineReply) => void;
}

/** Starts the engine. */
export function startEngine(): Engine {
  let worker: Worker | undefined;
  let running: Job | undefined;
  let waiting: readonly Job[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let started = 0;

  const finish = (reply: EngineReply) => {
    const job = running;
    if (reply.kind === 'evaluation' && reply.isPartial) return job?.receive(reply);
    clearTimeout(timer);
    running = undefined;
    job?.receive(reply);
    next();
  };
  const stop = () => {
    worker?.terminate();
    worker = undefined;
  };
  const fail = (problem: string) => {
    stop();
    finish({ kind: 'failed', problem });
  };
  const stopOutdated = () => {
    if (running?.request.kind !== 'evaluate' || performance.now() - started < keptSeconds * 1000) return;
    clearTimeout(timer);
    running = undefined;
    stop();
  };
  const next = () => {
    if (running !== undefined) return;
    [running, ...waiting] = waiting;
    if (running === undefined) return;
    started = performance.now();
    timer = setTimeout(() => fail(tooLong), maxSeconds * 1000);
    try {
      worker ??= createWorker(finish, fail);
      worker.postMessage(running.request);
    } catch (error) {
      fail(`This browser does not start the engine: ${String(error)}`);
    }
  };
  return {
    send: (request, receive) => {
      const isLatest = request.kind === 'evaluate';
      if (isLatest) stopOutdated();
      waiting = [...waiting.filter((job) => !isLatest || job.request.kind !== 'evaluate'), { request, receive }];
      next();
    },
  };
}

const tooLong = `The manifest takes more than ${maxSeconds} seconds here. Check it with "downlink lint -f FILE" instead.`;

function createWorker(finish: (reply: EngineReply) => void, fail: (problem: string) => void): Worker {
  const worker = new EngineWorker();
  worker.addEventListener('message', ({ data }: MessageEvent<EngineReply>) => finish(data));
  worker.addEventListener('error', ({ message }) => fail(`The engine stopped: ${message}`));
  return worker;
}

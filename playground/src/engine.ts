import type { EngineReply, EngineRequest } from './protocol.ts';
import EngineWorker from './worker.ts?worker&inline';

const maxSeconds = 30; // for one request: 5 MB of pods take a few seconds

/** Runs the engine in a worker, so that the page never waits for it. */
export interface Engine {
  /** Calls back with the reply, unless a later evaluation replaces the request before it starts. */
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

  const finish = (reply: EngineReply) => {
    clearTimeout(timer);
    const job = running;
    running = undefined;
    job?.receive(reply);
    next();
  };
  const fail = (problem: string) => {
    worker?.terminate();
    worker = undefined;
    finish({ kind: 'failed', problem });
  };
  const next = () => {
    if (running !== undefined) return;
    [running, ...waiting] = waiting;
    if (running === undefined) return;
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

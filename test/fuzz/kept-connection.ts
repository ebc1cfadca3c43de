import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { reviewOf } from '../support/admission-review.ts';
import { openSocket } from '../support/webhook-client.ts';
import { parseAnswers } from './http-answers.ts';

const pause = 20; // milliseconds between two reviews

/** A review as most are. */
export const usualReview = JSON.stringify(
  reviewOf({ metadata: { annotations: { 'downlink.dev/env': 'pod' } }, spec: { containers: [{ name: 'main' }] } }),
);
const head = ['POST /mutate HTTP/1.1', 'Host: localhost', 'Content-Type: application/json'];
const request = `${head.join('\r\n')}\r\nContent-Length: ${usualReview.length}\r\n\r\n${usualReview}`;

/** A connection on which one review is asked for after the other. */
export interface KeptConnection {
  /** Waits for the next two answers. Throws where one was no 200, or the connection was closed. */
  readonly check: () => Promise<void>;
  readonly stop: () => void;
}

/** Opens such a connection, as an API server keeps them. */
export async function keepAsking(port: number, ca: string): Promise<KeptConnection> {
  const socket = await openSocket(port, ca);
  let problem: string | undefined;
  let answered = 0;
  let isAsking = true;
  socket.on('error', () => {});
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => {
      if (isAsking) problem ??= 'the kept-alive connection was closed';
      resolve();
    });
  });
  const ask = async () => {
    while (isAsking && problem === undefined) {
      socket.write(request);
      const answer = await Promise.race([new Promise((resolve) => socket.once('data', resolve)), closed]);
      if (!(answer instanceof Buffer)) return;
      const [first] = parseAnswers(answer);
      if (first?.status !== 200) problem = `the kept-alive connection got ${answer}`;
      answered++;
      await delay(pause);
    }
  };
  void ask();
  return {
    check: async () => {
      for (const before = answered; answered < before + 2 && problem === undefined; ) await delay(pause);
      assert.equal(problem, undefined);
    },
    stop: () => {
      isAsking = false;
      socket.destroy();
    },
  };
}

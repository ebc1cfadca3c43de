import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { reviewOf } from '../support/admission-review.ts';
import { eventually } from '../support/eventually.ts';
import { openSocket } from '../support/webhook-client.ts';
import { parseAnswers } from './http-answers.ts';

const pause = 20; // milliseconds between two reviews

/** A review of a typical pod. */
export const usualReview = JSON.stringify(
  reviewOf({ metadata: { annotations: { 'downlink.dev/env': 'pod' } }, spec: { containers: [{ name: 'main' }] } }),
);
const head = ['POST /mutate HTTP/1.1', 'Host: localhost', 'Content-Type: application/json'];
const request = `${head.join('\r\n')}\r\nContent-Length: ${usualReview.length}\r\n\r\n${usualReview}`;

/** A kept-alive connection over which a client posts one review after another. */
export interface KeptConnection {
  /** Waits for the next two answers. Throws if one is not a 200, or if the server closes the connection. */
  readonly check: () => Promise<void>;
  readonly stop: () => void;
}

/** Opens such a connection, as an API server does. */
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
      const enough = answered + 2;
      await eventually(() => assert.ok(problem !== undefined || answered >= enough, 'no two answers'));
      assert.equal(problem, undefined);
    },
    stop: () => {
      isAsking = false;
      socket.destroy();
    },
  };
}

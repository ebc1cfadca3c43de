import assert from 'node:assert/strict';
import { connect, type TLSSocket } from 'node:tls';
import fc from 'fast-check';
import { checkReview } from './check-review.ts';
import type { Target } from './connection.ts';
import { loadCorpus } from './corpus.ts';
import { type FoundCase, foundReview } from './found.ts';
import { parseAnswers } from './http-answers.ts';
import { type CaseOptions, caseOf, reviewScript } from './review-cases.ts';
import { count, type Tally } from './tally.ts';

const connections = 6;
const maxPipelined = 8; // requests in flight on one connection
// Characters of the answers to one batch. Node.js closes a connection (HPE_PAUSED) if pipelined requests have answers of more
// than its buffer of 64 KiB. API servers send one request at a time.
const maxAnswers = 32 * 1024;
const chunkSize = 500;
const patience = 30_000; // milliseconds
/** The options of the server. */
export const served: CaseOptions = { minor: 36, onInvalid: 'deny' };

export interface SocketReport {
  readonly cases: number;
  readonly outcomes: Tally;
  readonly found: FoundCase | undefined;
}

interface Expected {
  readonly body: Buffer;
  readonly status: number;
  readonly answer: string | undefined;
  /** Whether the server closes the connection after the answer, as it does after a body that it cannot parse. */
  readonly closes: boolean;
}

/** Posts cases over kept-alive connections, pipelined, and checks that each answer equals that of the pure function. */
export async function runPosted(target: Target, seed: number, cases: number): Promise<SocketReport> {
  const corpus = await loadCorpus();
  const outcomes: Tally = {};
  let sockets: TLSSocket[] = [];
  let done = 0;
  let found: FoundCase | undefined;
  for (let chunk = 0; done < cases && found === undefined; chunk++) {
    const scripts = fc.sample(reviewScript, { numRuns: Math.min(chunkSize, cases - done), seed: (seed + chunk) | 0 });
    const expected: Expected[] = [];
    for (const script of scripts) {
      const given = { ...caseOf(corpus, script), options: served };
      try {
        const { outcome, status, answer } = checkReview(given);
        expected.push({ body: given.body, status, answer, closes: outcome === '400: no JSON' });
      } catch (error) {
        return {
          cases: done,
          outcomes,
          found: foundReview(given, error instanceof Error ? error.message : `${error}`),
        };
      }
    }
    // not earlier, because the server waits only briefly for the first request
    if (chunk === 0) sockets = await Promise.all(Array.from({ length: connections }, () => open(target)));
    let next = 0;
    const take = (depth: number): readonly Expected[] => {
      const all = expected.slice(next, next + depth);
      let answers = 0;
      const end = all.findIndex(({ answer, closes }) => {
        answers += answer?.length ?? 0;
        return closes || answers > maxAnswers;
      });
      const batch = end < 0 ? all : all.slice(0, answers > maxAnswers ? Math.max(1, end) : end + 1);
      next += batch.length;
      return batch;
    };
    const post = async (index: number) => {
      for (let depth = 1 + index; found === undefined; depth = 1 + (depth % maxPipelined)) {
        const batch = take(depth);
        const socket = sockets[index];
        if (batch.length === 0 || socket === undefined) return;
        const why = await exchange(socket, batch).then(
          () => undefined,
          (error: Error) => error.message,
        );
        if (why !== undefined) found ??= foundReview({ body: await firstWrong(target, batch), options: served }, why);
        for (const { status } of batch) count(outcomes, String(status));
        if (batch.at(-1)?.closes && found === undefined) sockets[index] = await open(target);
      }
    };
    await Promise.all(sockets.map((_, index) => post(index)));
    done += expected.length;
  }
  for (const socket of sockets) socket.destroy();
  return { cases: done, outcomes, found };
}

/** Returns the first case of a failed batch that fails alone, or the first of the batch if none does. */
async function firstWrong(target: Target, batch: readonly Expected[]): Promise<Buffer> {
  for (const one of batch) {
    const socket = await open(target).catch(() => undefined);
    if (socket === undefined) break;
    const isRight = await exchange(socket, [one]).then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (!isRight) return one.body;
  }
  return batch[0]?.body ?? Buffer.alloc(0);
}

/** Sends a batch at once and reads its answers. */
async function exchange(socket: TLSSocket, batch: readonly Expected[]): Promise<void> {
  const chunks: Buffer[] = [];
  const answered = Promise.withResolvers<void>();
  const onData = (chunk: Buffer) => {
    chunks.push(chunk);
    if (parseAnswers(Buffer.concat(chunks)).length >= batch.length) answered.resolve();
  };
  const onClose = () => {
    const answers = parseAnswers(Buffer.concat(chunks)).map(({ status }) => status);
    answered.reject(
      new Error(`the server closed the connection after ${answers.join(', ')} of ${batch.length} answers`),
    );
  };
  const timer = setTimeout(() => answered.reject(new Error(`no answer after ${patience} ms`)), patience);
  socket.on('data', onData).once('close', onClose);
  if (socket.destroyed) onClose();
  socket.write(Buffer.concat(batch.flatMap(({ body }) => [head(body), body])));
  await answered.promise.finally(() => {
    clearTimeout(timer);
    socket.off('data', onData).off('close', onClose);
  });
  for (const [index, { status, body }] of parseAnswers(Buffer.concat(chunks)).entries()) {
    assert.equal(status, batch[index]?.status, body);
    if (status === 200) assert.equal(body, batch[index]?.answer, 'the server answers as the pure function does');
  }
}

function head(body: Buffer): Buffer {
  return Buffer.from(
    `POST /mutate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`,
  );
}

function open({ port, ca }: Target): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca }, () => resolve(socket));
    socket.on('error', reject);
  });
}

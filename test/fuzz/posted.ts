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
const deepest = 8; // requests of one connection that are on their way at once
// Characters of answers to one batch. Node closes a connection (HPE_PAUSED) where requests that came in one piece have
// answers of more than its buffer's 64 KiB, whoever answers; API servers send one request at a time.
const mostAtOnce = 32 * 1024;
const chunkSize = 500;
const patience = 30_000; // milliseconds
/** What the server was told. */
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
  /** Whether the connection closes with the answer: after a body that could not be read, it is not trusted any more. */
  readonly closes: boolean;
}

/** Posts cases over a few kept-alive connections, some at a time; each answer must be the pure function's, to the byte. */
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
    // only now: a server does not wait long for the first request of a connection
    if (chunk === 0) sockets = await Promise.all(Array.from({ length: connections }, () => open(target)));
    let next = 0;
    const take = (depth: number): readonly Expected[] => {
      const all = expected.slice(next, next + depth);
      let answers = 0;
      const end = all.findIndex(({ answer, closes }) => {
        answers += answer?.length ?? 0;
        return closes || answers > mostAtOnce;
      });
      const batch = end < 0 ? all : all.slice(0, answers > mostAtOnce ? Math.max(1, end) : end + 1);
      next += batch.length;
      return batch;
    };
    const post = async (index: number) => {
      for (let depth = 1 + index; found === undefined; depth = 1 + (depth % deepest)) {
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

/** Of a batch that went wrong, the first case that goes wrong by itself; the first one at all where none does. */
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

/** Sends all of a batch at once and reads as many answers. */
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

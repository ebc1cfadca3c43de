/**
 * A minimal webhook to compare Downlink with. Arguments: certificate file, key file, and the step between the minimum and
 * Downlink:
 *
 * | step      | server     | answer                                                   |
 * | `floor`   | node:https | constant and short: the minimum for a webhook            |
 * | `as-long` | node:https | the first review's, with a uid of its own                |
 * | `decides` | node:https | the decision, without log and metrics                    |
 * | `twice`   | node:https | the same, made twice, which shows what cold caches cost  |
 * | `fastify` | fastify    | the first review's, with a uid of its own                |
 *
 * Each parses the JSON of every review.
 */
import { readFileSync } from 'node:fs';
import type { RequestListener, Server } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';
import { formatReview } from '../../src/admission/admission-response.ts';
import { mutate } from '../../src/admission/mutate-pod.ts';
import { createRequestMemory } from '../../src/injection/request-memory.ts';
import { defaultOptions } from '../golden/default-options.ts';
import { answerOf } from '../support/admission-review.ts';

const [certFile = '', keyFile = '', step = 'floor'] = process.argv.slice(2);
const tls = { cert: readFileSync(certFile), key: readFileSync(keyFile) };
const response = { uid: '705ab4f5-6393-11e8-b7cc-42010a800002', allowed: true };
const short = JSON.stringify(answerOf(response));

const options = { ...defaultOptions, onInvalid: 'deny' } as const;
const compile = createRequestMemory();
let first: readonly string[] | undefined; // the first answer, split at its uid
const answers: Readonly<Record<string, (review: unknown) => string>> = {
  floor: () => short,
  'as-long': firstDecision,
  decides: decide,
  twice: (review) => {
    decide(review);
    return decide(review);
  },
  fastify: firstDecision,
};
const answer = answers[step];
if (answer === undefined) throw new Error(`no such step: ${step}`);

const server = step === 'fastify' ? await fastifyServer(answer) : createServer(tls, listener(answer));
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ port, msg: 'serving' })}\n`);
});

function decide(review: unknown): string {
  const mutation = mutate(review, options, undefined, compile);
  if ('problem' in mutation) throw new Error(mutation.problem);
  return formatReview(mutation.response);
}

/** Returns the first answer with the uid of this review, which an API server requires. */
function firstDecision(review: unknown): string {
  const { uid } = (review as { request: { uid: string } }).request;
  first ??= decide(review).split(uid);
  return first.join(uid);
}

function listener(answerTo: (review: unknown) => string): RequestListener {
  return (request, reply) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = answerTo(JSON.parse(Buffer.concat(chunks).toString()));
      reply.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length });
      reply.end(text);
    });
  };
}

async function fastifyServer(answerTo: (review: unknown) => string): Promise<Server> {
  const app = Fastify({ https: tls });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, JSON.parse(body.toString())),
  );
  app.post('/mutate', (request, reply) => reply.type('application/json').send(answerTo(request.body)));
  await app.ready();
  return app.server as unknown as Server;
}

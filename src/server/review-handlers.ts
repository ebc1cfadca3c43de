import type { Server } from 'node:http';
import { performance } from 'node:perf_hooks';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { type AdmissionReviewResponse, formatReview } from '../admission/admission-response.ts';
import { mutate } from '../admission/mutate-pod.ts';
import { validateWorkload } from '../admission/validate-workload.ts';
import type { InjectionConfig } from '../config/config.ts';
import { createArrivalClock } from './arrival-clock.ts';
import { boundConnections } from './bound-connections.ts';
import { heapCost } from './heap-cost.ts';
import { sendError, sendJson } from './json-answer.ts';
import { answerBounds, bodyBounds, bodyLimit, maxHeapCost, webhookConnections } from './memory-budget.ts';
import type { Metrics } from './metrics.ts';
import { createBodyReceiver, type Received } from './receive-body.ts';
import { logReview, logWorkloadReview } from './review-log.ts';
import { createUnsentAnswers } from './unsent-answers.ts';

export interface ReviewHandlerOptions {
  /** Asked at each review, since the API server's version may become known later. */
  readonly mutateOptions: () => InjectionConfig;
  readonly log: Logger;
  readonly metrics: Metrics;
}

type Handler = (request: FastifyRequest, reply: FastifyReply) => void;

/** An answer, and what to report after it is sent; milliseconds since the request arrived. */
interface Answer {
  readonly response: AdmissionReviewResponse;
  readonly report: (milliseconds: number) => void;
}

const retryAfter = 1; // seconds; the API server retries within the timeout of the webhook

/** Creates the handlers for both kinds of review, and bounds the memory and the connections of the server. */
export function createReviewHandlers(
  server: Server,
  { mutateOptions, log, metrics }: ReviewHandlerOptions,
): { readonly pods: Handler; readonly workloads: Handler } {
  const clock = createArrivalClock(server);
  const connections = boundConnections(server, webhookConnections, () =>
    metrics.connectionDropped('webhook', 'too-many'),
  );
  const bodies = createBodyReceiver(bodyBounds);
  const unsent = createUnsentAnswers(answerBounds, () => metrics.connectionDropped('webhook', 'answer-unread'));

  const respond = (request: FastifyRequest, reply: FastifyReply, { response, report }: Answer, arrived: number) => {
    const json = formatReview(response);
    if (unsent.hasRoom(json.length)) {
      if (!connections.proved(request.raw)) reply.header('connection', 'close');
      sendJson(reply, json); // first, because the API server waits for it
      unsent.given(reply.raw, json.length);
      report(performance.now() - arrived);
    } else refuse(reply, 'no-room', metrics);
    if (json.length > bodyBounds.small) collectGarbage();
  };
  const handler =
    (answer: (review: unknown) => Answer | { readonly problem: string }): Handler =>
    (request, reply) => {
      const arrived = clock.arrived();
      bodies.receive(request.raw, (received) => {
        const review = parse(received);
        if (review.kind !== 'parsed') return refuse(reply, review.kind, metrics);
        try {
          const answered = answer(review.value);
          if ('problem' in answered) sendError(reply, 400, answered.problem);
          else respond(request, reply, answered, arrived);
        } catch (error) {
          reply.send(error);
        }
        if (received.kind === 'whole' && received.isLarge) collectGarbage();
      });
    };
  return {
    pods: handler((review) => {
      const mutation = mutate(review, mutateOptions());
      if (mutation.kind === 'invalid') return mutation;
      const report = (milliseconds: number) => {
        metrics.answered(mutation, milliseconds / 1000);
        logReview(log, mutation, milliseconds);
      };
      return { response: mutation.response, report };
    }),
    workloads: handler((review) => {
      const validation = validateWorkload(review, mutateOptions());
      if (validation.kind === 'invalid') return validation;
      const report = (milliseconds: number) => {
        metrics.workloadAnswered(validation);
        logWorkloadReview(log, validation, milliseconds);
      };
      return { response: validation.response, report };
    }),
  };
}

/**
 * Frees the memory of a large body or answer, which takes about 20 ms. Strings of a megabyte are outside the heap, where V8
 * otherwise lets 64 MiB of garbage accumulate. The image starts Node with `--expose-gc` for this.
 */
function collectGarbage(): void {
  globalThis.gc?.();
}

type Parsed =
  | { readonly kind: 'parsed'; readonly value: unknown }
  | Exclude<Received, { readonly kind: 'whole' }>
  | { readonly kind: 'no-json' };

/** Parses a body unchanged: the parser of fastify rejects keys such as `__proto__`, which a pod can have. */
function parse(received: Received): Parsed {
  if (received.kind !== 'whole') return received;
  if (heapCost(received.bytes, maxHeapCost) > maxHeapCost) return { kind: 'too-costly' };
  try {
    return { kind: 'parsed', value: JSON.parse(received.bytes.toString()) };
  } catch {
    return { kind: 'no-json' };
  }
}

function refuse(reply: FastifyReply, why: Exclude<Parsed['kind'], 'parsed'>, metrics: Metrics): void {
  if (why !== 'no-json') metrics.bodyRefused(why);
  switch (why) {
    case 'no-room': // the connection stays open, and the rest of the body is discarded
      sendError(reply.header('retry-after', retryAfter), 503, 'other reviews use the memory; try again');
      return;
    case 'too-large':
      sendError(reply.header('connection', 'close'), 413, `the body is over ${bodyLimit} bytes`);
      return;
    case 'too-costly':
      sendError(reply.header('connection', 'close'), 413, 'the body has too many values or arrived in too many pieces');
      return;
    case 'no-json':
      sendError(reply.header('connection', 'close'), 400, 'the body is no JSON');
      return;
    default:
      why satisfies never;
  }
}

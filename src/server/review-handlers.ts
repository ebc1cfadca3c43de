import type { Server } from 'node:http';
import { performance } from 'node:perf_hooks';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { type AdmissionReviewResponse, formatReview } from '../admission/admission-response.ts';
import type { InvalidReview } from '../admission/admission-review.ts';
import { mutate } from '../admission/mutate-pod.ts';
import { validateWorkload } from '../admission/validate-workload.ts';
import type { InjectionConfig } from '../config/config.ts';
import { createRequestMemory } from '../injection/request-memory.ts';
import { createArrivalEstimator } from './arrival-time.ts';
import { limitConnections } from './connection-limit.ts';
import { heapCost } from './heap-cost.ts';
import { sendError, sendJson } from './json-response.ts';
import type { ReviewLog } from './log-batch.ts';
import { bodyBounds, bodyLimit, maxHeapCost, responseBounds, webhookConnections } from './memory-budget.ts';
import type { Metrics } from './metrics/metrics.ts';
import { createBodyReceiver, type ReceivedBody } from './receive-body.ts';
import { logReview, logWorkloadReview } from './review-log.ts';
import { createTextDisposal } from './text-disposal.ts';
import { limitUnsentResponses } from './unsent-responses.ts';

export interface ReviewHandlerOptions {
  /**
   * Called for each review, because the version of the API server may become known later. What annotations mean is remembered as
   * long as it returns the same object.
   */
  readonly mutateOptions: () => InjectionConfig;
  readonly log: Logger;
  /** Where lines about reviews go; by default, to the log. */
  readonly reviewLog?: ReviewLog;
  readonly metrics: Metrics;
}

/** The handlers by what they review. */
export interface ReviewHandlers {
  readonly pods: Handler;
  /** Pods of a namespace that requests a profile, whose name is the route parameter `profile`. */
  readonly podsOfNamespace: Handler;
  readonly workloads: Handler;
}

type Handler = (request: FastifyRequest, reply: FastifyReply) => void;

/** A response, and what to report after it is sent; milliseconds since the request arrived. */
interface Answer {
  readonly kind: 'answered';
  readonly response: AdmissionReviewResponse;
  readonly report: (milliseconds: number) => void;
}

/** Returns the answer to a review, or what is wrong with its form. */
type AnswerReview = (review: unknown) => Answer | InvalidReview;

const retryAfter = 1; // seconds; the API server retries within the timeout of the webhook

/** The sentence for a name that a webhook has and this replica lacks, as during a rolling update: failurePolicy decides. */
const unknownProfile = 'this server has no such profile; it may have started before the profile was added';

/** Creates the handlers for both kinds of review, and limits the memory and the connections of the server. */
export function createReviewHandlers(
  server: Server,
  { mutateOptions, log, reviewLog = log, metrics }: ReviewHandlerOptions,
): ReviewHandlers {
  const createHandler = createHandlerFactory(server, metrics);
  const compile = createRequestMemory();
  const answerFor =
    (namespaceProfile: string | undefined): AnswerReview =>
    (review) => {
      const mutation = mutate(review, mutateOptions(), namespaceProfile, compile);
      if (mutation.kind === 'invalid') return mutation;
      const report = (milliseconds: number) => {
        metrics.answered(mutation, milliseconds / 1000);
        logReview(reviewLog, mutation, milliseconds, namespaceProfile);
      };
      return { kind: 'answered', response: mutation.response, report };
    };
  const byProfile = new Map<string, Handler>();
  const handlerFor = (profile: string): Handler => {
    const handler = byProfile.get(profile) ?? createHandler(answerFor(profile));
    byProfile.set(profile, handler);
    return handler;
  };
  return {
    pods: createHandler(answerFor(undefined)),
    podsOfNamespace: (request, reply) => {
      const { profile } = request.params as { readonly profile: string };
      if (mutateOptions().profiles.has(profile)) handlerFor(profile)(request, reply);
      else sendError(reply, 404, unknownProfile);
    },
    workloads: createHandler((review) => {
      const validation = validateWorkload(review, mutateOptions());
      if (validation.kind === 'invalid') return validation;
      const report = (milliseconds: number) => {
        metrics.workloadAnswered(validation);
        logWorkloadReview(reviewLog, validation, milliseconds);
      };
      return { kind: 'answered', response: validation.response, report };
    }),
  };
}

/** Returns a function that creates a handler. All handlers share the limits. */
function createHandlerFactory(server: Server, metrics: Metrics): (answerReview: AnswerReview) => Handler {
  const arrivals = createArrivalEstimator(server);
  const onDrop = () => metrics.connectionDropped('webhook', 'too-many');
  const connections = limitConnections({ server, bounds: webhookConnections, onDrop });
  const bodies = createBodyReceiver(bodyBounds);
  const unsent = limitUnsentResponses({
    bounds: responseBounds,
    onDrop: () => metrics.connectionDropped('webhook', 'response-unread'),
  });
  const texts = createTextDisposal();

  const respond = (request: FastifyRequest, reply: FastifyReply, { response, report }: Answer, arrived: number) => {
    const json = formatReview(response);
    if (unsent.hasRoom(json.length)) {
      if (!connections.prove(request.raw)) reply.header('connection', 'close');
      sendJson(reply, json); // first, because the API server is waiting for it
      unsent.add(reply.raw, json.length);
      report(performance.now() - arrived);
    } else refuse(reply, 'no-room', metrics);
    texts.discard(json.length);
  };
  return (answerReview) => (request, reply) => {
    const arrived = arrivals.arrived();
    bodies.receive(request.raw, (received) => {
      texts.makeRoom();
      const review = parse(received);
      if (review.kind !== 'parsed') return refuse(reply, review.kind, metrics);
      try {
        const answer = answerReview(review.value);
        if (answer.kind === 'invalid') sendError(reply, 400, answer.problem);
        else respond(request, reply, answer, arrived);
      } catch (error) {
        reply.send(error);
      }
      if (received.kind === 'whole') texts.discard(received.bytes.length);
    });
  };
}

type Parsed =
  | { readonly kind: 'parsed'; readonly value: unknown }
  | Exclude<ReceivedBody, { readonly kind: 'whole' }>
  | { readonly kind: 'not-json' };

/** Parses a body as it is: the parser of fastify rejects keys such as `__proto__`, which a pod can have. */
function parse(received: ReceivedBody): Parsed {
  if (received.kind !== 'whole') return received;
  if (heapCost(received.bytes, maxHeapCost) > maxHeapCost) return { kind: 'too-costly' };
  try {
    return { kind: 'parsed', value: JSON.parse(received.bytes.toString()) };
  } catch {
    return { kind: 'not-json' };
  }
}

function refuse(reply: FastifyReply, reason: Exclude<Parsed['kind'], 'parsed'>, metrics: Metrics): void {
  if (reason !== 'not-json') metrics.bodyRefused(reason);
  switch (reason) {
    case 'no-room': // the connection stays open, and the rest of the body is discarded
      sendError(reply.header('retry-after', retryAfter), 503, 'other reviews are using the memory; try again');
      return;
    case 'too-large':
      sendError(reply.header('connection', 'close'), 413, `the body exceeds ${bodyLimit} bytes`);
      return;
    case 'too-costly':
      sendError(reply.header('connection', 'close'), 413, 'the body has too many values or arrived in too many pieces');
      return;
    case 'not-json':
      sendError(reply.header('connection', 'close'), 400, 'the body is not JSON');
      return;
    default:
      reason satisfies never;
  }
}

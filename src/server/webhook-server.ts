import { performance } from 'node:perf_hooks';
import type { TLSSocketOptions } from 'node:tls';
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { mutate } from '../admission/mutate.ts';
import { formatReview } from '../admission/response.ts';
import { validateWorkload } from '../admission/validate-workload.ts';
import type { InjectionConfig } from '../config.ts';
import { waitForRequestsOnly } from './closing.ts';
import type { Metrics } from './metrics.ts';
import { noSchemas } from './no-schemas.ts';
import { logReview, logWorkloadReview } from './review-log.ts';

export interface WebhookServerOptions {
  readonly tls: Pick<TLSSocketOptions, 'key' | 'cert' | 'ca'>;
  /** Asked at each review, since the API server's version may become known later. */
  readonly mutateOptions: () => InjectionConfig;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Whether connections are to be given up, so that clients go to another replica. */
  readonly isStopping: () => boolean;
  /** Milliseconds that a request may take to arrive. */
  readonly requestTimeout?: number;
}

const bodyLimit = 7 * 1024 * 1024; // bytes: object and oldObject of 3 MiB each, the API server's own limit, and 1 MiB of envelope
const maxValues = 400_000; // a pod of 3 MiB, the most that an API server takes, has some 280,000
const keepAliveTimeout = 120_000; // milliseconds: above the 90 s for which the API server keeps an idle connection
const requestTimeout = 30_000; // milliseconds: the longest timeoutSeconds that a webhook may have
const checkingInterval = 1_000; // milliseconds between looks for requests past their timeout

/** Where reviews come in: of pods, and of the objects that make them. */
const paths = { pods: '/mutate', workloads: '/validate-workload' } as const;

/** The HTTPS server that answers reviews; the caller makes it listen. */
export function createWebhookServer(options: WebhookServerOptions): FastifyInstance {
  const timeout = options.requestTimeout ?? requestTimeout;
  const server = Fastify({
    https: {
      ...options.tls,
      minVersion: 'TLSv1.2',
      ...(options.tls.ca && { requestCert: true, rejectUnauthorized: true }),
      handshakeTimeout: timeout, // node's own is two minutes
      connectionsCheckingInterval: checkingInterval,
      headersTimeout: timeout, // where this one is longer, node takes it for the whole request
    },
    bodyLimit,
    keepAliveTimeout,
    requestTimeout: timeout,
    forceCloseConnections: 'idle',
    return503OnClosing: false, // what is in flight, and what a kept-alive connection still sends, is answered
    logger: false,
    schemaController: noSchemas,
    exposeHeadRoutes: false,
  });
  waitForRequestsOnly(server, timeout);
  parseJsonUntouched(server);
  // looked at when the answer goes out: the stop may have begun while the request was under way
  server.addHook('onSend', (_request, reply, payload, done) => {
    if (options.isStopping()) reply.header('connection', 'close');
    done(null, payload);
  });
  server.post(paths.pods, (request, reply) => answerPod(request, reply, options));
  server.post(paths.workloads, (request, reply) => answerWorkload(request, reply, options));
  for (const method of otherMethods) {
    const refuse = async (_request: FastifyRequest, reply: FastifyReply) =>
      fail(reply.header('allow', 'POST'), 405, `${method} is not allowed; POST an AdmissionReview`);
    // before the body is looked at, whatever it is
    for (const url of Object.values(paths)) server.route({ method, url, onRequest: refuse, handler: refuse });
  }
  const known = Object.values(paths).join(' or ');
  server.setNotFoundHandler((_request, reply) => fail(reply, 404, `no such path; POST an AdmissionReview to ${known}`));
  server.setErrorHandler<FastifyError>((error, request, reply) => {
    const code = error.statusCode ?? 500;
    if (code >= 500) {
      if (request.routeOptions.url === paths.workloads) options.metrics.workloadFailed();
      else options.metrics.failed();
      options.log.error({ error: error.message }, 'request failed');
    }
    return fail(reply, code, clientErrors[code] ?? 'internal error; see the log');
  });
  return server;
}

const otherMethods = ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

const clientErrors: Readonly<Record<number, string>> = {
  400: 'the body is no JSON',
  413: `the body is over ${bodyLimit} bytes or ${maxValues} values`,
  415: 'the content type must be application/json',
};

/** Takes the body as it is: fastify's own parser refuses keys like `__proto__`, which a pod may well have. */
function parseJsonUntouched(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      if (hasTooManyValues(body as Buffer)) return done(Object.assign(new Error(), { statusCode: 413 }));
      done(null, JSON.parse(body.toString()));
    } catch {
      done(Object.assign(new Error(clientErrors[400]), { statusCode: 400 }));
    }
  });
}

/**
 * Whether parsing a body would take more memory than there is: 7 MiB of nothing but `{}` take 250 MiB when they are
 * parsed. Counts commas and brackets, those within strings too; a body that is small is not looked at.
 */
function hasTooManyValues(body: Buffer): boolean {
  if (body.length < 2 * maxValues) return false;
  let values = 0;
  for (const byte of body) if (byte === 0x2c || byte === 0x5b || byte === 0x7b) values++; // , [ {
  return values > maxValues;
}

function answerPod(
  request: FastifyRequest,
  reply: FastifyReply,
  { mutateOptions, log, metrics }: WebhookServerOptions,
): FastifyReply {
  const began = performance.now();
  const mutation = mutate(request.body, mutateOptions());
  if ('problem' in mutation) return fail(reply, 400, mutation.problem);
  const milliseconds = performance.now() - began;
  send(reply, formatReview(mutation.response)); // first: the API server waits for it, and for nothing of the rest
  metrics.answered(mutation, milliseconds / 1000);
  logReview(log, mutation, milliseconds);
  return reply;
}

function answerWorkload(
  request: FastifyRequest,
  reply: FastifyReply,
  { mutateOptions, log, metrics }: WebhookServerOptions,
): FastifyReply {
  const began = performance.now();
  const validation = validateWorkload(request.body, mutateOptions());
  if ('problem' in validation) return fail(reply, 400, validation.problem);
  const milliseconds = performance.now() - began;
  send(reply, formatReview(validation.response));
  metrics.workloadAnswered(validation);
  logWorkloadReview(log, validation, milliseconds);
  return reply;
}

function send(reply: FastifyReply, json: string): FastifyReply {
  return reply.type('application/json').send(json);
}

function fail(reply: FastifyReply, code: number, error: string): FastifyReply {
  return send(reply.code(code), JSON.stringify({ error }));
}

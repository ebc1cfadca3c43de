import type { Server } from 'node:http';
import type { TLSSocketOptions } from 'node:tls';
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { waitForRequestsOnly } from './drain-connections.ts';
import { reportHandshakeFailures } from './handshake-failures.ts';
import { sendError } from './json-answer.ts';
import { bodyLimit } from './memory-budget.ts';
import { noSchemas } from './no-schema-compilers.ts';
import { createReviewHandlers, type ReviewHandlerOptions } from './review-handlers.ts';

export interface WebhookServerOptions extends ReviewHandlerOptions {
  readonly tls: Pick<TLSSocketOptions, 'key' | 'cert' | 'ca'>;
  /** Whether connections are to be given up, so that clients go to another replica. */
  readonly isStopping: () => boolean;
  /** Milliseconds that a request may take to arrive. */
  readonly requestTimeout?: number;
}

const keepAliveTimeout = 120_000; // milliseconds: above the 90 s for which the API server keeps an idle connection
const requestTimeout = 30_000; // milliseconds: the longest timeoutSeconds that a webhook may have
const handshakeTimeout = 10_000; // milliseconds, as the API server's own; Node's is two minutes
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
      handshakeTimeout: Math.min(handshakeTimeout, timeout),
      connectionsCheckingInterval: checkingInterval,
      headersTimeout: timeout, // where this one is longer, node takes it for the whole request
    },
    bodyLimit,
    keepAliveTimeout,
    requestTimeout: timeout,
    connectionTimeout: timeout + 2 * checkingInterval, // for clients that do not read; the other timeouts are shorter
    forceCloseConnections: 'idle',
    return503OnClosing: false, // what is in flight, and what a kept-alive connection still sends, is answered
    logger: false,
    schemaController: noSchemas,
    exposeHeadRoutes: false,
  });
  waitForRequestsOnly(server, timeout);
  reportHandshakeFailures(server.server, options.log, options.metrics.handshakeFailed);
  server.removeAllContentTypeParsers();
  // the handlers read the body themselves, in bounded memory
  server.addContentTypeParser('application/json', (_request, _body, done) => done(null));
  // looked at when the answer goes out: the stop may have begun while the request was under way
  server.addHook('onSend', (_request, reply, payload, done) => {
    if (options.isStopping()) reply.header('connection', 'close');
    done(null, payload);
  });
  const handlers = createReviewHandlers(server.server as Server, options);
  server.post(paths.pods, handlers.pods);
  server.post(paths.workloads, handlers.workloads);
  refuseOthers(server, options);
  return server;
}

const otherMethods = ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

const clientErrors: Readonly<Record<number, string>> = {
  400: 'the request is no HTTP that this server knows',
  413: `the body is over ${bodyLimit} bytes`,
  415: 'the content type must be application/json',
};

/** Answers other methods, other paths, and what fails. */
function refuseOthers(server: FastifyInstance, { log, metrics }: WebhookServerOptions): void {
  for (const method of otherMethods) {
    const refuse = async (_request: FastifyRequest, reply: FastifyReply) =>
      sendError(reply.header('allow', 'POST'), 405, `${method} is not allowed; POST an AdmissionReview`);
    // before the body is looked at, whatever it is
    for (const url of Object.values(paths)) server.route({ method, url, onRequest: refuse, handler: refuse });
  }
  const known = Object.values(paths).join(' or ');
  server.setNotFoundHandler((_request, reply) =>
    sendError(reply, 404, `no such path; POST an AdmissionReview to ${known}`),
  );
  server.setErrorHandler<FastifyError>((error, request, reply) => {
    const code = error.statusCode ?? 500;
    if (code >= 500) {
      if (request.routeOptions.url === paths.workloads) metrics.workloadFailed();
      else metrics.failed();
      log.error({ error: error.message }, 'request failed');
    }
    return sendError(reply, code, clientErrors[code] ?? 'internal error; see the log');
  });
}

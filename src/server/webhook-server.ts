import type { Server } from 'node:http';
import type { TLSSocketOptions } from 'node:tls';
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { alternatives } from '../diagnostics/text.ts';
import { closeIdleConnections } from './close-idle-connections.ts';
import { reportHandshakeFailures } from './handshake-failures.ts';
import { sendError } from './json-response.ts';
import { bodyLimit } from './memory-budget.ts';
import { noSchemas } from './no-schema-compilers.ts';
import { createReviewHandlers, type ReviewHandlerOptions } from './review-handlers.ts';
import { checkIntervalFor, defaultTimeouts, type WebhookTimeouts } from './timeouts.ts';

export interface WebhookServerOptions extends ReviewHandlerOptions {
  readonly tls: Pick<TLSSocketOptions, 'key' | 'cert' | 'ca'>;
  /** Whether each response closes its connection, so that clients go to another replica. */
  readonly isStopping: () => boolean;
  readonly timeouts?: WebhookTimeouts;
}

const keepAliveTimeout = 120_000; // milliseconds; the API server keeps an idle connection for 90 s
const maxHandshakeTimeout = 10_000; // milliseconds, as in the API server; the default of Node.js is two minutes

/** The paths for reviews of pods, of pods whose namespace requests a profile, and of the workloads that create pods. */
const paths = { pods: '/mutate', podsOfNamespace: '/mutate/:profile', workloads: '/validate-workload' } as const;

/** Creates the HTTPS server for reviews. It does not listen yet. */
export function createWebhookServer(options: WebhookServerOptions): FastifyInstance {
  const timeouts = options.timeouts ?? defaultTimeouts;
  const timeout = timeouts.request;
  const checkInterval = checkIntervalFor(timeout);
  const server = Fastify({
    https: {
      ...options.tls,
      minVersion: 'TLSv1.2',
      ...(options.tls.ca && { requestCert: true, rejectUnauthorized: true }),
      handshakeTimeout: Math.min(maxHandshakeTimeout, timeout),
      connectionsCheckingInterval: checkInterval,
      headersTimeout: timeout, // Node.js uses the longer of this and requestTimeout for the whole request
    },
    bodyLimit,
    keepAliveTimeout,
    requestTimeout: timeout,
    connectionTimeout: timeout + 2 * checkInterval, // for clients that do not read; the other timeouts are shorter
    forceCloseConnections: 'idle',
    return503OnClosing: false, // requests in flight, and further requests on keep-alive connections, are answered
    logger: false,
    schemaController: noSchemas,
    exposeHeadRoutes: false,
    // a path that is no valid URL, or a name of a profile that is too long; the default response repeats the whole path
    frameworkErrors: (_error, _request, reply) => sendNotFound(reply),
  });
  closeIdleConnections(server, timeouts);
  const { log, metrics } = options;
  reportHandshakeFailures({ server: server.server, log, count: metrics.handshakeFailed });
  server.removeAllContentTypeParsers();
  // the handlers read the body themselves, in bounded memory
  server.addContentTypeParser('application/json', (_request, _body, done) => done(null));
  // checked when the response is sent, because the server may have begun to stop during the request
  server.addHook('onSend', (_request, reply, payload, done) => {
    if (options.isStopping()) reply.header('connection', 'close');
    done(null, payload);
  });
  const handlers = createReviewHandlers(server.server as Server, options);
  server.post(paths.pods, handlers.pods);
  server.post(paths.podsOfNamespace, handlers.podsOfNamespace);
  server.post(paths.workloads, handlers.workloads);
  refuseOthers(server, options);
  return server;
}

const otherMethods = ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

const clientErrors: Readonly<Record<number, string>> = {
  400: 'the request is not valid HTTP',
  413: `the body exceeds ${bodyLimit} bytes`,
  415: 'the content type must be application/json',
};

const allPaths = alternatives(Object.values(paths).map((path) => path.replace(':profile', '<profile>')));

function sendNotFound(reply: FastifyReply): FastifyReply {
  return sendError(reply, 404, `no such path; POST an AdmissionReview to ${allPaths}`);
}

/** Answers requests with other methods or paths, and requests that fail. */
function refuseOthers(server: FastifyInstance, { log, metrics }: WebhookServerOptions): void {
  for (const method of otherMethods) {
    const refuse = async (_request: FastifyRequest, reply: FastifyReply) =>
      sendError(reply.header('allow', 'POST'), 405, `${method} is not allowed; POST an AdmissionReview`);
    // in onRequest, so that the response does not wait for the body
    for (const url of Object.values(paths)) server.route({ method, url, onRequest: refuse, handler: refuse });
  }
  server.setNotFoundHandler((_request, reply) => sendNotFound(reply));
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

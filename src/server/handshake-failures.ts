import type { Server } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Logger } from 'pino';
import { cut, messageOf } from '../diagnostics/text.ts';
import { type Clock, systemClock } from '../time/clock.ts';
import { minute } from '../time/duration.ts';

/** The reasons why TLS handshakes fail, which are also the label values of the metric. */
export const handshakeFailures = [
  'certificate-refused',
  'client-certificate',
  'protocol',
  'not-tls',
  'timeout',
  'closed',
  'other',
] as const;
export type HandshakeFailure = (typeof handshakeFailures)[number];

const logInterval = minute;
const maxError = 200; // characters of an error message in the log

export interface HandshakeReportOptions {
  readonly server: Server;
  readonly log: Logger;
  readonly count: (reason: HandshakeFailure) => void;
  readonly clock?: Pick<Clock, 'schedule'>;
}

/**
 * Counts and logs the failed TLS handshakes of a server. Logs the first one immediately, and then at most one line per
 * minute, with the number for each reason and the last error.
 */
export function reportHandshakeFailures({ server, log, count, clock = systemClock }: HandshakeReportOptions): void {
  let failures: Partial<Record<HandshakeFailure, number>> = {};
  let error = '';
  let isQuiet = false;
  const report = () => {
    isQuiet = Object.keys(failures).length > 0;
    if (!isQuiet) return;
    log.warn({ failures, error }, 'TLS handshakes failed');
    failures = {};
    clock.schedule(logInterval, report);
  };
  server.on('tlsClientError', (cause: Error, socket: TLSSocket) => {
    const reason = handshakeFailure(cause, socket.authorizationError);
    count(reason);
    failures[reason] = (failures[reason] ?? 0) + 1;
    error = describe(cause, socket.authorizationError);
    if (!isQuiet) report();
  });
}

/**
 * Returns why a handshake failed, from the error of Node.js and the result of verifying the client certificate.
 * Source: https://nodejs.org/api/tls.html#event-tlsclienterror, and OpenSSL's reasons in sslerr.h
 */
export function handshakeFailure(cause: Error, authorizationError: unknown): HandshakeFailure {
  if (authorizationError) return 'client-certificate';
  const { code = '', reason = '' } = cause as Error & { readonly code?: string; readonly reason?: string };
  if (code === 'ERR_TLS_HANDSHAKE_TIMEOUT') return 'timeout';
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'closed';
  return byReason.find(([pattern]) => pattern.test(reason))?.[1] ?? 'other';
}

/** Patterns for OpenSSL's reasons; the first match counts. Alerts come from the client. */
const byReason: readonly (readonly [RegExp, HandshakeFailure])[] = [
  [/peer did not return a certificate/, 'client-certificate'],
  [/alert .*(certificate|unknown ca)/, 'certificate-refused'],
  [/http request|https proxy request|wrong version number|packet length|bad record type|unexpected message/, 'not-tls'],
  [/protocol|version|cipher|alert handshake failure|signature algorithm|group/, 'protocol'],
];

function describe(cause: Error, authorizationError: unknown): string {
  if (authorizationError) return `the client's certificate: ${authorizationError}`;
  const { reason } = cause as Error & { readonly reason?: string };
  return cut(reason ?? messageOf(cause), maxError);
}

import { ApiError } from '../../kubernetes-api/api-client.ts';
import { AccessError } from './kubeconfig.ts';

const tlsCodes =
  /^(CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_|ERR_SSL_|EPROTO|HOSTNAME_MISMATCH|CRL_|INVALID_CA)/;
const connectionProblems: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was reset',
  ENOTFOUND: 'unknown host name',
  EAI_AGAIN: 'the host name cannot be resolved',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network unreachable',
  ETIMEDOUT: 'the connection timed out',
};

/**
 * Describes in one sentence why the API server cannot be read, with its address and a remedy. Returns undefined for an
 * error that is a bug.
 */
export function describeFailure(error: unknown, server: string): string | undefined {
  if (error instanceof AccessError) return error.message;
  if (error instanceof ApiError) return describeApiError(error, server);
  if (!(error instanceof Error)) return undefined;
  if (error.name === 'TimeoutError')
    return `${server} did not respond in time; check that the cluster is up, or allow more time with --request-timeout`;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (tlsCodes.test(code))
    return `the TLS connection to ${server} failed: ${error.message} (${code}); check certificate-authority-data and tls-server-name in the kubeconfig`;
  const problem = connectionProblems[code];
  if (problem === undefined && !('syscall' in error)) return undefined;
  return `cannot reach ${server}: ${problem ?? error.message}; check that the cluster is up, or select another context with --context`;
}

function describeApiError({ code, message }: ApiError, server: string): string {
  if (code === 401)
    return `${server} does not accept your credentials (401), which may have expired; log in again, or select another context with --context`;
  if (code === 403)
    return `${server} denied a request (403): ${message}; request this permission, or select a namespace where you have it with --namespace`;
  return `${server} responded with ${code}: ${message}`;
}

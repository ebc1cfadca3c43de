import { ApiError } from '../../kubernetes-api/api-client.ts';
import { AccessError } from './kubeconfig.ts';

const tlsCodes =
  /^(CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_|ERR_SSL_|EPROTO|HOSTNAME_MISMATCH|CRL_|INVALID_CA)/;
const connectionWords: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was cut',
  ENOTFOUND: 'its name is unknown',
  EAI_AGAIN: 'its name cannot be looked up',
  EHOSTUNREACH: 'there is no way to its host',
  ENETUNREACH: 'there is no way to its network',
  ETIMEDOUT: 'it did not answer',
};

/**
 * Why the API server could not be asked, with its address and what to do, as one sentence; undefined for an error that
 * is a bug of ours.
 */
export function describeFailure(error: unknown, server: string): string | undefined {
  if (error instanceof AccessError) return error.message;
  if (error instanceof ApiError) {
    if (error.code === 401)
      return `${server} does not accept your credentials (401), which may have expired; log in again, or name another context with --context`;
    if (error.code === 403)
      return `${server} forbids it (403): ${error.message}; ask for that right, or look where you have it with --namespace`;
    return `${server} answered ${error.code}: ${error.message}`;
  }
  if (!(error instanceof Error)) return undefined;
  if (error.name === 'TimeoutError')
    return `${server} did not answer in time; see whether the cluster is up, or allow more with --request-timeout`;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (tlsCodes.test(code))
    return `the TLS connection to ${server} failed: ${error.message} (${code}); see certificate-authority-data and tls-server-name in the kubeconfig`;
  const words = connectionWords[code];
  if (words === undefined && !('syscall' in error)) return undefined;
  return `cannot reach ${server}: ${words ?? error.message}; see whether the cluster is up, or name another context with --context`;
}

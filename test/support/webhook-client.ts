import { once } from 'node:events';
import { Agent, request } from 'node:https';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';

/** An answer of the webhook: the HTTP status, its headers, and the body as text. */
export interface WebhookAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface WebhookClient {
  /** Posts a review, or any other text, to `/mutate`. */
  readonly post: (body: string | Buffer, contentType?: string) => Promise<WebhookAnswer>;
  readonly send: (method: string, path: string, body?: string | Buffer, contentType?: string) => Promise<WebhookAnswer>;
  readonly close: () => void;
}

/** Returns a client that verifies the server's certificate and keeps connections alive, as an API server does. */
export function connectWebhook(
  port: number,
  ca: string,
  identity: { cert?: string; key?: string } = {},
): WebhookClient {
  const agent = new Agent({ keepAlive: true, ca, servername: 'localhost', ...identity });
  const send = (method: string, path: string, body?: string | Buffer, contentType = 'application/json') =>
    new Promise<WebhookAnswer>((resolve, reject) => {
      const headers =
        body === undefined ? {} : { 'content-type': contentType, 'content-length': Buffer.byteLength(body) };
      const outgoing = request({ agent, host: '127.0.0.1', port, method, path, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString(),
          }),
        );
        response.on('error', reject);
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  return {
    send,
    post: (body, contentType) => send('POST', '/mutate', body, contentType),
    close: () => agent.destroy(),
  };
}

/** Opens a TLS connection for requests that no HTTP client would send. It verifies the server's certificate, too. */
export async function openSocket(port: number, ca: string, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca, ...options });
  await once(socket, 'secureConnect');
  return socket;
}

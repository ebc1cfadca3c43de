import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An answer: an HTTP status and a body. */
export interface ApiAnswer {
  readonly code: number;
  readonly body: unknown;
  /** What is sent instead of the body as JSON. */
  readonly text?: string;
  /** Closes the connection in the middle of the body. */
  readonly cut?: boolean;
}

export interface FakeApiServer {
  readonly url: string;
  /** Every request as `METHOD path`. */
  readonly requests: readonly string[];
  readonly close: () => Promise<void>;
}

/** Starts an HTTP server on the loopback address in place of an API server. A request whose answer is undefined stays open. */
export async function startApiServer(
  answer: (path: string, request: IncomingMessage) => ApiAnswer | undefined,
): Promise<FakeApiServer> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const answered = answer(request.url ?? '', request);
    if (answered === undefined) return;
    const text = answered.text ?? JSON.stringify(answered.body);
    response.writeHead(answered.code, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
    });
    if (answered.cut) response.write(text.slice(0, 10), () => response.destroy());
    else response.end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Returns the answer with a Status, as an API server gives it. */
export function statusOf(code: number, message: string, metadata: object = {}): ApiAnswer {
  return { code, body: { kind: 'Status', apiVersion: 'v1', metadata, status: 'Failure', message, code } };
}

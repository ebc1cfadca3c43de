import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a request gets: an HTTP status and a body. */
export interface ApiAnswer {
  readonly code: number;
  readonly body: unknown;
  /** Breaks the connection off in the middle of the body. */
  readonly cut?: boolean;
}

export interface FakeApiServer {
  readonly url: string;
  /** `METHOD path` of every request. */
  readonly requests: readonly string[];
  readonly close: () => Promise<void>;
}

/** A server on loopback that answers as an API server could, by plain HTTP. Undefined is never answered. */
export async function startApiServer(
  answer: (path: string, request: IncomingMessage) => ApiAnswer | undefined,
): Promise<FakeApiServer> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const given = answer(request.url ?? '', request);
    if (given === undefined) return;
    const text = JSON.stringify(given.body);
    response.writeHead(given.code, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
    if (given.cut) response.write(text.slice(0, 10), () => response.destroy());
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

/** A Status as an API server answers with. */
export function statusOf(code: number, message: string, metadata: object = {}): ApiAnswer {
  return { code, body: { kind: 'Status', apiVersion: 'v1', metadata, status: 'Failure', message, code } };
}

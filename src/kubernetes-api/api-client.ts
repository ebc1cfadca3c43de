import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { createInterface } from 'node:readline';
import { type Clock, systemClock } from '../time/clock.ts';

/** An unsuccessful response of the API server. The message is the server's own and names the verb and the resource. */
export class ApiError extends Error {
  override name = 'ApiError';
  /** The HTTP status. */
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** The fields that all objects of the API have in common. */
export interface ApiObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: { readonly name: string; readonly uid?: string; readonly resourceVersion?: string };
}

export type Method = 'GET' | 'POST' | 'PUT';

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: unknown;
}

/**
 * The few calls that the server makes. The official client takes 80 MiB of memory as soon as it is loaded, a third of what
 * the server may use.
 */
export interface ApiClient {
  /** Returns the body of the response. Throws an ApiError for any status but 2xx. */
  readonly call: <T>(method: Method, path: string, body?: unknown) => Promise<T>;
  /** Makes a forced server-side apply with that field manager. Returns the object. */
  readonly apply: <T>(path: string, fieldManager: string, body: unknown) => Promise<T>;
  /** Sends a JSON merge patch with that field manager. Returns the object. */
  readonly patch: <T>(path: string, fieldManager: string, body: unknown) => Promise<T>;
  /** Yields the events of a watch until the server ends it. Throws if the server refuses it. */
  readonly watch: (path: string, signal: AbortSignal) => AsyncGenerator<WatchEvent>;
  /**
   * Returns the time of the API server's clock: the Date header of its last response, plus the time since then. Undefined
   * before the first response, or if a proxy removes the header.
   */
  readonly serverTime: () => Date | undefined;
}

export interface ApiAccess {
  readonly server: string;
  /** PEM. */
  readonly ca: string;
  /** Called for each request, because the kubelet rotates the token. */
  readonly token: () => Promise<string>;
}

const folder = '/var/run/secrets/kubernetes.io/serviceaccount';
const callTimeout = 15_000; // milliseconds

/** Returns how to access the API server with the pod's service account; undefined outside a cluster. */
export async function inClusterAccess(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ApiAccess | undefined> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = environment;
  if (!host) return undefined;
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    ca: await readFile(`${folder}/ca.crt`, 'utf8'),
    token: async () => (await readFile(`${folder}/token`, 'utf8')).trim(),
  };
}

export function createApiClient(access: ApiAccess, clock: Pick<Clock, 'monotonic'> = systemClock): ApiClient {
  let serverTime: { readonly date: number; readonly receivedAt: number } | undefined; // milliseconds
  const recordTime = ({ headers }: IncomingMessage) => {
    const date = Date.parse(headers.date ?? '');
    if (!Number.isNaN(date)) serverTime = { date, receivedAt: clock.monotonic() };
  };
  const send = createSender(access, recordTime);
  return {
    call: async (method, path, body) => readBody(await send({ method, path, body })),
    apply: async (path, fieldManager, body) => {
      const query = `?fieldManager=${encodeURIComponent(fieldManager)}&force=true`;
      const contentType = 'application/apply-patch+yaml';
      return readBody(await send({ method: 'PATCH', path: path + query, body, contentType }));
    },
    patch: async (path, fieldManager, body) => {
      const query = `?fieldManager=${encodeURIComponent(fieldManager)}`;
      const contentType = 'application/merge-patch+json';
      return readBody(await send({ method: 'PATCH', path: path + query, body, contentType }));
    },
    async *watch(path, signal) {
      const response = await send({ method: 'GET', path, signal });
      if (response.statusCode !== 200) await readBody(response);
      for await (const line of createInterface(response)) if (line !== '') yield JSON.parse(line);
    },
    serverTime: () => serverTime && new Date(serverTime.date + clock.monotonic() - serverTime.receivedAt),
  };
}

interface ApiRequest {
  readonly method: Method | 'PATCH';
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
  /** Aborts the request. Defaults to a timeout. */
  readonly signal?: AbortSignal;
}

/** Returns a function that sends requests on keep-alive connections and resolves when the headers of a response arrive. */
function createSender({ server, ca, token }: ApiAccess, onResponse: (response: IncomingMessage) => void) {
  const agent = new Agent({ keepAlive: true, ca });
  return async ({ method, path, body, contentType = 'application/json', ...options }: ApiRequest) => {
    const headers = {
      accept: 'application/json',
      authorization: `Bearer ${await token()}`,
      ...(body !== undefined && { 'content-type': contentType }),
    };
    const signal = options.signal ?? AbortSignal.timeout(callTimeout);
    return new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = request(new URL(path, server), { agent, method, headers, signal }, (response) => {
        onResponse(response);
        resolve(response);
      });
      outgoing.on('error', reject);
      outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    });
  };
}

/** Returns a client whose writes fail while there is a reason not to write, which is the message of the error. */
export function withoutWrites(api: ApiClient, reasonNotToWrite: () => string | undefined): ApiClient {
  const check = () => {
    const reason = reasonNotToWrite();
    if (reason !== undefined) throw new Error(reason);
  };
  return {
    ...api,
    call: async (method, path, body) => {
      if (method !== 'GET') check();
      return api.call(method, path, body);
    },
    apply: async (...args) => {
      check();
      return api.apply(...args);
    },
    patch: async (...args) => {
      check();
      return api.patch(...args);
    },
  };
}

async function readBody<T>(response: IncomingMessage): Promise<T> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  const code = response.statusCode ?? 0;
  if (code >= 200 && code < 300) return JSON.parse(text);
  throw new ApiError(code, statusMessage(text) ?? `the API server responded with status ${code}`);
}

/** Returns the message of a Status object; undefined if the text is not one. */
function statusMessage(text: string): string | undefined {
  try {
    const { message } = JSON.parse(text);
    return typeof message === 'string' ? message : undefined;
  } catch {
    return undefined;
  }
}

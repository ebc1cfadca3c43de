import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';

/** An answer of the API server that is no success; the message is the server's own and names verb and resource. */
export class ApiError extends Error {
  override name = 'ApiError';
  /** The HTTP status. */
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** An object of the API, as far as every object is alike. */
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
 * The few calls that the server makes. The official client would do, but holds 80 MiB of memory as soon as it is
 * loaded, a third of what the server may use.
 */
export interface ApiClient {
  /** The answer's body; throws an ApiError for any status but 2xx. */
  readonly call: <T>(method: Method, path: string, body?: unknown) => Promise<T>;
  /** Server-side apply, forced, under that field manager. Returns the object. */
  readonly apply: <T>(path: string, fieldManager: string, body: unknown) => Promise<T>;
  /** A JSON merge patch under that field manager. Returns the object. */
  readonly patch: <T>(path: string, fieldManager: string, body: unknown) => Promise<T>;
  /** The events of a watch until the server ends it; throws where it cannot be begun. */
  readonly watch: (path: string, signal: AbortSignal) => AsyncGenerator<WatchEvent>;
  /**
   * The time by the API server's clock: the header Date of its last answer, and what has passed since. Undefined before
   * the first answer, or where something in between takes the header away.
   */
  readonly serverTime: () => Date | undefined;
}

export interface ApiAccess {
  readonly server: string;
  /** PEM. */
  readonly ca: string;
  /** Read again at each call, since the kubelet rotates it. */
  readonly token: () => Promise<string>;
}

const folder = '/var/run/secrets/kubernetes.io/serviceaccount';
const callTimeout = 15_000; // milliseconds

/** Access with the pod's own service account; undefined outside a cluster. */
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

export function createApiClient({ server, ca, token }: ApiAccess): ApiClient {
  const agent = new Agent({ keepAlive: true, ca });
  let answered: { readonly date: number; readonly at: number } | undefined; // milliseconds, `at` by the monotonic clock

  const noteTime = ({ headers }: IncomingMessage) => {
    const date = Date.parse(headers.date ?? '');
    if (!Number.isNaN(date)) answered = { date, at: performance.now() };
  };
  const send = async (
    method: string,
    path: string,
    body?: unknown,
    contentType = 'application/json',
    signal?: AbortSignal,
  ) => {
    const authorization = `Bearer ${await token()}`;
    return new Promise<IncomingMessage>((resolve, reject) => {
      const headers = {
        accept: 'application/json',
        authorization,
        ...(body !== undefined && { 'content-type': contentType }),
      };
      const timeout = signal ?? AbortSignal.timeout(callTimeout);
      const outgoing = request(new URL(path, server), { agent, method, headers, signal: timeout }, (response) => {
        noteTime(response);
        resolve(response);
      });
      outgoing.on('error', reject);
      outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    });
  };
  return {
    call: async (method, path, body) => readBody(await send(method, path, body)),
    apply: async (path, fieldManager, body) => {
      const query = `?fieldManager=${encodeURIComponent(fieldManager)}&force=true`;
      return readBody(await send('PATCH', path + query, body, 'application/apply-patch+yaml'));
    },
    patch: async (path, fieldManager, body) => {
      const query = `?fieldManager=${encodeURIComponent(fieldManager)}`;
      return readBody(await send('PATCH', path + query, body, 'application/merge-patch+json'));
    },
    async *watch(path, signal) {
      const response = await send('GET', path, undefined, undefined, signal);
      if (response.statusCode !== 200) await readBody(response);
      for await (const line of createInterface(response)) if (line !== '') yield JSON.parse(line);
    },
    serverTime: () => answered && new Date(answered.date + performance.now() - answered.at),
  };
}

/** Returns the same client, which begins no write while there is a reason against it: the error's message. */
export function withoutWrites(api: ApiClient, reason: () => string | undefined): ApiClient {
  const check = () => {
    const against = reason();
    if (against !== undefined) throw new Error(against);
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
  throw new ApiError(code, statusMessage(text) ?? `the API server answered ${code}`);
}

/** The message of a Status object. */
function statusMessage(text: string): string | undefined {
  try {
    const { message } = JSON.parse(text);
    return typeof message === 'string' ? message : undefined;
  } catch {
    return undefined;
  }
}

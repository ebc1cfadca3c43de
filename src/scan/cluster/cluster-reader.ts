import type { IncomingMessage } from 'node:http';
import http from 'node:http';
import https, { type RequestOptions } from 'node:https';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { KubeConfig } from '@kubernetes/client-node';
import { messageOf } from '../../diagnostics/text.ts';
import { isObject, listAt, valueAt } from '../../json/json-value.ts';
import { ApiError } from '../../kubernetes-api/api-client.ts';
import { AccessError } from './kubeconfig.ts';

/** Reads a cluster. It cannot change anything, because it sends only GET requests. */
export interface ClusterReader {
  readonly server: string;
  /** The namespace of the context. */
  readonly namespace: string | undefined;
  /** Returns the object at a path. Throws an ApiError for any status but 200, and the error of a failed connection. */
  readonly get: (path: string) => Promise<unknown>;
  /** Yields the items of a list page by page, so that only one page is in memory at a time. */
  readonly pages: (path: string) => AsyncGenerator<readonly unknown[]>;
}

const pageSize = 500; // items, as in kubectl: about 5 MiB of pods

/**
 * Creates a reader that uses the official client only for access and credentials and sends requests itself: the client's
 * API classes drop fields that they do not know, but a pod must reach the engine unchanged. `timeout` is the limit
 * for one response, in milliseconds.
 */
export function createReader(config: KubeConfig, timeout: number): ClusterReader {
  const server = config.getCurrentCluster()?.server ?? '';
  const get = async (path: string): Promise<unknown> => {
    const signal = AbortSignal.timeout(timeout);
    const { code, body } = await sendGet(config, server, path, signal).catch((error: unknown) => {
      throw signal.aborted ? signal.reason : error;
    });
    if (code === 200 && body !== undefined) return body;
    if (code === 200) throw new AccessError(`${server} responded with something other than JSON; is it an API server?`);
    const message = valueAt(body, ['message']);
    const text = typeof message === 'string' ? message : `the API server responded with ${code}`;
    throw new ListError(code, text, valueAt(body, ['metadata', 'continue']));
  };
  return {
    server,
    namespace: config.getContextObject(config.getCurrentContext())?.namespace || undefined,
    get,
    pages: (path) => readPages(get, path),
  };
}

/** An API error, with the token at which to continue an expired list. */
class ListError extends ApiError {
  readonly continueToken: unknown;

  constructor(code: number, message: string, continueToken: unknown) {
    super(code, message);
    this.continueToken = continueToken;
  }
}

async function* readPages(get: ClusterReader['get'], path: string): AsyncGenerator<readonly unknown[]> {
  const limited = `${path}${path.includes('?') ? '&' : '?'}limit=${pageSize}`;
  let token: unknown = '';
  do {
    let page: unknown;
    try {
      page = await get(token === '' ? limited : `${limited}&continue=${encodeURIComponent(String(token))}`);
    } catch (error) {
      // a list that takes minutes outlives its snapshot; the server returns a token to continue in the newest one
      if (!(error instanceof ListError) || error.code !== 410 || typeof error.continueToken !== 'string') throw error;
      token = error.continueToken;
      continue;
    }
    yield itemsOf(page);
    token = valueAt(page, ['metadata', 'continue']) ?? '';
  } while (token !== '');
}

/** Returns the items of a list with apiVersion and kind, which only the list has. */
function itemsOf(list: unknown): readonly unknown[] {
  const apiVersion = valueAt(list, ['apiVersion']);
  const kind = String(valueAt(list, ['kind'])).replace(/List$/, '');
  return listAt(list, ['items'])
    .filter(isObject)
    .map((item) => ({ apiVersion, kind, ...item }));
}

async function sendGet(config: KubeConfig, server: string, path: string, signal: AbortSignal) {
  const { request } = server.startsWith('http:') ? http : https;
  const options: RequestOptions = { headers: { accept: 'application/json', 'accept-encoding': 'gzip' } };
  try {
    await config.applyToHTTPSOptions(options); // for each request, because tokens expire
  } catch (error) {
    const [reason] = messageOf(error).trim().split('\n');
    throw new AccessError(`cannot get credentials for ${server}: ${reason}`);
  }
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(server + path, { ...options, method: 'GET', signal }, resolve)
      .on('error', reject)
      .end();
  });
  return { code: response.statusCode ?? 0, body: await readBody(response) };
}

/** Returns the body as JSON; undefined if it is not JSON. */
async function readBody(response: IncomingMessage): Promise<unknown> {
  const isZipped = response.headers['content-encoding'] === 'gzip';
  // pipeline also ends the decompression if the connection breaks
  const body = isZipped ? pipeline(response, createGunzip(), () => undefined) : response;
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk as Buffer);
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    return undefined;
  }
}

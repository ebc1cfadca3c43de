import type { IncomingMessage } from 'node:http';
import http from 'node:http';
import https, { type RequestOptions } from 'node:https';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { KubeConfig } from '@kubernetes/client-node';
import { messageOf } from '../../diagnostics/text.ts';
import { listAt, valueAt } from '../../json/json-value.ts';
import { ApiError } from '../../kubernetes-api/api-client.ts';
import { AccessError } from './kubeconfig.ts';

/** Reads a cluster. Nothing here can change it: there is no request but GET. */
export interface ClusterReader {
  readonly server: string;
  /** The context's. */
  readonly namespace: string | undefined;
  /** The object at the path; throws an ApiError for any status but 200, and what the connection fails with. */
  readonly get: (path: string) => Promise<unknown>;
  /** The items of a list, page by page, so that no more than a page is held at a time. */
  readonly pages: (path: string) => AsyncGenerator<readonly unknown[]>;
}

const pageSize = 500; // items, as kubectl asks for: some 5 MiB of pods

/**
 * Access and credentials by the official client, requests by ourselves: its own API classes drop the fields that they do
 * not know, and a pod must reach the engine as it is.
 */
export function createReader(config: KubeConfig, timeout: number): ClusterReader {
  const server = config.getCurrentCluster()?.server ?? '';
  const { request } = server.startsWith('http:') ? http : https;

  const send = async (path: string, signal: AbortSignal): Promise<IncomingMessage> => {
    const options: RequestOptions = { headers: { accept: 'application/json', 'accept-encoding': 'gzip' } };
    try {
      await config.applyToHTTPSOptions(options); // at each request: tokens expire
    } catch (error) {
      const [reason] = messageOf(error).trim().split('\n');
      throw new AccessError(`cannot get credentials for ${server}: ${reason}`);
    }
    return new Promise((resolve, reject) => {
      request(server + path, { ...options, method: 'GET', signal }, resolve)
        .on('error', reject)
        .end();
    });
  };
  const ask = async (path: string, signal: AbortSignal) => {
    const response = await send(path, signal);
    return { code: response.statusCode ?? 0, body: await readBody(response) };
  };
  const get = async (path: string): Promise<unknown> => {
    const signal = AbortSignal.timeout(timeout);
    const { code, body } = await ask(path, signal).catch((error: unknown) => {
      throw signal.aborted ? signal.reason : error;
    });
    if (code === 200) return body;
    const message = valueAt(body, ['message']);
    throw new PageError(
      code,
      typeof message === 'string' ? message : `the API server answered ${code}`,
      valueAt(body, ['metadata', 'continue']),
    );
  };
  return {
    server,
    namespace: config.getContextObject(config.getCurrentContext())?.namespace || undefined,
    get,
    async *pages(path) {
      let next: unknown = '';
      do {
        const query = next === '' ? '' : `&continue=${encodeURIComponent(String(next))}`;
        let page: unknown;
        try {
          page = await get(`${path}${path.includes('?') ? '&' : '?'}limit=${pageSize}${query}`);
        } catch (error) {
          // a list that takes minutes outlives its snapshot: the server says where to go on in the newest one
          if (!(error instanceof PageError) || error.code !== 410 || typeof error.goOnAt !== 'string') throw error;
          next = error.goOnAt;
          continue;
        }
        yield itemsOf(page);
        next = valueAt(page, ['metadata', 'continue']) ?? '';
      } while (next !== '');
    },
  };
}

class PageError extends ApiError {
  readonly goOnAt: unknown;

  constructor(code: number, message: string, goOnAt: unknown) {
    super(code, message);
    this.goOnAt = goOnAt;
  }
}

/** A list's items come without their kind, which is the list's. */
function itemsOf(list: unknown): readonly unknown[] {
  const apiVersion = valueAt(list, ['apiVersion']);
  const kind = String(valueAt(list, ['kind'])).replace(/List$/, '');
  return listAt(list, ['items']).map((item) => ({ apiVersion, kind, ...(item as object) }));
}

/** The body as JSON; undefined where it is none. */
async function readBody(response: IncomingMessage): Promise<unknown> {
  const isZipped = response.headers['content-encoding'] === 'gzip';
  // pipeline ends the unzipping, too, where the connection breaks off
  const body = isZipped ? pipeline(response, createGunzip(), () => undefined) : response;
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk as Buffer);
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    return undefined;
  }
}

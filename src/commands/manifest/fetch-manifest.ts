import { messageOf } from '../../diagnostics/text.ts';
import { second } from '../../time/duration.ts';

/** Bytes of the response, or why there are none. */
export type FetchedManifest =
  | { readonly kind: 'content'; readonly content: Uint8Array }
  | { readonly kind: 'failure'; readonly problem: string };

/** Limits of a request. */
export interface FetchLimits {
  /** In bytes. */
  readonly maxSize: number;
  /** In milliseconds, for the whole response. */
  readonly timeout: number;
}

const mebibyte = 1024 * 1024; // bytes
const limits: FetchLimits = { maxSize: 32 * mebibyte, timeout: 30 * second };

/** Reports whether an argument of `-f` is an address, as for kubectl. */
export function isAddress(path: string): boolean {
  return /^https?:\/\//i.test(path);
}

/** Returns the address as messages show it: without a password, and without the query, which may contain a token. */
export function addressForMessages(address: string): string {
  const url = URL.parse(address);
  return url === null ? address : `${url.origin}${url.pathname}`;
}

/** Downloads a manifest. Follows redirects, and stops at the limits. */
export async function fetchManifest(
  address: string,
  { maxSize, timeout }: FetchLimits = limits,
): Promise<FetchedManifest> {
  const url = URL.parse(address);
  if (url === null) return failure('it is not a valid URL');
  if (url.username !== '' || url.password !== '')
    return failure('a URL with a password is not supported; download the file and use its path');
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeout), headers: { accept: '*/*' } });
    if (!response.ok) {
      await response.body?.cancel();
      return failure(`the server responded with ${`${response.status} ${response.statusText}`.trim()}`);
    }
    if (response.headers.get('content-type')?.startsWith('text/html')) {
      await response.body?.cancel();
      return failure('the response is a web page, not a manifest; use the URL of the file itself ("Raw" on GitHub)');
    }
    return await readLimited(response, maxSize);
  } catch (error) {
    return failure(describeFetchError(error, timeout));
  }
}

async function readLimited({ body }: Response, maxSize: number): Promise<FetchedManifest> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of body ?? []) {
    size += part.length;
    if (size > maxSize) return failure(`it has more than ${maxSize / mebibyte} MiB; download it and use its path`);
    parts.push(part);
  }
  return { kind: 'content', content: Buffer.concat(parts) };
}

function describeFetchError(error: unknown, timeout: number): string {
  if (error instanceof Error && error.name === 'TimeoutError')
    return `the server did not send all of it within ${timeout / second} s`;
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return descriptions[code] ?? `it cannot be downloaded: ${messageOf(cause)}`;
}

const descriptions: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the server refuses connections',
  ECONNRESET: 'the server closed the connection',
  UND_ERR_SOCKET: 'the server closed the connection',
  ENOTFOUND: 'there is no server of this name',
  EAI_AGAIN: 'the name of the server cannot be resolved',
};

function failure(problem: string): FetchedManifest {
  return { kind: 'failure', problem };
}

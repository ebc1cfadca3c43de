import type { PlaygroundInput } from './protocol.ts';

const format = '1'; // of the payload; a change that old pages cannot read needs another one
const maxLength = 32_000; // characters of a fragment: what chats and issue trackers keep of a link
const maxText = 1024 * 1024; // bytes after decompression: a short link can stand for gigabytes

/** A link's fragment, or a sentence that says why there is none. */
export type LinkFragment = { readonly kind: 'fragment'; readonly fragment: string } | LinkFailure;
/** What a link holds, or a sentence that says why it cannot be opened. */
export type LinkedInput = { readonly kind: 'input'; readonly input: PlaygroundInput } | LinkFailure;

export interface LinkFailure {
  readonly kind: 'failed';
  readonly problem: string;
}

/** Returns a fragment with everything that the page works on, compressed. */
export async function encodeLink(input: PlaygroundInput): Promise<LinkFragment> {
  if (input.manifest.length + input.settings.length > maxText / 4) return failure(tooLongToShare);
  const bytes = new TextEncoder().encode(JSON.stringify(input));
  const compressed = await collect(through(bytes, new CompressionStream('deflate-raw')), maxText);
  if (compressed === undefined) return failure(tooLongToShare);
  const fragment = `#${format}.${base64Url(compressed)}`;
  return fragment.length > maxLength ? failure(tooLongToShare) : { kind: 'fragment', fragment };
}

/** Reads a fragment that anybody may have written. */
export async function decodeLink(fragment: string): Promise<LinkedInput> {
  if (fragment.length > maxLength) return failure('The link is longer than any that this page makes.');
  const [, version, payload] = /^#(\w{1,8})\.([\w-]+)$/.exec(fragment) ?? [];
  if (version === undefined || payload === undefined) return failure('The link is damaged: a part of it is missing.');
  if (version !== format) return failure('The link was made by another version of this page.');
  try {
    const bytes = await collect(through(bytesOf(payload), new DecompressionStream('deflate-raw')), maxText);
    if (bytes === undefined) return failure('The link holds more than 1 MiB of text.');
    const input = inputOf(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
    return input === undefined ? failure('The link holds something else than a manifest.') : { kind: 'input', input };
  } catch {
    return failure('The link is damaged: its text cannot be read.');
  }
}

const tooLongToShare = 'The manifest is too long for a link. Share the file instead.';

function failure(problem: string): LinkFailure {
  return { kind: 'failed', problem };
}

function inputOf(value: unknown): PlaygroundInput | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { manifest, settings, kubernetesVersion } = value as Record<string, unknown>;
  if (typeof manifest !== 'string' || typeof settings !== 'string') return undefined;
  if (typeof kubernetesVersion !== 'string' || !/^(?:1\.\d{1,2})?$/.test(kubernetesVersion)) return undefined;
  return { manifest, settings, kubernetesVersion };
}

function through(
  bytes: Uint8Array<ArrayBuffer>,
  transform: CompressionStream | DecompressionStream,
): ReadableStream<Uint8Array> {
  return new Blob([bytes]).stream().pipeThrough(transform);
}

/** Returns the bytes of a stream; undefined if there are more than `max`, without reading the rest. */
async function collect(stream: ReadableStream<Uint8Array>, max: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = stream.getReader(); // not every browser can iterate over a stream
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    size += read.value.length;
    if (size > max) {
      await reader.cancel();
      return undefined;
    }
    chunks.push(read.value);
  }
  const all = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    all.set(chunk, offset);
    offset += chunk.length;
  }
  return all;
}

function base64Url(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0));
}

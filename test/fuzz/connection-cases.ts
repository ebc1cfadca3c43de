import fc from 'fast-check';
import { reviewOf } from '../support/admission-review.ts';

/** A connection of a client: valid and invalid requests, in pieces, after a valid or invalid handshake. */
export interface ConnectionCase {
  readonly start: (typeof starts)[number];
  /** For an invalid handshake: the position in the ClientHello, and the byte. */
  readonly at: number;
  readonly byte: number;
  readonly messages: readonly MessageKind[];
  /** Size of a piece, in bytes; 0 for all at once. */
  readonly piece: number;
  /** Milliseconds between two pieces. */
  readonly pause: number;
  readonly ending: (typeof endings)[number];
}

const starts = ['tls', 'plain', 'nothing', 'random', 'hello cut', 'hello changed', 'hello of a wrong length'] as const;
const endings = ['wait', 'half-close', 'reset', 'bad record'] as const;

interface Message {
  /** Returns the text of a request with the body. Each character is a byte. */
  readonly text: (body: string) => string;
  /**
   * | good       | the server answers the review and keeps the connection open                             |
   * | last       | the server answers the review and closes the connection                                 |
   * | broken     | the server answers with 4xx, or closes the connection                                   |
   * | unfinished | as broken, and the server waits for the rest no longer than its timeout                 |
   */
  readonly is: 'good' | 'last' | 'broken' | 'unfinished';
}

const type = 'Content-Type: application/json';
const host = 'Host: localhost';
const head = (...lines: readonly string[]) => `${lines.join('\r\n')}\r\n\r\n`;
const post = (body: string, ...headers: readonly string[]) =>
  `${head('POST /mutate HTTP/1.1', host, type, ...headers)}${body}`;
const sized = (body: string, ...headers: readonly string[]) =>
  post(body, `Content-Length: ${Buffer.byteLength(body)}`, ...headers);
const to = (line: string) => (body: string) => `${head(line, host, type, `Content-Length: ${body.length}`)}${body}`;
const chunked = (body: string, size: number, extension = '') =>
  `${(body.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? []).map((part) => `${part.length.toString(16)}${extension}\r\n${part}\r\n`).join('')}0${extension}\r\n`;
const inChunks = (content: string) => post(content, 'Transfer-Encoding: chunked');
const broken = (text: Message['text']): Message => ({ text, is: 'broken' });
const unfinished = (text: Message['text']): Message => ({ text, is: 'unfinished' });

const messages = {
  'with a length': { text: (body) => sized(body), is: 'good' },
  'in chunks': { text: (body) => inChunks(`${chunked(body, 100)}\r\n`), is: 'good' },
  'in chunks of a byte': { text: (body) => inChunks(`${chunked(body, 1)}\r\n`), is: 'good' },
  'with chunk extensions': { text: (body) => inChunks(`${chunked(body, 50, ';a=b')}\r\n`), is: 'good' },
  'with trailers': { text: (body) => inChunks(`${chunked(body, 50)}X-Trailer: a\r\n\r\n`), is: 'good' },
  'that expects to go on': { text: (body) => sized(body, 'Expect: 100-continue'), is: 'good' },
  'with many headers': {
    text: (body) => sized(body, ...Array.from({ length: 60 }, (_, index) => `X-${index}: ${'v'.repeat(100)}`)),
    is: 'good',
  },
  'with a query': {
    text: (body) =>
      `${head('POST /mutate?timeout=5s HTTP/1.1', host, type, `content-LENGTH:\t ${body.length}  `)}${body}`,
    is: 'good',
  },
  'that closes': { text: (body) => sized(body, 'Connection: close'), is: 'last' },
  'of HTTP/1.0': {
    text: (body) => `${head('POST /mutate HTTP/1.0', type, `Content-Length: ${body.length}`)}${body}`,
    is: 'last',
  },

  'without a length': broken((body) => post(body)),
  'of another length as well': broken((body) => sized(body, 'Content-Length: 1')),
  'of its length twice': broken((body) => sized(body, `Content-Length: ${body.length}`)),
  'that is longer than it says': broken((body) => post(body, `Content-Length: ${body.length - 7}`)),
  'of a negative length': broken((body) => post(body, 'Content-Length: -1')),
  'of a length that is no number': broken((body) => post(body, 'Content-Length: 0x10')),
  'of an endless length': broken((body) => post(body, `Content-Length: ${'9'.repeat(40)}`)),
  'of 8 MB': broken((body) => post(body, 'Content-Length: 8000000')),
  'of length and chunks': broken((body) =>
    post(`${chunked(body, 9)}\r\n`, 'Transfer-Encoding: chunked', `Content-Length: ${body.length}`),
  ),
  'with a size that is no number': broken((body) => inChunks(`zz\r\n${body}\r\n0\r\n\r\n`)),
  'with a size that overflows': broken((body) => inChunks(`${'f'.repeat(17)}\r\n${body}\r\n0\r\n\r\n`)),
  'with a chunk that is longer than it says': broken((body) => inChunks(`5\r\n${body}\r\n0\r\n\r\n`)),
  'with a chunk extension without end': broken(() => inChunks(`5;${'a'.repeat(30_000)}`)),
  'of an unknown encoding': broken((body) => sized(body, 'Transfer-Encoding: gzip')),
  'of chunks within chunks': broken((body) =>
    inChunks(`${chunked(body, 9)}\r\n`).replace('chunked', 'chunked, chunked'),
  ),
  'that is compressed, as it says': broken((body) => sized(body, 'Content-Encoding: gzip')),
  'with 20 kB of headers': broken((body) => sized(body, `X-Large: ${'v'.repeat(20_000)}`)),
  'with 3000 headers': broken((body) => sized(body, ...Array.from({ length: 3000 }, (_, index) => `X${index}: v`))),
  'with a header without a colon': broken((body) => sized(body, 'NoColon')),
  'with a header without a name': broken((body) => sized(body, ': v')),
  'with a folded header': broken((body) => sized(body, 'X-Folded: a\r\n b')),
  'with NUL in a header': broken((body) => sized(body, 'X-Nul: a\0b')),
  'with a space before the colon': broken((body) => sized(body, 'Transfer-Encoding : chunked')),
  'without a host': broken((body) => `${head('POST /mutate HTTP/1.1', type, `Content-Length: ${body.length}`)}${body}`),
  'of two hosts': broken((body) => sized(body, host)),
  'with bare line feeds': broken((body) => sized(body).replaceAll('\r\n', '\n')),
  'with bare carriage returns': broken((body) => sized(body).replaceAll('\r\n', '\r')),
  'of an unknown method': broken(to('MUTATE /mutate HTTP/1.1')),
  'of HTTP/2 in the clear': broken(() => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  'of HTTP/0.9': broken(() => 'GET /mutate\r\n\r\n'),
  'of HTTP/9.9': broken(to('POST /mutate HTTP/9.9')),
  'of no path': broken(to('POST  HTTP/1.1')),
  'of a path with a space': broken(to('POST /mu tate HTTP/1.1')),
  'of a broken escape': broken(to('POST /%zz HTTP/1.1')),
  'of a path of 20 kB': broken(to(`POST /${'a'.repeat(20_000)} HTTP/1.1`)),
  'of another path': broken(to('POST /mutate/x HTTP/1.1')),
  'of a host as its path': broken(to('POST //mutate HTTP/1.1')),
  'that goes to a proxy': broken(to('CONNECT localhost:443 HTTP/1.1')),
  'that upgrades': broken((body) => sized(body, 'Connection: Upgrade', 'Upgrade: h2c')),
  'of method GET': broken(() => head('GET /mutate HTTP/1.1', host)),
  'of method HEAD': broken(() => head('HEAD /mutate HTTP/1.1', host)),
  'of method PUT': broken(to('PUT /mutate HTTP/1.1')),
  'of method OPTIONS': broken(() => head('OPTIONS * HTTP/1.1', host)),
  'of another type': broken((body) => sized(body).replace('application/json', 'text/yaml')),
  'of no type': broken((body) => sized(body).replace(`${type}\r\n`, '')),
  'of a type in pieces': broken((body) => sized(body).replace('application/json', 'application/json;;; charset="')),
  'that expects what nobody has': broken((body) => sized(body, 'Expect: 200-ok')),
  'of no body': broken(() => sized('')),
  'of half a body': broken((body) => sized(body.slice(0, body.length / 2))),
  'of bytes that are none': broken(() => sized('{"\xff\xfe')),
  'that is no request': broken(() => '\x00\x01\x02\xff\r\n\r\n'),
  'that is an answer': broken(() => 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'),

  'with half a head': unfinished((body) => sized(body).slice(0, 40)),
  'without the end of its head': unfinished((body) => sized(body).split('\r\n\r\n')[0] ?? ''),
  'without the end of its body': unfinished((body) => sized(body).slice(0, -3)),
  'without the end of a chunk': unfinished((body) => inChunks(chunked(body, 100).slice(0, 60))),
  'without the last chunk': unfinished((body) => inChunks(chunked(body, 100).replace(/0\r\n$/, ''))),
  'without the end of its trailers': unfinished((body) => inChunks(`${chunked(body, 100)}X-Trailer: a`)),
  'that is shorter than it says': unfinished((body) => post(body, `Content-Length: ${body.length + 9}`)),
} as const satisfies Readonly<Record<string, Message>>;

export type MessageKind = keyof typeof messages;

const kinds = Object.keys(messages) as readonly MessageKind[];
const kindsOf = (...classes: readonly Message['is'][]) => kinds.filter((kind) => classes.includes(messages[kind].is));
const goodOnly = fc.array(fc.constantFrom(...kindsOf('good')), { minLength: 1, maxLength: 6 });
const withBroken = fc
  .tuple(
    fc.array(fc.constantFrom(...kindsOf('good')), { maxLength: 2 }),
    fc.constantFrom(...kindsOf('broken', 'last')),
    fc.array(fc.constantFrom(...kindsOf('good')), { maxLength: 2 }),
  )
  .map(([before, one, after]) => [...before, one, ...after]);
const unfinishedLast = fc
  .tuple(fc.array(fc.constantFrom(...kindsOf('good')), { maxLength: 2 }), fc.constantFrom(...kindsOf('unfinished')))
  .map(([before, last]) => [...before, last]);

export const connectionCase: fc.Arbitrary<ConnectionCase> = fc.record({
  start: fc.constantFrom(...starts, ...Array.from({ length: 24 }, () => 'tls' as const)),
  at: fc.nat(2000),
  byte: fc.nat(255),
  messages: fc.oneof(
    { weight: 4, arbitrary: goodOnly },
    { weight: 8, arbitrary: withBroken },
    { weight: 1, arbitrary: unfinishedLast },
  ),
  piece: fc.constantFrom(0, 0, 0, 1000, 200, 37, 7),
  pause: fc.constantFrom(0, 0, 0, 0, 1, 5),
  ending: fc.constantFrom(...endings, ...Array.from({ length: 6 }, () => 'wait' as const)),
});

/** Returns the requests of a case, each with its bytes and the uid of its review. */
export function requestsOf({ messages: given }: ConnectionCase): readonly (Message & { bytes: Buffer; uid: string })[] {
  return given.map((kind, index) => {
    const uid = `uid-${index}`;
    const message = messages[kind];
    return {
      ...message,
      uid,
      bytes: Buffer.from(
        message.text(JSON.stringify(reviewOf(pods[index % pods.length], 'default', { uid }))),
        'latin1',
      ),
    };
  });
}

const pods = [
  { metadata: { name: 'a', annotations: { 'downlink.dev/env': 'pod' } }, spec: { containers: [{ name: 'main' }] } },
  { metadata: { name: 'b' }, spec: { containers: [{ name: 'main' }] } },
  { metadata: { name: 'c', annotations: { 'downlink.dev/env': 'x' } }, spec: { containers: [{ name: 'main' }] } },
];

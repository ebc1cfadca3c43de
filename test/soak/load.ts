import { Agent, request } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { benchPods } from '../bench/pods.ts';
import { count, type Tally } from '../fuzz/tally.ts';
import { reviewOf } from '../support/admission-review.ts';

/** A server to send reviews to, and what to expect of it. */
export interface Service {
  readonly name: string;
  readonly port: number;
  /** Returns the CA certificate that the API server would currently verify it with. */
  readonly ca: () => string | Promise<string>;
  readonly identity?: { readonly cert: string; readonly key: string };
  /** The setting of the server for pods with mistakes. */
  readonly onInvalid: 'deny' | 'warn';
}

/** The results so far; the counts only grow. */
export interface Results {
  requests: number;
  connections: number;
  readonly answers: Tally;
  readonly failures: Tally;
  /** Fingerprints of the certificates that clients have seen, by service. */
  readonly certificates: Map<string, Set<string>>;
}

interface Kind {
  readonly name: string;
  readonly body: string;
  /** The expected answer, by `onInvalid`. */
  readonly expected: Readonly<Record<Service['onInvalid'], string>>;
}

const both = (answer: string) => ({ deny: answer, warn: answer });
const [small, typical, large] = benchPods().map(({ name, body }) => ({ name, body, expected: both('200 patched') }));
const podWith = (annotations: object) => ({
  metadata: { name: 'soak', annotations },
  spec: { containers: [{ name: 'main', image: 'busybox' }] },
});
const silent = { name: 'not opted in', body: JSON.stringify(reviewOf(podWith({}))), expected: both('200 untouched') };
const faulty = {
  name: 'faulty',
  body: JSON.stringify(reviewOf(podWith({ 'downlink.dev/env': 'POD=metadata.nam', 'downlink.dev/evn': 'pod' }))),
  expected: { deny: '200 denied', warn: '200 warned' },
};
const garbage = { name: 'garbage', body: '{"kind":"AdmissionReview",', expected: both('400') };
const repeat = (kind: Kind | undefined, count: number) => new Array<Kind | undefined>(count).fill(kind);
const mix = [
  ...[
    ...repeat(small, 40),
    ...repeat(typical, 25),
    ...repeat(silent, 20),
    ...repeat(faulty, 10),
    ...repeat(garbage, 4),
    large,
  ],
].filter((kind): kind is Kind => kind !== undefined);

/** Runs a client that posts the mix over one connection, or over a new one each time, until the signal. */
export async function runClient(
  service: Service,
  period: number, // milliseconds between two requests
  keepAlive: boolean,
  results: Results,
  signal: AbortSignal,
): Promise<void> {
  let turn = Math.floor(Math.random() * mix.length);
  let agent: Agent | undefined;
  while (!signal.aborted) {
    turn = (turn + 37) % mix.length; // 37 and 100 are coprime, so that every kind occurs and none twice in a row
    const kind = mix[turn];
    if (kind === undefined) return;
    agent ??= new Agent({
      keepAlive,
      maxSockets: 1,
      servername: 'localhost',
      ca: await service.ca(),
      ...service.identity,
    });
    results.requests++;
    try {
      const answer = await post(service, agent, kind.body, results);
      const expected = kind.expected[service.onInvalid];
      count(results.answers, `${service.name}: ${kind.name}: ${answer}`);
      if (answer !== expected)
        count(results.failures, `${service.name}: ${kind.name}: ${answer} instead of ${expected}`);
    } catch (error) {
      count(results.failures, `${service.name}: ${kind.name}: ${(error as NodeJS.ErrnoException).code ?? error}`);
    }
    // a new connection uses the current CA certificate, as that of an API server does
    if (!keepAlive || Object.keys(agent.freeSockets).length === 0) {
      agent.destroy();
      agent = undefined;
    }
    await delay(period * (0.5 + Math.random()), undefined, { signal }).catch(() => {});
  }
  agent?.destroy();
}

/** Posts a body, and returns the answer as `200 patched`, `200 denied` and so on. */
function post({ name, port }: Service, agent: Agent, body: string, results: Results): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const options = { agent, host: '127.0.0.1', port, method: 'POST', path: '/mutate', headers, timeout: 5000 };
    const outgoing = request(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => resolve(describe(response.statusCode ?? 0, Buffer.concat(chunks).toString())));
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer within 5 s, the timeout of the webhook')));
    outgoing.on('error', reject);
    outgoing.on('socket', (socket) => {
      if (outgoing.reusedSocket) return;
      socket.once('secureConnect', () => {
        results.connections++;
        const { fingerprint256 } = (socket as TLSSocket).getPeerCertificate();
        const met = results.certificates.get(name) ?? new Set();
        results.certificates.set(name, met.add(fingerprint256));
      });
    });
    outgoing.end(body);
  });
}

function describe(status: number, body: string): string {
  if (status !== 200) return String(status);
  const { response } = JSON.parse(body);
  if (!response.allowed) return '200 denied';
  return response.patch ? '200 patched' : response.warnings ? '200 warned' : '200 untouched';
}

/**
 * `npm run bench:handshakes` measures the CPU time that new TLS connections take in the server and in the client, by the key
 * of the serving certificate, session tickets, and key exchange. The client is a Go program, as the API server is. Needs Go
 * and openssl. Prints a Markdown table.
 */
import { execFile, execFileSync } from 'node:child_process';
import { constants } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { imageCommand } from '../../support/image-entrypoint.ts';
import type { CertificateFolder } from '../../support/test-server.ts';
import { benchPods } from '../pods.ts';
import { type ServerProcess, startProcess } from '../server-process.ts';
import { makeFolderWithKey, type ServingKey } from '../serving-keys.ts';

const workers = 4;
const rounds = 9;
const roundLength = 1000; // milliseconds, and half of it on open connections
const warmUpLength = 3000; // milliseconds, for the JIT compiler
const settling = 100; // milliseconds, in which the server closes the last connections

/** What is measured: a server, and whether its client resumes sessions. */
interface Variant {
  readonly server: 'webhook' | 'bare';
  readonly key: ServingKey;
  readonly name: string;
  readonly tls: object;
  readonly resumesSessions?: true;
}

const servingKeys: readonly ServingKey[] = ['RSA 2048', 'P-256', 'P-256, CA with RSA 2048'];
const noTickets = { secureOptions: constants.SSL_OP_NO_TICKET };
const variants: readonly Variant[] = [
  ...servingKeys.flatMap((key): readonly Variant[] => [
    { server: 'webhook', key, name: '', tls: {} },
    { server: 'bare', key, name: '', tls: {} },
  ]),
  { server: 'bare', key: 'RSA 2048', name: ', without session tickets', tls: noTickets },
  { server: 'bare', key: 'RSA 2048', name: ', X25519 without ML-KEM', tls: { ecdhCurve: 'X25519' } },
  { server: 'bare', key: 'RSA 2048', name: ', a client that resumes sessions', tls: {}, resumesSessions: true },
];

try {
  execFileSync('go', ['version'], { stdio: 'ignore' });
} catch {
  console.error('bench:handshakes needs Go on the path, because the API server is a Go client');
  process.exit(1);
}
const folder = await mkdtemp(join(tmpdir(), 'downlink-handshakes-'));
const client = join(folder, 'client');
await promisify(execFile)('go', ['build', '-o', client, join(import.meta.dirname, 'client.go')]);
const certificates = new Map<ServingKey, CertificateFolder>();
for (const key of servingKeys) certificates.set(key, await makeFolderWithKey(key));
const image = await imageCommand();
const [{ body }] = benchPods();
const running: { readonly variant: Variant; readonly process: ServerProcess; readonly rounds: Round[] }[] = [];
for (const variant of variants) running.push({ variant, process: await start(variant), rounds: [] });

for (const { variant, process: server } of running) await measure(variant, server, warmUpLength / 2);
for (let round = 0; round < rounds; round++) {
  for (const { variant, process: server, rounds: done } of running)
    done.push(await measure(variant, server, roundLength));
}
console.log(`Node ${process.version}, ${workers} connections at a time, median (range) of ${rounds} rounds\n`);
console.log('| Key | Server and client | Server CPU µs per connection | Client CPU µs | Resumed |');
console.log('|---|---|---|---|---|');
for (const { variant, rounds: done } of running) {
  const { key, server, name } = variant;
  const of = (figure: keyof Round) => done.map((round) => round[figure]).sort((one, other) => one - other);
  const cost = (kept: keyof Round, opened: keyof Round) => {
    const sorted = of(opened);
    const at = (index: number) => ((sorted.at(index) ?? Number.NaN) - middle(of(kept))).toFixed(0);
    return `${at(Math.floor(rounds / 2))} (${at(0)}-${at(-1)})`;
  };
  const costs = `${cost('kept', 'opened')} | ${cost('clientKept', 'clientOpened')}`;
  const subject = server === 'webhook' ? 'Downlink' : `bare \`node:https\`${name}`;
  const resumed = `${(100 * middle(of('resumed'))).toFixed(0)} %`;
  console.log(`| ${key} | ${subject} | ${costs} | ${resumed} |`);
}
for (const { process: server } of running) await server.stop();
for (const { remove } of certificates.values()) await remove();
await rm(folder, { recursive: true });

/** What a round measured: CPU time per request, in µs, on open connections and on new ones, in the server and in the client. */
interface Round {
  readonly kept: number;
  readonly opened: number;
  readonly clientKept: number;
  readonly clientOpened: number;
  /** The share of sessions that were resumed. */
  readonly resumed: number;
}

function start({ server, key, tls }: Variant): Promise<ServerProcess> {
  const { folder: made = '' } = certificates.get(key) ?? {};
  const [certFile, keyFile] = [join(made, 'tls.crt'), join(made, 'tls.key')];
  if (server === 'bare')
    return startProcess([join(import.meta.dirname, 'server.ts'), certFile, keyFile, JSON.stringify(tls)]);
  const ports = ['--port', '0', '--health-port', '0', '--bind-address', '127.0.0.1', '--shutdown-delay', '0'];
  const files = ['--tls-cert-file', certFile, '--tls-private-key-file', keyFile];
  return startProcess([...image.args, 'serve', ...ports, ...files], image);
}

/** Measures requests on open connections, and then one request on each new connection. */
async function measure(variant: Variant, server: ServerProcess, milliseconds: number): Promise<Round> {
  const kept = await load(variant, server, milliseconds / 2, true);
  const opened = await load(variant, server, milliseconds, false);
  return {
    kept: kept.cpu / kept.answers,
    opened: opened.cpu / opened.answers,
    clientKept: kept.clientCpu / kept.answers,
    clientOpened: opened.clientCpu / opened.answers,
    resumed: opened.resumed / opened.answers,
  };
}

async function load(variant: Variant, server: ServerProcess, milliseconds: number, keepsConnections: boolean) {
  const task = {
    address: `127.0.0.1:${server.port}`,
    ca: certificates.get(variant.key)?.authority.certificate,
    body,
    workers,
    milliseconds,
    keepsConnections,
    resumesSessions: variant.resumesSessions ?? false,
  };
  const before = server.cpu();
  const child = promisify(execFile)(client);
  child.child.stdin?.end(JSON.stringify(task));
  const { stdout } = await child;
  await delay(settling);
  const { answers, resumed, cpu: clientCpu } = JSON.parse(stdout) as Record<'answers' | 'resumed' | 'cpu', number>;
  return { cpu: server.cpu() - before, clientCpu, answers, resumed };
}

function middle(sorted: readonly number[]): number {
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

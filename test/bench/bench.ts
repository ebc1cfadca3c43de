/** Compares the webhook under load over TLS with the minimal servers of floor.ts. Prints Markdown tables. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bodyBounds } from '../../src/server/memory-budget.ts';
import { imageCommand } from '../support/image-entrypoint.ts';
import { makeCertificateFolder } from '../support/test-server.ts';
import { type Latencies, load, reconnect } from './load.ts';
import { type BenchPod, benchPods, podsOfContainers } from './pods.ts';
import { type ServerProcess, startProcess } from './server-process.ts';

const connections = 4;
const rounds = 9;
const roundLength = 1000; // milliseconds
const warmUpLength = 4000; // milliseconds, for the JIT compiler
const typicalReviews = 100_000;
const containerCounts = [10, 50, 100, 200];

interface Measured {
  readonly perSecond: number;
  readonly cpu: number;
  readonly p50: number;
  readonly p99: number;
}

const certificates = await makeCertificateFolder();
const ca = certificates.authority.certificate;
const certFile = join(certificates.folder, 'tls.crt');
const keyFile = join(certificates.folder, 'tls.key');
const image = await imageCommand();
const webhookArgs: string[] = [
  ...image.args,
  ...['serve', '--port', '0', '--health-port', '0', '--bind-address', '127.0.0.1'],
  ...['--tls-cert-file', certFile, '--tls-private-key-file', keyFile],
];
const floorArgs = (step: string) => [join(import.meta.dirname, 'floor.ts'), certFile, keyFile, step];

const [small, typical, large] = benchPods();
const startups: number[] = [];
for (let round = 0; round < rounds; round++) {
  const server = await startProcess(webhookArgs, image);
  startups.push(server.startup);
  await server.stop();
}

const webhook = await startProcess(webhookArgs, image);
const floor = await startProcess(floorArgs('floor'));
const residentAtStart = webhook.resident();
print(
  `\nNode ${process.version}, ${await processor()}, ${connections} connections, median of ${rounds} rounds of ${roundLength / 1000} s\n`,
);
const relative = 'Throughput relative to the floor | CPU relative to the floor';
print(`| Pod | Server | Reviews/s | p50 ms | p99 ms | CPU µs/review | ${relative} |`);
print('|---|---|---|---|---|---|---|---|');
for (const pod of [small, typical, large]) {
  const pairs = await compare(pod, rounds);
  print(`| ${labelOf(pod)} | floor | ${row(pairs.map(({ least }) => least))} | | |`);
  const throughput = spread(pairs.map(({ ours, least }) => ours.perSecond / least.perSecond));
  const cpu = spread(pairs.map(({ ours, least }) => ours.cpu / least.cpu));
  print(`| | webhook | ${row(pairs.map(({ ours }) => ours))} | ${throughput} | ${cpu} |`);
}

print(`\n| Typical pod, step by step | CPU µs/review | ${relative} |\n|---|---|---|---|`);
for (const [name, pairs] of await compareSteps(typical)) {
  const throughput = spread(pairs.map(({ ours, least }) => ours.perSecond / least.perSecond));
  const cpu = spread(pairs.map(({ ours, least }) => ours.cpu / least.cpu));
  print(`| ${name} | ${median(pairs.map(({ ours }) => ours.cpu)).toFixed(0)} | ${throughput} | ${cpu} |`);
}

print('\n| Pod | CPU µs per container | Floor | CPU relative to the floor |\n|---|---|---|---|');
for (const [index, pod] of podsOfContainers(containerCounts).entries()) {
  const pairs = await compare(pod, 3);
  const each = (of: (pair: Pair) => Measured) =>
    (median(pairs.map((pair) => of(pair).cpu)) / (containerCounts[index] ?? 1)).toFixed(1);
  const ratio = spread(pairs.map(({ ours, least }) => ours.cpu / least.cpu));
  print(`| ${labelOf(pod)} | ${each(({ ours }) => ours)} | ${each(({ least }) => least)} | ${ratio} |`);
}
const residentAfterLarge = webhook.resident();
progress(`${typicalReviews} typical reviews`);
const residents = await residentDuring(typicalReviews);
progress('new connections');
const newToFloor = (await reconnect(floor.port, ca, small.body, connections, 3000)) / 3;
const newToWebhook = (await reconnect(webhook.port, ca, small.body, connections, 3000)) / 3;

print('\n| Start and memory | |\n|---|---|');
print(`| start to ready, median of ${startups.length} (minimum to maximum) | ${spread(startups, 0)} ms |`);
print(`| resident at the start | ${mebibytes(residentAtStart)} MiB |`);
print(`| during ${typicalReviews} typical reviews, after each tenth | ${residents.map(mebibytes).join(' ')} MiB |`);
print(`| after the rounds above, with pods of up to 200 containers | ${mebibytes(residentAfterLarge)} MiB |`);
print(`| new TLS connections per second | ${newToWebhook.toFixed(0)} (floor ${newToFloor.toFixed(0)}) |`);

await webhook.stop();
await floor.stop();
await certificates.remove();

async function measure(server: ServerProcess, body: string, milliseconds = roundLength): Promise<Measured> {
  const cpuBefore = server.cpu();
  const began = performance.now();
  const latencies = await load(server.port, ca, body, connectionsFor(body), milliseconds);
  const elapsed = performance.now() - began;
  return {
    perSecond: latencies.length / (elapsed / 1000),
    cpu: (server.cpu() - cpuBefore) / latencies.length,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
  };
}

/** Returns the number of connections: a server receives only so many bytes of large bodies at the same time, and rejects others with 503. */
function connectionsFor(body: string): number {
  return body.length > bodyBounds.small
    ? Math.min(connections, Math.floor(bodyBounds.allLarge / body.length))
    : connections;
}

/** Measures the typical pod on servers that do more and more of what the webhook does, in turns. */
async function compareSteps({ name, body }: BenchPod): Promise<ReadonlyMap<string, readonly Pair[]>> {
  progress(`${name}, step by step`);
  const servers = new Map([
    ['node:https, a constant response of the same length', await startProcess(floorArgs('as-long'))],
    ['fastify, a constant response of the same length', await startProcess(floorArgs('fastify'))],
    ['node:https, the decision', await startProcess(floorArgs('decides'))],
  ]);
  for (const server of servers.values()) await measure(server, body, warmUpLength);
  const pairs = new Map<string, Pair[]>();
  for (let round = 0; round < rounds; round++) {
    const least = await measure(floor, body);
    for (const [step, server] of [...servers, ['the webhook', webhook] as const]) {
      pairs.set(step, [...(pairs.get(step) ?? []), { least, ours: await measure(server, body) }]);
    }
  }
  for (const server of servers.values()) await server.stop();
  return pairs;
}

interface Pair {
  readonly ours: Measured;
  readonly least: Measured;
}

/** Measures rounds in which the floor and the webhook take turns, after a warm-up. */
async function compare(pod: BenchPod, count: number): Promise<readonly Pair[]> {
  progress(pod.name);
  await measure(webhook, pod.body, warmUpLength);
  await measure(floor, pod.body, warmUpLength / 4);
  const pairs: Pair[] = [];
  for (let round = 0; round < count; round++) {
    pairs.push({ least: await measure(floor, pod.body), ours: await measure(webhook, pod.body) });
  }
  return pairs;
}

/** Returns the resident memory of a new server after each tenth of the reviews, in MiB. */
async function residentDuring(reviews: number): Promise<readonly number[]> {
  const fresh = await startProcess(webhookArgs, image);
  const residents: number[] = [];
  for (let sent = 0; sent < reviews; ) {
    sent += (await load(fresh.port, ca, typical.body, connections, 250)).length;
    while (residents.length < Math.min(10, Math.floor((10 * sent) / reviews))) residents.push(fresh.resident());
  }
  await fresh.stop();
  return residents;
}

function labelOf({ name, body }: BenchPod): string {
  return `${name}, ${(body.length / 1024).toFixed(0)} KiB`;
}

function mebibytes(value: number): string {
  return value.toFixed(0);
}

/** Returns the median and the range of the rounds. */
function spread(values: readonly number[], digits = 2): string {
  const [least, middle, most] = [Math.min(...values), median(values), Math.max(...values)];
  return `${middle.toFixed(digits)} (${least.toFixed(digits)}-${most.toFixed(digits)})`;
}

function row(measured: readonly Measured[]): string {
  const of = (key: keyof Measured, digits: number) => median(measured.map((one) => one[key])).toFixed(digits);
  return `${of('perSecond', 0)} | ${of('p50', 2)} | ${of('p99', 2)} | ${of('cpu', 0)}`;
}

function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

function percentile(values: Latencies, share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

async function processor(): Promise<string> {
  const model = /model name\s*: (.*)/.exec(await readFile('/proc/cpuinfo', 'utf8'))?.[1] ?? 'unknown processor';
  return model.trim();
}

function progress(what: string): void {
  if (process.stderr.isTTY) process.stderr.write(`${what} ...\n`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

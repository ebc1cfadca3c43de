/** Compares the webhook with the floor (floor.ts) under load over TLS, and prints Markdown tables. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeCertificateFolder } from '../running-server.ts';
import { type Latencies, load, reconnect } from './load.ts';
import { benchPods } from './pods.ts';
import { type ServerProcess, startProcess } from './server-process.ts';

const connections = 4;
const rounds = 5;
const roundLength = 1500; // milliseconds
const typicalReviews = 20_000;
const root = join(import.meta.dirname, '../..');

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
const [, ...imageArgs] = JSON.parse(
  /^ENTRYPOINT (.*)$/m.exec(await readFile(join(root, 'Dockerfile'), 'utf8'))?.[1] ?? '[]',
);
const webhookArgs: string[] = [
  ...imageArgs.map((argument: string) => (argument.endsWith('.js') ? join(root, argument) : argument)),
  ...['serve', '--port', '0', '--health-port', '0', '--bind-address', '127.0.0.1'],
  ...['--tls-cert-file', certFile, '--tls-private-key-file', keyFile],
];
const floorArgs = [join(import.meta.dirname, 'floor.ts'), certFile, keyFile];

const startups: number[] = [];
for (let round = 0; round < rounds; round++) {
  const server = await startProcess(webhookArgs);
  startups.push(server.startup);
  await server.stop();
}

const webhook = await startProcess(webhookArgs);
const floor = await startProcess(floorArgs);
const residentAtStart = webhook.resident();
print(
  `\nNode ${process.version}, ${await processor()}, ${connections} connections, median of ${rounds} rounds of ${roundLength / 1000} s\n`,
);
print('| pod | | reviews/s | p50 ms | p99 ms | CPU us/review | of the floor: throughput | CPU |');
print('|---|---|---|---|---|---|---|---|');
let residentAfterTypical = 0;
for (const pod of benchPods()) {
  progress(pod.name);
  await measure(webhook, pod.body, roundLength / 2);
  await measure(floor, pod.body, roundLength / 2);
  const pairs: { ours: Measured; least: Measured }[] = [];
  for (let round = 0; round < rounds; round++) {
    pairs.push({ least: await measure(floor, pod.body), ours: await measure(webhook, pod.body) });
  }
  const label = `${pod.name}, ${(pod.body.length / 1024).toFixed(0)} KiB`;
  const throughput = median(pairs.map(({ ours, least }) => ours.perSecond / least.perSecond));
  const cpu = median(pairs.map(({ ours, least }) => ours.cpu / least.cpu));
  print(`| ${label} | floor | ${row(pairs.map(({ least }) => least))} | | |`);
  print(`| | webhook | ${row(pairs.map(({ ours }) => ours))} | ${throughput.toFixed(2)} | ${cpu.toFixed(2)} |`);
  if (pod.name === 'typical') residentAfterTypical = await residentAfter(typicalReviews, pod.body);
}
const residentAfterLarge = webhook.resident();
progress('new connections');
const [small] = benchPods();
const newToFloor = (await reconnect(floor.port, ca, small?.body ?? '', connections, 3000)) / 3;
const newToWebhook = (await reconnect(webhook.port, ca, small?.body ?? '', connections, 3000)) / 3;

print('\n| | |\n|---|---|');
print(`| start to ready | ${median(startups).toFixed(0)} ms |`);
print(`| resident at start | ${residentAtStart.toFixed(0)} MiB |`);
print(`| after ${typicalReviews} typical reviews | ${residentAfterTypical.toFixed(0)} MiB |`);
print(`| after the large ones | ${residentAfterLarge.toFixed(0)} MiB |`);
print(`| new TLS connections a second | ${newToWebhook.toFixed(0)} (floor ${newToFloor.toFixed(0)}) |`);

await webhook.stop();
await floor.stop();
await certificates.remove();

async function measure(server: ServerProcess, body: string, milliseconds = roundLength): Promise<Measured> {
  const cpuBefore = server.cpu();
  const began = performance.now();
  const latencies = await load(server.port, ca, body, connections, milliseconds);
  const elapsed = performance.now() - began;
  return {
    perSecond: latencies.length / (elapsed / 1000),
    cpu: (server.cpu() - cpuBefore) / latencies.length,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
  };
}

async function residentAfter(reviews: number, body: string): Promise<number> {
  for (let sent = 0; sent < reviews; ) sent += (await load(webhook.port, ca, body, connections, 500)).length;
  return webhook.resident();
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

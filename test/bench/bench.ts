/**
 * Compares the webhook under load over TLS with the minimal servers of floor.ts, and on request with webhooks that are made
 * with other libraries. Prints Markdown tables.
 *
 *   --peers            also measures these webhooks, which are built or installed in the cache folder
 *   --rounds N         rounds for each pod, by default 9
 *   --sections LIST    of pods, steps, containers, memory; by default all
 *   --chart FILE       writes a bar chart of the pods, as SVG
 *   --write-docs       writes the table and the chart of the pods into docs
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { imageCommand } from '../support/image-entrypoint.ts';
import { makeCertificateFolder } from '../support/test-server.ts';
import { barChart } from './chart.ts';
import { load, reconnect } from './load.ts';
import { type BenchServer, connections, inTurns, progress, roundLength } from './measure.ts';
import { parseBenchOptions } from './options.ts';
import { checkAnswers, type Peers, startPeers } from './peers/peers.ts';
import { writePeersSection } from './performance-page.ts';
import { benchPods, podsOfContainers } from './pods.ts';
import { startProcess } from './server-process.ts';
import { spread } from './statistics.ts';
import { comparisonTable, containersTable, downlinkName, floorName, serversTable, stepsTable } from './tables.ts';

const typicalReviews = 100_000;
const containerCounts = [10, 50, 100, 200];

const options = parseBenchOptions(process.argv.slice(2));
const { rounds } = options;
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
const pods = benchPods();
const [small, typical] = pods;
const running: BenchServer[] = [];
try {
  await run();
} finally {
  for (const server of running) await server.process.stop();
  await certificates.remove();
}

async function run(): Promise<void> {
  const startups = options.sections.includes('memory') ? await startupTimes() : [];
  const webhook = await startWebhook();
  const floor = await startFloor(floorName, 'floor');
  const residentAtStart = webhook.process.resident();
  const conditions = `Node ${process.version}, ${await processor()}, ${connections} connections, median of ${rounds} rounds of ${roundLength / 1000} s`;
  print(['', conditions, '']);
  if (options.sections.includes('pods')) await comparePods(floor, webhook, conditions);
  if (options.sections.includes('steps')) await compareSteps(floor, webhook);
  if (options.sections.includes('containers')) await compareContainers(floor, webhook);
  if (options.sections.includes('memory')) {
    const residentAfterLarge = webhook.process.resident();
    progress(`${typicalReviews} typical reviews`);
    const residents = await residentDuring(typicalReviews);
    progress('new connections');
    const perSecond = async ({ endpoint }: BenchServer) =>
      ((await reconnect(endpoint, small.body, connections, 3000)) / 3).toFixed(0);
    const newToFloor = await perSecond(floor);
    const newToWebhook = await perSecond(webhook);
    print(['', '| Start and memory | |', '|---|---|']);
    print([
      `| start to ready, median of ${startups.length} (minimum to maximum) | ${spread(startups, 0)} ms |`,
      `| resident at the start | ${residentAtStart.toFixed(0)} MiB |`,
      `| during ${typicalReviews} typical reviews, after each tenth | ${residents.join(' ')} MiB |`,
      `| after the rounds above, with pods of up to 200 containers | ${residentAfterLarge.toFixed(0)} MiB |`,
      `| new TLS connections per second | ${newToWebhook} (floor ${newToFloor}) |`,
    ]);
  }
}

/** Compares the webhook with the floor and, on request, with its peers, whose answers are checked before and after. */
async function comparePods(floor: BenchServer, webhook: BenchServer, conditions: string): Promise<void> {
  const peers: Peers = options.peers ? await startPeers(webhook, typical, certificates) : { servers: [], missing: [] };
  running.push(...peers.servers);
  if (options.writeDocs && peers.missing.length > 0) throw new Error(peers.missing.join(' '));
  await checkAnswers(webhook, peers.servers, pods);
  const results = [];
  for (const pod of pods) {
    results.push({ pod, rounds: await inTurns([floor, webhook, ...peers.servers], pod, rounds) });
  }
  await checkAnswers(webhook, peers.servers, pods);
  const tables = [...serversTable(results)];
  if (peers.servers.length > 0) {
    const names = peers.servers.map(({ name }) => name);
    tables.push('', ...comparisonTable(results, downlinkName, names));
  }
  print([...tables, ...peers.missing.flatMap((sentence) => ['', sentence])]);
  const chart = barChart(results);
  if (options.chart !== undefined) await writeFile(options.chart, chart);
  if (options.writeDocs) await writePeersSection([conditions, '', ...tables], chart);
}

/** Measures the typical pod on servers that do more and more of what the webhook does. */
async function compareSteps(floor: BenchServer, webhook: BenchServer): Promise<void> {
  const steps = [
    await startFloor('node:https, a constant response of the same length', 'as-long'),
    await startFloor('fastify, a constant response of the same length', 'fastify'),
    await startFloor('node:https, the decision', 'decides'),
    await startFloor('node:https, the decision twice', 'twice'),
  ];
  const measured = await inTurns([floor, ...steps, webhook], typical, rounds);
  print(['', ...stepsTable(typical, measured)]);
}

async function compareContainers(floor: BenchServer, webhook: BenchServer): Promise<void> {
  const results = [];
  for (const [index, pod] of podsOfContainers(containerCounts).entries()) {
    const measured = await inTurns([floor, webhook], pod, Math.min(3, rounds));
    results.push({ pod, rounds: measured, containers: containerCounts[index] ?? Number.NaN });
  }
  print(['', ...containersTable(results)]);
}

function startWebhook(): Promise<BenchServer> {
  return start(downlinkName, webhookArgs, image.env);
}

function startFloor(name: string, step: string): Promise<BenchServer> {
  return start(name, [join(import.meta.dirname, 'floor.ts'), certFile, keyFile, step]);
}

async function start(
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<BenchServer> {
  const started = await startProcess(args, { env });
  const server = { name, process: started, endpoint: { port: started.port, path: '/mutate', ca } };
  running.push(server);
  return server;
}

/** Returns how many milliseconds each start takes. */
async function startupTimes(): Promise<readonly number[]> {
  const startups: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const { process: started } = await startWebhook();
    startups.push(started.startup);
    await started.stop();
  }
  return startups;
}

/** Returns the resident memory of a new server after each tenth of the reviews, in MiB. */
async function residentDuring(reviews: number): Promise<readonly string[]> {
  const { process: fresh, endpoint } = await startWebhook();
  const residents: string[] = [];
  for (let sent = 0; sent < reviews; ) {
    sent += (await load(endpoint, typical.body, connections, 250)).length;
    while (residents.length < Math.min(10, Math.floor((10 * sent) / reviews))) {
      residents.push(fresh.resident().toFixed(0));
    }
  }
  await fresh.stop();
  return residents;
}

async function processor(): Promise<string> {
  const model = /model name\s*: (.*)/.exec(await readFile('/proc/cpuinfo', 'utf8'))?.[1] ?? 'unknown processor';
  return model.trim();
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

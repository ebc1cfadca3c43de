/**
 * Runs the built server under mixed load, while certificates are renewed and replicas restarted. Prints Markdown.
 *
 *   npm run soak                   ten minutes
 *   npm run soak -- --minutes 60   an hour
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startBalancer } from '../cluster/faults/balancer.ts';
import { count, type Tally, table } from '../fuzz/tally.ts';
import { eventually } from '../support/eventually.ts';
import { type Results, runClient, type Service } from './load.ts';
import { type Replica, startObserved, startReplica } from './replica.ts';
import { mountSecret } from './secret-volume.ts';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } });
const minutes = Number(values.minutes);
if (!(minutes > 0)) throw new Error('--minutes must be a number greater than 0');
const renewalPeriod = 20_000; // milliseconds
const restartPeriod = 45_000; // milliseconds
const drain = '2'; // seconds: the balancer checks readiness every second

const secret = await mountSecret();
const common = ['--port', '0', '--health-port', '0', '--bind-address', '127.0.0.1', '--kubernetes-version', '1.36'];
const files = [...common, '--tls-cert-file', secret.certFile, '--tls-private-key-file', secret.keyFile];
const startShort = () => startReplica([...files, '--shutdown-delay', drain]);

const steady = await startReplica(files);
let restarted = await startShort();
const balancer = await startBalancer();
balancer.add(steady);
balancer.add(restarted);
const warning = await startReplica([...files, '--on-invalid', 'warn', '--client-ca-file', secret.caFile]);
const selfSigned = await startSelfSigned();
await readyReplicas(2);

const services: readonly Service[] = [
  { name: 'two replicas', port: balancer.port, ca: () => secret.ca, onInvalid: 'deny' },
  { name: 'warn, client CA', port: warning.port, ca: () => secret.ca, identity: secret.identity, onInvalid: 'warn' },
  { name: 'self-signed', port: selfSigned.port, ca: selfSigned.ca, onInvalid: 'deny' },
];
const watched = { steady, warning, selfSigned };
const results: Results = { requests: 0, connections: 0, answers: {}, failures: {}, certificates: new Map() };
const events: Tally = {};
const complaints: string[] = [];
const ending = new AbortController();
const until = ending.signal;

const running = [
  ...services.flatMap((service, index) => [
    ...Array.from({ length: index === 0 ? 6 : 2 }, () => runClient(service, 100, true, results, until)),
    runClient(service, 10_000, true, results, until), // idle for longer than a replica takes to drain
    runClient(service, index === 0 ? 250 : 1000, false, results, until),
  ]),
  every(renewalPeriod, async () => {
    await secret.renew();
    count(events, 'certificates renewed in the volume');
  }),
  every(restartPeriod, restart),
];

print(`${minutes} minutes on Node ${process.version}\n`);
print(
  '| Minute | Requests | Failures | New connections | Certificates seen | Resident MiB | Event loop p99, max ms | Sockets |',
);
print('|---|---|---|---|---|---|---|---|');
await printMinute(0);
for (let minute = 1; minute <= Math.ceil(minutes); minute++) {
  await delay(60_000 * Math.min(1, minutes - minute + 1));
  await printMinute(minute);
}
ending.abort();
await Promise.all(running);
await delay(3000); // for the server to close the connections that clients have closed
print('\nThree seconds after the last client has disconnected:\n');
print('| server | open resources |\n|---|---|');
for (const [name, replica] of Object.entries(watched)) {
  const { resources } = await replica.observe();
  const shown = Object.entries(resources).map(([kind, number]) => `${number} ${kind}`);
  print(`| ${name} | ${shown.join(', ')} |`);
}
for (const replica of [steady, restarted, warning, selfSigned]) await end(replica);
await balancer.stop();
await secret.remove();
const failures = Object.values(results.failures).reduce((sum, times) => sum + times, 0);
print(`\n${table('answer', results.answers)}\n`);
print(`${table('event', events)}\n`);
if (failures > 0) print(`${table('FAILURE', results.failures)}\n`);
if (complaints.length > 0) print(`Warnings and errors in the logs of the servers:\n${complaints.join('\n')}`);
print(`${results.requests} requests, ${failures} failures`);
process.exitCode = failures > 0 || complaints.length > 0 ? 1 : 0;

async function printMinute(minute: number): Promise<void> {
  const observed = await Promise.all(Object.values(watched).map((replica) => replica.observe()));
  const of = (show: (one: (typeof observed)[number]) => string) => observed.map(show).join(' / ');
  const seen = services.map(({ name }) => results.certificates.get(name)?.size ?? 0).join(' / ');
  const failed = Object.values(results.failures).reduce((sum, times) => sum + times, 0);
  const sockets = of(({ resources }) => String(resources['TCPSocketWrap'] ?? 0));
  const delays = of(({ delay: { p99, max } }) => `${p99.toFixed(0)}, ${max.toFixed(0)}`);
  const resident = of((one) => one.resident.toFixed(0));
  print(
    `| ${minute} | ${results.requests} | ${failed} | ${results.connections} | ${seen} | ${resident} | ${delays} | ${sockets} |`,
  );
}

async function readyReplicas(count: number): Promise<void> {
  await eventually(() => assert.ok(balancer.ready() >= count, `fewer than ${count} replicas are ready`));
}

/** Replaces a replica as a Deployment does: the new one is ready before the old one stops. */
async function restart(): Promise<void> {
  const old = restarted;
  restarted = await startShort();
  balancer.add(restarted);
  await readyReplicas(3);
  await end(old);
  balancer.remove(old);
}

async function end(replica: Replica): Promise<void> {
  const code = await replica.stop();
  count(events, `replicas that exited with ${code} on SIGTERM`);
  if (code !== 0) count(results.failures, `a replica exited with ${code}`);
  complaints.push(...replica.complaints);
}

async function every(period: number, act: () => Promise<void>): Promise<void> {
  for (;;) {
    await delay(period, undefined, { signal: until }).catch(() => {});
    if (until.aborted) return;
    await act();
  }
}

async function startSelfSigned(): Promise<Replica & { readonly ca: () => Promise<string> }> {
  const replica = await startObserved([join(import.meta.dirname, 'self-signed.ts')]);
  return { ...replica, ca: async () => Buffer.from(await replica.ask<string>('caBundle'), 'base64').toString() };
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/**
 * Runs almost valid reviews, annotation values, bodies, requests and handshakes.
 *
 *   npm run fuzz                         200,000 cases from a fixed seed, as in CI
 *   npm run fuzz -- --seed 7             another seed
 *   npm run fuzz -- --cases 1000000      more cases
 *   npm run fuzz -- --minutes 60         one seed after another, for an hour
 */
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { startProcess } from '../bench/server-process.ts';
import { makeCertificateFolder } from '../support/test-server.ts';
import { recordHello, type Target } from './connection.ts';
import { runConnections } from './connections.ts';
import { type FoundCase, saveFound } from './found.ts';
import { type MemoryReport, runMemory } from './memory.ts';
import { runPosted, served } from './posted.ts';
import { runPure } from './pure.ts';
import { unreached } from './reached.ts';
import { addTo, count, type Tally, table } from './tally.ts';
import { runWork } from './work.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '20261125' },
    cases: { type: 'string', default: '200000' },
    minutes: { type: 'string', default: '0' },
  },
});
const [first, cases, minutes] = [Number(values.seed), Number(values.cases), Number(values.minutes)];
if (![first, cases, minutes].every((value) => Number.isFinite(value) && value >= 0)) {
  throw new Error('--seed, --cases and --minutes must be numbers');
}
const enoughToReachAll = 200_000; // cases: the default
const requestTimeouts = { patient: 30_000, impatient: 4000 }; // milliseconds

const root = join(import.meta.dirname, '../..');
const certificates = await makeCertificateFolder();
const file = (name: string) => join(certificates.folder, name);
const startServer = (timeout: number) =>
  startProcess([
    join(import.meta.dirname, 'server-process.ts'),
    ...[file('tls.crt'), file('tls.key'), String(timeout), `1.${served.minor}`],
  ]);
const patient = await startServer(requestTimeouts.patient);
const impatient = await startServer(requestTimeouts.impatient);
const hello = await recordHello();
const targetOf = ({ port }: { port: number }, requestTimeout: number): Target => ({
  port,
  ca: certificates.authority.certificate,
  hello,
  requestTimeout,
});
const began = performance.now();
const elapsed = () => (performance.now() - began) / 1000;
const totals: Record<'outcomes' | 'findings' | 'work' | 'posted' | 'connections' | 'heavy', Tally> = {
  heavy: {},
  outcomes: {},
  findings: {},
  work: {},
  posted: {},
  connections: {},
};
let total = 0;
let seed = first;
let found: FoundCase | undefined;
let memory: MemoryReport | undefined;
const isBroken = () => found !== undefined || memory?.failure !== undefined;
try {
  await round();
  while (!isBroken() && elapsed() < minutes * 60) {
    seed++;
    await round();
  }
} finally {
  await patient.stop();
  await impatient.stop();
  await certificates.remove();
}

print(table('reviews through parser and pure function', totals.outcomes));
print(table('errors and warnings in them', totals.findings));
print(table('reviews whose work was measured, at twice the size', totals.work));
print(table('reviews over kept-alive connections', totals.posted));
print(table('answers over connections that go wrong', totals.connections));
print(table('answers to heavy bodies', totals.heavy));
if (memory !== undefined) print(`Under attack ${memory.memory}.`);
print(
  `${total} cases, seed ${first}${seed > first ? ` to ${seed}` : ''}, ${elapsed().toFixed(0)} s, ${(total / elapsed()).toFixed(0)} cases/s, ${cpuSeconds().toFixed(0)} s of CPU`,
);
const missed = total < enoughToReachAll || isBroken() ? [] : unreached(totals);
if (missed.length > 0) print(`Not reached, which is a fault of the generator: ${missed.join(', ')}`);
if (found !== undefined) await report(found);
if (memory?.failure !== undefined) print(`A property does not hold after ${memory.failure}`);
process.exit(isBroken() || missed.length > 0 ? 1 : 0); // a failure can leave connections open

/**
 * Runs one seed: most cases through the pure function, some ten thousand over TLS, some thousand broken connections, and
 * some hundred enlarged to measure their work. Then attacks the memory of a server.
 */
async function round(): Promise<void> {
  print(`seed ${seed}`);
  const [pure, work, posted, connections] = await Promise.all([
    runPure(seed, Math.round(cases * 0.859)),
    runWork(seed, Math.round(cases * 0.001)),
    runPosted(targetOf(patient, requestTimeouts.patient), seed, Math.round(cases * 0.12)),
    runConnections(targetOf(impatient, requestTimeouts.impatient), seed, Math.round(cases * 0.02)),
  ]);
  addTo(totals.outcomes, pure.outcomes);
  addTo(totals.findings, pure.findings);
  count(totals.work, 'larger', work.measured);
  count(totals.work, 'with nothing that grows', work.cases - work.measured);
  addTo(totals.posted, posted.outcomes);
  addTo(totals.connections, connections.outcomes);
  total += pure.cases + work.cases + posted.cases + connections.cases;
  found = pure.found ?? work.found ?? posted.found ?? connections.found;
  if (found !== undefined) return;
  memory = await runMemory(certificates, seed, Math.round(cases * 0.0003));
  addTo(totals.heavy, memory.outcomes);
  total += memory.cases;
}

/** Returns the CPU time of all threads of this process. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

async function report(failure: FoundCase): Promise<void> {
  const path = relative(root, await saveFound(failure));
  const file = failure.kind === 'work' ? 'test/work/found-work.test.ts' : 'test/fuzz/found.test.ts';
  print(`A property does not hold: ${failure.why}\n`);
  print(`The case is in ${path}. To run it: npm run test:one ${file}`);
  print(`To run all cases again: npm run fuzz -- --seed ${seed} --cases ${cases}\n`);
  print((await readFile(join(root, path), 'utf8')).slice(0, 8000));
}

function print(text: string): void {
  process.stdout.write(`${text}\n${text.startsWith('|') ? '\n' : ''}`);
}

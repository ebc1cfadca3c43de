/**
 * `npm run bench:overload` posts many large reviews at once to the built server, with the flags of the image and, if a cgroup
 * can be created, in the memory of its container. Meanwhile, another client posts small reviews. Prints a Markdown table.
 */
import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { imageCommand } from '../../support/image-entrypoint.ts';
import { reviewsOfMaximumLength, smallReview } from '../../support/large-reviews.ts';
import { makeMemoryGroup } from '../../support/memory-cgroup.ts';
import { makeCertificateFolder } from '../../support/test-server.ts';
import { connectWebhook } from '../../support/webhook-client.ts';
import { podsOfContainers } from '../pods.ts';
import { startProcess } from '../server-process.ts';

const mebibyte = 1024 * 1024;
const containerMemory = 256 * mebibyte; // the memory limit in the chart
const maxLength = 7 * mebibyte;

const [ordinary, long] = podsOfContainers([85, 1950]).map(({ body }) => body);
const tooMany = `[${'{},'.repeat(maxLength / 3 - 1)}{}]`;
const bursts: readonly { readonly name: string; readonly count: number; readonly body: string }[] = [
  { name: 'a pod with 85 containers', count: 8, body: ordinary ?? '' },
  { name: 'a pod with 85 containers', count: 32, body: ordinary ?? '' },
  { name: 'a pod with 1,950 containers', count: 32, body: long ?? '' },
  ...Object.entries(reviewsOfMaximumLength).map(([name, body]) => ({ name, count: 32, body })),
  { name: 'more maps than are accepted', count: 32, body: tooMany },
];

const certificates = await makeCertificateFolder();
const ca = certificates.authority.certificate;
const group = makeMemoryGroup(containerMemory);
const { args, env } = await imageCommand();
const file = (name: string) => join(certificates.folder, name);
const server = await startProcess(
  [
    ...[...args, 'serve', '--port=0', '--health-port=0', '--bind-address=127.0.0.1', '--shutdown-delay=0'],
    ...[`--tls-cert-file=${file('tls.crt')}`, `--tls-private-key-file=${file('tls.key')}`],
  ],
  { env, ...('unavailable' in group ? {} : { launcher: group.launcher }) },
);
const peak = () => ('unavailable' in group ? 'no cgroup' : (group.peak() / mebibyte).toFixed(0));

console.log(
  `Node ${process.version}, ${'unavailable' in group ? 'without a memory limit' : 'in a cgroup of 256 MiB'}\n`,
);
console.log(
  '| Reviews at once | Size of each | 200 | 413 | 503 | Last answer ms | Small reviews: p50, max ms | Peak so far MiB |',
);
console.log('|---|---|---|---|---|---|---|---|');
for (const { name, count, body } of bursts) {
  const { codes, elapsed, small } = await burst(body, count);
  const size =
    body.length > mebibyte ? `${(body.length / mebibyte).toFixed(1)} MiB` : `${(body.length / 1024).toFixed(0)} KiB`;
  const [answered, tooLarge, refused] = [200, 413, 503].map((code) => codes.filter((one) => one === code).length);
  const others = count - (answered ?? 0) - (tooLarge ?? 0) - (refused ?? 0);
  if (others + small.failed > 0) throw new Error(`${name}: ${others} and ${small.failed} other answers`);
  const sorted = [...small.latencies].sort((one, other) => one - other);
  const waits = `${sorted[Math.floor(sorted.length / 2)]?.toFixed(0)}, ${sorted.at(-1)?.toFixed(0)}`;
  console.log(
    `| ${count} × ${name} | ${size} | ${answered} | ${tooLarge} | ${refused} | ${elapsed.toFixed(0)} | ${waits} | ${peak()} |`,
  );
}
await server.stop();
if (!('unavailable' in group)) await group.remove();
await certificates.remove();

async function burst(text: string, count: number) {
  const body = Buffer.from(text);
  const thread = new Worker(new URL('small-reviews.ts', import.meta.url), { workerData: { port: server.port, ca } });
  await once(thread, 'message');
  const clients = Array.from({ length: count }, () => connectWebhook(server.port, ca));
  for (const { post } of clients) await post(smallReview);
  const began = performance.now();
  const codes = await Promise.all(clients.map(async ({ post }) => (await post(body)).status));
  const elapsed = performance.now() - began;
  thread.postMessage('stop');
  const [small] = (await once(thread, 'message')) as [
    { readonly latencies: readonly number[]; readonly failed: number },
  ];
  for (const client of clients) client.close();
  return { codes, elapsed, small };
}

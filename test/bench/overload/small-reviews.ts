/** A thread that posts small reviews, one after another, until it gets a message. Then it reports how long each took. */
import { setTimeout as delay } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { smallReview } from '../../support/large-reviews.ts';
import { connectWebhook } from '../../support/webhook-client.ts';

const pause = 5; // milliseconds between two reviews
const { port, ca } = workerData as { readonly port: number; readonly ca: string };
const client = connectWebhook(port, ca);
const latencies: number[] = [];
let failed = 0;
let isAsking = true;
parentPort?.once('message', () => {
  isAsking = false;
});
await client.post(smallReview);
parentPort?.postMessage('ready');
while (isAsking) {
  const began = performance.now();
  const { status } = await client.post(smallReview);
  latencies.push(performance.now() - began);
  if (status !== 200) failed++;
  await delay(pause);
}
client.close();
parentPort?.postMessage({ latencies, failed });

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { reviewOf } from '../support/admission-review.ts';
import { connectWebhook } from '../support/webhook-client.ts';
import { checkResponse } from './check-review.ts';
import { runConnection, type Target, within } from './connection.ts';
import { type ConnectionCase, connectionCase } from './connection-cases.ts';
import type { SocketReport } from './posted.ts';
import { count, type Tally } from './tally.ts';

const parallel = 96;
const batchSize = 500;

/** Opens connections that go wrong, and checks after each batch that the server answers reviews over old and new connections. */
export async function runConnections(target: Target, seed: number, cases: number): Promise<SocketReport> {
  const outcomes: Tally = {};
  const kept = connectWebhook(target.port, target.ca);
  const all = fc.sample(connectionCase, { numRuns: cases, seed });
  let done = 0;
  let failure: { readonly connection: ConnectionCase; readonly why: string } | undefined;
  while (done < all.length && failure === undefined) {
    const batch = all.slice(done, done + batchSize);
    const queue = batch.values();
    const runQueue = async () => {
      for (const connection of queue) {
        try {
          for (const outcome of await runConnection(target, connection)) count(outcomes, outcome);
        } catch (error) {
          const why = messageOf(error);
          if (await failsAgain(target, connection)) failure ??= { connection, why };
          else count(outcomes, `failed once, not repeatedly: ${why.split('\n', 1)[0]}`);
        }
        if (failure !== undefined) return;
      }
    };
    await Promise.all(Array.from({ length: parallel }, runQueue));
    done += batch.length;
    const stillServes = async () => {
      const fresh = connectWebhook(target.port, target.ca);
      for (const client of [kept, fresh]) await answersWell(client.post, `after-${done}`);
      fresh.close();
    };
    await within(stillServes(), 'the server does not answer').catch((error) => {
      const last = batch.at(-1);
      if (last) failure ??= { connection: last, why: `after a batch that ends with this case: ${messageOf(error)}` };
    });
  }
  kept.close();
  return { cases: done, outcomes, found: failure && { kind: 'connection', ...failure } };
}

/** Repeats a failed case: on a busy machine, server or client can be late, but a defect fails every time. */
async function failsAgain(target: Target, connection: ConnectionCase): Promise<boolean> {
  for (let round = 0; round < 3; round++) {
    const fails = await runConnection(target, connection).then(
      () => false,
      () => true,
    );
    if (!fails) return false;
  }
  return true;
}

async function answersWell(post: (body: string) => Promise<{ status: number; body: string }>, uid: string) {
  const pod = { metadata: { annotations: { 'downlink.dev/env': 'pod' } }, spec: { containers: [{ name: 'main' }] } };
  const { status, body } = await post(JSON.stringify(reviewOf(pod, 'default', { uid })));
  assert.equal(status, 200);
  assert.ok(checkResponse(body, uid).patch !== undefined);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { formatReview } from '../../src/admission/admission-response.ts';
import { mutate } from '../../src/admission/mutate-pod.ts';
import { bodyBounds, bodyLimit, responseBounds } from '../../src/server/memory-budget.ts';
import { podsOfContainers } from '../bench/pods.ts';
import { type ServerProcess, startProcess } from '../bench/server-process.ts';
import { defaultOptions } from '../golden/default-options.ts';
import { imageCommand } from '../support/image-entrypoint.ts';
import { reviewsOfMaximumLength, smallReview } from '../support/large-reviews.ts';
import { type MemoryGroup, makeMemoryGroup } from '../support/memory-cgroup.ts';
import { type CertificateFolder, makeCertificateFolder } from '../support/test-server.ts';
import { connectWebhook, type WebhookAnswer } from '../support/webhook-client.ts';
import { scrape } from './scrape.ts';

// More large reviews at once than a server with the image's flags has memory for, in a cgroup of 256 MiB if one can be created.

const main = join(import.meta.dirname, '../../src/main.ts');
const containerMemory = 256 * 1024 * 1024; // bytes, the memory limit in the chart
const atOnce = 32;

let certificates: CertificateFolder;
let group: MemoryGroup | undefined;
let server: ServerProcess;

before(async () => {
  certificates = await makeCertificateFolder();
  const made = makeMemoryGroup(containerMemory);
  group = 'unavailable' in made ? undefined : made;
  const { args, env } = await imageCommand();
  const flags = args.filter((argument) => argument.startsWith('--'));
  const file = (name: string) => join(certificates.folder, name);
  server = await startProcess(
    [
      ...[...flags, main, 'serve', '--port=0', '--health-port=0', '--bind-address=127.0.0.1', '--shutdown-delay=0'],
      ...[`--tls-cert-file=${file('tls.crt')}`, `--tls-private-key-file=${file('tls.key')}`],
    ],
    { env, ...(group && { launcher: group.launcher }) },
  );
});
after(async () => {
  await server.stop();
  await group?.remove();
  await certificates.remove();
});

function expectedAnswer(body: string): string {
  const mutation = mutate(JSON.parse(body), { ...defaultOptions, onInvalid: 'deny' });
  assert.equal(mutation.kind, 'reviewed');
  return formatReview(mutation.response);
}

/** Posts a body that many times at once, each time on a connection of its own. */
async function postAtOnce(body: Buffer, count: number): Promise<readonly WebhookAnswer[]> {
  const clients = Array.from({ length: count }, () => connectWebhook(server.port, certificates.authority.certificate));
  await Promise.all(clients.map(({ post }) => post(smallReview)));
  const answers = await Promise.all(clients.map(({ post }) => post(body)));
  for (const client of clients) client.close();
  return answers;
}

/** Posts small reviews, one after another, until `work` is done. Returns its result. */
async function besideSmallReviews<T>(work: Promise<T>): Promise<T> {
  const client = connectWebhook(server.port, certificates.authority.certificate);
  const expected = expectedAnswer(smallReview);
  const progress = { isDone: false };
  const done = work.finally(() => {
    progress.isDone = true;
  });
  let answered = 0;
  while (!progress.isDone || answered === 0) {
    const { status, body } = await client.post(smallReview);
    assert.equal(status, 200);
    assert.equal(body, expected);
    answered++;
  }
  client.close();
  return done;
}

const refusals = async () =>
  (await scrape(server.healthPort)).samples.get('downlink_bodies_refused_total{reason="no-room"}') ?? 0;

function survived() {
  assert.equal(server.ended(), undefined);
  assert.equal(group?.killed() ?? 0, 0, 'the kernel killed the server');
}

describe(`${atOnce} bodies of 7 MiB at once`, () => {
  for (const [content, body] of Object.entries(reviewsOfMaximumLength)) {
    test(`get the right answer or 503, and small reviews are answered: ${content}`, async () => {
      const bytes = Buffer.from(body);
      assert.ok(bytes.length > 6_500_000 && bytes.length <= bodyLimit, `${bytes.length} bytes`);
      const refusedBefore = await refusals();
      const answers = await besideSmallReviews(postAtOnce(bytes, atOnce));
      survived();
      const [accepted, refused] = [200, 503].map((code) => answers.filter(({ status }) => status === code));
      assert.equal((accepted?.length ?? 0) + (refused?.length ?? 0), atOnce);
      const expected = expectedAnswer(body);
      assert.ok(accepted?.length, 'none was answered');
      for (const answer of accepted)
        assert.ok(answer.body === expected, `a wrong answer: ${answer.body.slice(0, 300)}`);
      assert.ok(refused?.length, 'none was refused');
      for (const { headers } of refused) assert.equal(headers['retry-after'], '1');
      assert.equal((await refusals()) - refusedBefore, refused.length);
    });
  }
});

test('afterwards, as many ordinary large reviews at once as the memory holds are all answered', async () => {
  const [pod] = podsOfContainers([85]);
  assert.ok(pod && pod.body.length > bodyBounds.small);
  const { body } = pod;
  const expected = expectedAnswer(body);
  const count = Math.floor(bodyBounds.allLarge / body.length);
  assert.ok(count * expected.length < responseBounds.allLong, 'the responses need room, too');
  const answers = await besideSmallReviews(postAtOnce(Buffer.from(body), count));
  survived();
  for (const answer of answers) {
    assert.equal(answer.status, 200);
    assert.ok(answer.body === expected);
  }
});

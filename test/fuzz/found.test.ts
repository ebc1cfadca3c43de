import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type CertificateFolder, makeCertificateFolder, startTestServer } from '../support/test-server.ts';
import { checkReview } from './check-review.ts';
import { recordHello, runConnection } from './connection.ts';
import { type FoundCase, loadFound, reviewOfFound } from './found.ts';

const requestTimeout = 500; // milliseconds
/** test/work/found-work.test.ts counts the work of the others. */
const all = (await loadFound()).flatMap(({ name, found }) => (found.kind === 'work' ? [] : [{ name, found }]));

describe('what fuzzing found stays fixed', { concurrency: true }, () => {
  for (const { name, found } of all) {
    test(name.replaceAll('-', ' '), () => {
      switch (found.kind) {
        case 'review':
          return void checkReview(reviewOfFound(found));
        case 'connection':
          return again(found);
        default:
          return found satisfies never;
      }
    });
  }
});

async function again({ connection }: Extract<FoundCase, { kind: 'connection' }>): Promise<void> {
  const certificates: CertificateFolder = await makeCertificateFolder();
  const server = await startTestServer(certificates, { kubernetesVersion: '1.36' }, { request: requestTimeout });
  try {
    const ca = certificates.authority.certificate;
    const target = { port: server.port, ca, hello: await recordHello(), requestTimeout };
    const outcome = await runConnection(target, connection);
    assert.ok(outcome.length > 0, join(...outcome));
  } finally {
    await server.stop(0);
    await certificates.remove();
  }
}

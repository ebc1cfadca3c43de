import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type CertificateFolder, makeCertificateFolder, startTestServer } from '../running-server.ts';
import { checkReview } from './check-review.ts';
import { checkWork } from './check-work.ts';
import { recordHello, requestTimeout, runConnection } from './connection.ts';
import { type FoundCase, loadFound, reviewOfFound } from './found.ts';

const all = await loadFound();

describe('what fuzzing found stays mended', () => {
  for (const { name, found } of all) {
    test(name.replaceAll('-', ' '), () => {
      switch (found.kind) {
        case 'review':
          return void checkReview(reviewOfFound(found));
        case 'work':
          return void checkWork(reviewOfFound(found), found.growth);
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
    const target = { port: server.port, ca: certificates.authority.certificate, hello: await recordHello() };
    const outcome = await runConnection(target, connection);
    assert.ok(outcome.length > 0, join(...outcome));
  } finally {
    await server.stop(0);
    await certificates.remove();
  }
}

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { makeCertificateFolder } from '../support/test-server.ts';
import { ask } from './load.ts';

const answer = JSON.stringify({ response: { text: 'ä\r\n0\r\n\r\nff\r\n', more: 'x'.repeat(70_000) } });

/** Ways in which servers send the same answer. */
const ways: Readonly<Record<string, (response: ServerResponse) => void>> = {
  '/length': (response) => response.setHeader('content-length', Buffer.byteLength(answer)).end(answer),
  '/chunks': (response) => {
    for (const chunk of answer.match(/.{1,9000}/g) ?? []) response.write(chunk);
    response.end();
  },
  '/late-end': (response) => {
    response.write(answer);
    setImmediate(() => response.end());
  },
};

describe('the client of the benchmark', async () => {
  const certificates = await makeCertificateFolder();
  const read = (file: string) => readFile(join(certificates.folder, file));
  const server = createServer({ cert: await read('tls.crt'), key: await read('tls.key') }, (request, response) => {
    request.resume().on('end', () => {
      const way = ways[request.url ?? ''];
      if (way === undefined) response.writeHead(503).end();
      else way(response);
    });
  });
  const endpoint = (path: string) => ({
    port: (server.address() as AddressInfo).port,
    path,
    ca: certificates.authority.certificate,
  });
  before(() => once(server.listen(0, '127.0.0.1'), 'listening'));
  after(async () => {
    server.closeAllConnections();
    server.close();
    await certificates.remove();
  });

  for (const path of Object.keys(ways)) {
    test(`returns an answer that comes by ${path.slice(1)}`, async () => {
      assert.equal(await ask(endpoint(path), '{}'), answer);
    });
  }

  test('fails on an answer that is not 200', async () => {
    await assert.rejects(ask(endpoint('/other'), '{}'), /503/);
  });
});

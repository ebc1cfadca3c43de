import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { fetchManifest } from '../../src/commands/manifest/fetch-manifest.ts';
import { pod, runWith } from './manifest-folder.ts';

type Respond = (response: ServerResponse) => void;
const send =
  (status: number, text: string | Uint8Array, type = 'text/plain'): Respond =>
  (response) =>
    response.writeHead(status, { 'content-type': type }).end(text);

const responses: Readonly<Record<string, Respond>> = {
  '/pod.yaml': send(200, pod('a')),
  '/wrong.yaml': send(200, pod('a', 'downlink.dev/env: ppod'), 'application/octet-stream'),
  '/moved.yaml': (response) => response.writeHead(302, { location: '/pod.yaml' }).end(),
  '/circle.yaml': (response) => response.writeHead(302, { location: '/circle.yaml' }).end(),
  '/missing.yaml': send(404, 'nothing here'),
  '/page.yaml': send(200, '<html></html>', 'text/html; charset=utf-8'),
  '/binary.yaml': send(200, Buffer.from([0x61, 0x3a, 0x20, 0xc3, 0x28])),
  '/empty.yaml': send(204, ''),
  '/closed.yaml': (response) => response.destroy(),
  '/silent.yaml': (response) => response.writeHead(200).write('apiVersion: v1\n'),
  '/endless.yaml': (response) => {
    const part = '#'.repeat(1024 * 1024);
    const more = () => {
      while (!response.destroyed && response.write(part));
    };
    response.on('drain', more);
    more();
  },
};

describe('a URL for -f', () => {
  let server: Server;
  let origin: string;
  before(async () => {
    server = createServer((request, response) => {
      const path = request.url?.split('?')[0] ?? '';
      responses[path]?.(response);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  test('is read by every command', async () => {
    for (const command of ['inject', 'uninject', 'explain', 'lint']) {
      const { code, stderr } = await runWith([command, '-f', `${origin}/pod.yaml`]);
      assert.equal(code, 0, stderr);
    }
  });

  test('follows a redirect', async () => {
    assert.match((await runWith(['inject', '-f', `${origin}/moved.yaml`])).stdout, /POD_NAME/);
  });

  test('names the findings, without a query that may hold a token', async () => {
    const { code, stdout } = await runWith(['lint', '-f', `${origin}/wrong.yaml?token=secret`]);
    assert.match(stdout, new RegExp(`^${origin}/wrong\\.yaml:5:\\d+: error: Pod/a: `));
    assert.equal(code, 1);
    const sarif = await runWith(['lint', '-f', `${origin}/wrong.yaml`, '-o', 'sarif']);
    assert.match(sarif.stdout, new RegExp(`"uri": "${origin}/wrong\\.yaml"`));
  });

  for (const [what, path, problem] of [
    ['a path that the server does not have', '/missing.yaml', 'the server responded with 404 Not Found'],
    [
      'a web page',
      '/page.yaml',
      'the response is a web page, not a manifest; use the URL of the file itself ("Raw" on GitHub)',
    ],
    ['bytes that are not text', '/binary.yaml', 'it is not UTF-8 text'],
    ['a connection that is closed', '/closed.yaml', 'the server closed the connection'],
    ['too many redirects', '/circle.yaml', 'it cannot be downloaded: redirect count exceeded'],
    ['more than the limit', '/endless.yaml', 'it has more than 32 MiB; download it and use its path'],
  ] as const) {
    test(`reports ${what}, and the other inputs are processed`, async () => {
      const { code, stdout } = await runWith(['lint', '-f', origin + path, '-'], pod('b', 'downlink.dev/env: ppod'));
      assert.ok(stdout.startsWith(`${origin}${path}: error: ${problem}\n`), stdout);
      assert.match(stdout, /^stdin:5:\d+: error: Pod\/b/m);
      assert.equal(code, 2);
    });
  }

  test('reports a server that stops in the middle', async () => {
    const problem = 'the server did not send all of it within 0.2 s';
    assert.deepEqual(await fetchManifest(`${origin}/silent.yaml`, { maxSize: 1000, timeout: 200 }), {
      kind: 'failure',
      problem,
    });
  });

  test('accepts a response without content as a manifest without objects', async () => {
    assert.equal((await runWith(['lint', '-f', `${origin}/empty.yaml`])).code, 0);
  });

  test('reports a port where nobody listens', async () => {
    const other = createServer();
    await once(other.listen(0, '127.0.0.1'), 'listening');
    const { port } = other.address() as AddressInfo;
    await once(other.close(), 'close');
    const { stdout, code } = await runWith(['lint', '-f', `http://127.0.0.1:${port}/a.yaml`]);
    assert.equal(stdout, `http://127.0.0.1:${port}/a.yaml: error: the server refuses connections\n`);
    assert.equal(code, 2);
  });

  test('does not print a password', async () => {
    const { stdout, stderr, code } = await runWith(['lint', '-f', 'http://me:secret@127.0.0.1/a.yaml']);
    assert.match(stdout, /^http:\/\/127\.0\.0\.1\/a\.yaml: error: a URL with a password is not supported/);
    assert.doesNotMatch(stdout + stderr, /secret/);
    assert.equal(code, 2);
  });

  test('reports what is no URL', async () => {
    const { stdout, code } = await runWith(['lint', '-f', 'https://']);
    assert.equal(stdout, 'https://: error: it is not a valid URL\n');
    assert.equal(code, 2);
  });
});

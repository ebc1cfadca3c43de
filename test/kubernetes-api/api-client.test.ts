import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import {
  type ApiAccess,
  ApiError,
  createApiClient,
  inClusterAccess,
  withoutWrites,
} from '../../src/kubernetes-api/api-client.ts';
import { issueAuthority, issueCertificate } from '../support/pem-certificates.ts';

const hour = 60 * 60 * 1000; // milliseconds
const authority = await issueAuthority('test CA', new Date(), hour);
const pair = await issueCertificate(authority, ['127.0.0.1'], new Date(), hour);

/** Runs a test against a server that responds like this. */
async function withServer(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  use: (access: ApiAccess) => Promise<void>,
): Promise<void> {
  const server = createServer({ cert: pair.certificate, key: pair.privateKey }, answer);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    await use({
      server: `https://127.0.0.1:${port}`,
      ca: authority.certificate,
      token: () => Promise.resolve('secret'),
    });
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

async function events(
  client: ReturnType<typeof createApiClient>,
  signal: AbortSignal,
  onFirst = () => {},
): Promise<readonly string[]> {
  const types: string[] = [];
  for await (const { type } of client.watch('/watch', signal)) {
    types.push(type);
    if (types.length === 1) onFirst();
  }
  return types;
}

const forbidden = 'secrets "a" is forbidden: User "b" cannot get resource "secrets" in API group ""';

for (const { name, code, body, says } of [
  {
    name: "the Status's own",
    code: 403,
    body: JSON.stringify({ kind: 'Status', message: forbidden }),
    says: forbidden,
  },
  { name: 'its code if there is none', code: 503, body: '{}', says: 'the API server responded with status 503' },
  { name: 'its code if it is not JSON', code: 502, body: '<html>', says: 'the API server responded with status 502' },
]) {
  test(`the message of a refusal is ${name}`, () =>
    withServer(
      (_, response) => response.writeHead(code).end(body),
      async (access) => {
        const client = createApiClient(access);
        for (const answer of [
          client.call('GET', '/a'),
          client.apply('/a', 'm', {}),
          client.patch('/a', 'm', {}),
          events(client, new AbortController().signal),
        ])
          await assert.rejects(answer, (error) => {
            assert.ok(error instanceof ApiError);
            assert.deepEqual([error.code, error.message], [code, says]);
            return true;
          });
      },
    ));
}

test('the token is read again at each call, since the kubelet rotates it', async () => {
  const seen: (string | undefined)[] = [];
  await withServer(
    (request, response) => {
      seen.push(request.headers.authorization);
      response.end('{}');
    },
    async (access) => {
      let count = 0;
      const client = createApiClient({ ...access, token: () => Promise.resolve(`token-${++count}`) });
      await client.call('GET', '/a');
      await client.call('POST', '/a', {});
    },
  );
  assert.deepEqual(seen, ['Bearer token-1', 'Bearer token-2']);
});

test('a watch yields each event, however its bytes arrive, and ends when the server ends it', () => {
  const first = Promise.withResolvers<void>();
  return withServer(
    async (_, response) => {
      response.write('{"type":"ADDED"}\n{"type":"MOD');
      await first.promise;
      response.end('IFIED"}\n');
    },
    async (access) => {
      const types = await events(createApiClient(access), new AbortController().signal, first.resolve);
      assert.deepEqual(types, ['ADDED', 'MODIFIED']);
    },
  );
});

test('a watch whose connection breaks throws, so that it is started again', () => {
  const first = Promise.withResolvers<void>();
  return withServer(
    async (_, response) => {
      response.write('{"type":"ADDED"}\n');
      await first.promise;
      response.socket?.destroy();
    },
    async (access) => {
      const watching = events(createApiClient(access), new AbortController().signal, first.resolve);
      await assert.rejects(watching, /aborted|ECONNRESET/);
    },
  );
});

test('a watch without events ends with its signal', () => {
  const stopped = new AbortController();
  return withServer(
    (_, response) => {
      response.flushHeaders();
      stopped.abort();
    },
    async (access) => {
      await assert.rejects(events(createApiClient(access), stopped.signal), /abort/i);
    },
  );
});

test('no request is sent to a server with a certificate of another CA', () =>
  withServer(
    () => assert.fail('it has been asked'),
    async (access) => {
      const { certificate } = await issueAuthority('another CA', new Date(), hour);
      await assert.rejects(createApiClient({ ...access, ca: certificate }).call('GET', '/a'), /certificate/);
    },
  ));

test("the API server's time is that of its last response, plus the time since then", () => {
  const dates = ['Sun, 22 Nov 2026 12:00:00 GMT', 'Mon, 23 Nov 2026 12:00:00 GMT', 'yesterday', undefined];
  return withServer(
    (_, response) => {
      const date = dates.shift();
      response.sendDate = false;
      if (date !== undefined) response.setHeader('date', date);
      response.end('{}');
    },
    async (access) => {
      let now = 5000; // milliseconds
      const client = createApiClient(access, { monotonic: () => now });
      assert.equal(client.serverTime(), undefined);
      await client.call('GET', '/a');
      assert.deepEqual(client.serverTime(), new Date('2026-11-22T12:00:00Z'));
      now += 1500;
      assert.deepEqual(client.serverTime(), new Date('2026-11-22T12:00:01.500Z'));
      for (let responses = 0; responses < 3; responses++) await client.call('GET', '/a'); // the last two have no date
      assert.deepEqual(client.serverTime(), new Date('2026-11-23T12:00:00Z'));
    },
  );
});

test('a patch is a JSON merge patch with a field manager', async () => {
  const seen: unknown[] = [];
  await withServer(
    (request, response) => {
      seen.push(request.method, request.url, request.headers['content-type']);
      response.end('{}');
    },
    async (access) => void (await createApiClient(access).patch('/a', 'some one', {})),
  );
  assert.deepEqual(seen, ['PATCH', '/a?fieldManager=some%20one', 'application/merge-patch+json']);
});

test('a client without writes reads, and starts no write while there is a reason not to', async () => {
  const seen: (string | undefined)[] = [];
  await withServer(
    (request, response) => {
      seen.push(request.method);
      response.end('{}');
    },
    async (access) => {
      let reason: string | undefined = 'stopping';
      const client = withoutWrites(createApiClient(access), () => reason);
      await client.call('GET', '/a');
      const writes = [
        () => client.call('POST', '/a', {}),
        () => client.call('PUT', '/a', {}),
        () => client.apply('/a', 'm', {}),
        () => client.patch('/a', 'm', {}),
      ];
      for (const write of writes) await assert.rejects(write(), { message: 'stopping' });
      assert.deepEqual(seen, ['GET']);
      reason = undefined;
      for (const write of writes) await write();
    },
  );
  assert.deepEqual(seen, ['GET', 'POST', 'PUT', 'PATCH', 'PATCH']);
});

test('outside a cluster there is no access', async () => {
  assert.equal(await inClusterAccess({}), undefined);
  assert.equal(await inClusterAccess({ KUBERNETES_SERVICE_HOST: '' }), undefined);
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, describe, test } from 'node:test';
import { limitUnsentResponses } from '../../src/server/unsent-responses.ts';

const bounds = { tiny: 0, short: 100, allShort: 250, allLong: 1000, patience: 1000 };
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** Starts a server. `request` opens a connection and returns the response that its client waits for. */
async function startServer() {
  const clock = { now: 0 };
  const state = { dropped: 0 };
  const onDrop = () => {
    state.dropped++;
  };
  const unsent = limitUnsentResponses({ bounds, onDrop, clock: { monotonic: () => clock.now } });
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  const request = async (): Promise<{ client: Socket; response: ServerResponse }> => {
    const client = connect(port, '127.0.0.1');
    client.on('error', () => {}); // the server may close it
    closing.push(() => client.destroy());
    client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    const [, response] = await once(server, 'request');
    return { client, response };
  };
  return { unsent, request, clock, state };
}

describe('a short response', () => {
  test('always has room; beyond the limit, the connection that has waited longest is closed', async () => {
    const { unsent, request, state } = await startServer();
    const clients = [await request(), await request(), await request()];
    for (const { response } of clients) {
      assert.ok(unsent.hasRoom(100));
      unsent.add(response, 100);
    }
    assert.equal(state.dropped, 1);
    assert.deepEqual(
      clients.map(({ response }) => response.req.socket.destroyed),
      [true, false, false],
    );
  });

  test('counts until it is sent', async () => {
    const { unsent, request, state } = await startServer();
    for (let count = 0; count < 10; count++) {
      const { response } = await request();
      unsent.add(response, 100);
      response.end('ok');
      await once(response, 'close');
    }
    assert.equal(state.dropped, 0);
  });
});

describe('a long response', () => {
  test('has room up to the limit', async () => {
    const { unsent, request } = await startServer();
    const [first, second] = [await request(), await request()];
    assert.ok(unsent.hasRoom(600));
    unsent.add(first.response, 600);
    assert.ok(unsent.hasRoom(400));
    assert.ok(!unsent.hasRoom(401));
    first.response.end('ok');
    await once(first.response, 'close');
    assert.ok(unsent.hasRoom(1000));
    unsent.add(second.response, 600);
    second.client.destroy();
    await once(second.response, 'close');
    assert.ok(unsent.hasRoom(1000));
  });

  test('that is not read is displaced by another one', async () => {
    const { unsent, request, clock, state } = await startServer();
    const { response } = await request();
    unsent.add(response, 600);
    clock.now = bounds.patience - 1;
    assert.ok(!unsent.hasRoom(600));
    clock.now = bounds.patience;
    assert.ok(unsent.hasRoom(600));
    assert.ok(response.req.socket.destroyed);
    assert.equal(state.dropped, 1);
  });

  test('longer than the limit is sent if it is the only one', async () => {
    const { unsent, request } = await startServer();
    assert.ok(unsent.hasRoom(5000));
    unsent.add((await request()).response, 5000);
    assert.ok(!unsent.hasRoom(101));
    assert.ok(unsent.hasRoom(100));
  });
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, test } from 'node:test';
import { limitConnections } from '../../src/server/connection-limit.ts';
import { makeCertificateFolder } from '../support/test-server.ts';

const opened: Socket[] = [];
const servers: Server[] = [];

afterEach(() => {
  for (const socket of opened.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

/** Starts a server for three fresh connections and two proven ones, in which every response proves its connection. */
async function startServer(server = createServer()) {
  const clock = { now: 0 };
  const state = { dropped: 0 };
  const onDrop = () => {
    state.dropped++;
  };
  const bounds = { fresh: 3, proven: 2 };
  const connections = limitConnections({ server, bounds, onDrop, clock: { monotonic: () => clock.now } });
  server.on('request', (request, response) => {
    if (!connections.prove(request)) response.setHeader('connection', 'close');
    response.end('ok');
  });
  server.listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const open = async () => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {}); // the server may close it
    opened.push(socket);
    await Promise.all([once(server, 'connection'), once(socket, 'connect')]);
    return socket;
  };
  return { open, clock, state };
}

/** Sends a request and returns the Connection header of the response. */
async function ask(socket: Socket): Promise<string | undefined> {
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  const [answer] = await once(socket, 'data');
  return /^connection: (.*)$/im.exec(String(answer))?.[1];
}

async function isClosed(socket: Socket): Promise<boolean> {
  if (!socket.destroyed) {
    socket.resume();
    await once(socket, 'close');
  }
  return true;
}

describe('connections', () => {
  test('beyond the limit displace the oldest one without an answered review', async () => {
    const { open, state } = await startServer();
    const [first, second] = [await open(), await open()];
    await open();
    await open();
    assert.ok(await isClosed(first));
    assert.equal(state.dropped, 1);
    assert.equal(await ask(second), 'keep-alive');
  });

  test('with an answered review stay open, however many others are opened', async () => {
    const { open } = await startServer();
    const kept = await open();
    assert.equal(await ask(kept), 'keep-alive');
    for (let count = 0; count < 50; count++) await open();
    assert.equal(await ask(kept), 'keep-alive');
  });

  test('with an answered review are limited, too: the response closes the next one', async () => {
    const { open, state } = await startServer();
    const kept = [await open(), await open()];
    for (const socket of kept) assert.equal(await ask(socket), 'keep-alive');
    const next = await open();
    assert.equal(await ask(next), 'close');
    assert.ok(await isClosed(next));
    for (const socket of kept) assert.equal(await ask(socket), 'keep-alive');
    assert.equal(state.dropped, 0);
  });

  test('that have been idle for long are displaced, first the one with the fewest reviews', async () => {
    const { open, clock, state } = await startServer();
    const [busy, rare] = [await open(), await open()];
    for (const socket of [busy, busy, rare]) await ask(socket);
    clock.now += 60_000;
    const next = await open();
    assert.equal(await ask(next), 'keep-alive');
    assert.ok(await isClosed(rare));
    assert.equal(state.dropped, 1);
    assert.equal(await ask(busy), 'keep-alive');
  });

  test('with the same number of reviews are displaced in the order in which they became idle', async () => {
    const { open, clock } = await startServer();
    const [early, late] = [await open(), await open()];
    await ask(early);
    clock.now += 10;
    await ask(late);
    clock.now += 60_000;
    assert.equal(await ask(await open()), 'keep-alive');
    assert.ok(await isClosed(early));
    assert.equal(await ask(late), 'keep-alive');
  });

  test('that their clients close make room for others', async () => {
    const { open, state } = await startServer();
    for (let count = 0; count < 10; count++) {
      const socket = await open();
      await ask(socket);
      socket.end();
      assert.ok(await isClosed(socket));
    }
    assert.equal(await ask(await open()), 'keep-alive');
    assert.equal(state.dropped, 0);
  });

  test('with a handshake larger than any real one are closed', async () => {
    const { folder, remove } = await makeCertificateFolder();
    const [cert, key] = await Promise.all(['tls.crt', 'tls.key'].map((name) => readFile(join(folder, name))));
    const { open, state } = await startServer(createTlsServer({ cert, key }));
    const socket = await open();
    const record = Buffer.concat([Buffer.from([0x16, 3, 1, 0x40, 0]), Buffer.alloc(16_384)]);
    record.set([1, 1, 0xf0, 0, 3, 3], 5); // a client hello of 127,000 bytes
    for (let count = 0; count < 3; count++) socket.write(record);
    assert.ok(await isClosed(socket));
    assert.equal(state.dropped, 1);
    await remove();
  });
});

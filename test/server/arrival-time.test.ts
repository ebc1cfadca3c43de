import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { after, before, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { createArrivalEstimator } from '../../src/server/arrival-time.ts';

const server = createServer();
const arrivals = createArrivalEstimator(server);
/** Milliseconds that a request waited until it was handled, by its path. */
const waited = new Map<string, number>();
const hasBegun = 0;
const mayEnd = 1;
const steps = new Int32Array(new SharedArrayBuffer(8));
server.on('request', (request: IncomingMessage, response) => {
  const path = request.url ?? '';
  waited.set(path, performance.now() - arrivals.arrived());
  const end = performance.now() + work;
  if (path.startsWith('/work')) while (performance.now() < end);
  if (path === '/until-signaled') {
    Atomics.store(steps, hasBegun, 1);
    Atomics.notify(steps, hasBegun);
    Atomics.wait(steps, mayEnd, 0);
  }
  response.end('ok');
});
const work = 60; // milliseconds
const clients: Socket[] = [];

before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
after(() => {
  for (const client of clients) client.destroy();
  server.close();
});

async function open(): Promise<Socket> {
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  clients.push(client);
  await once(client, 'connect');
  return client;
}

const ask = (client: Socket, path: string) => client.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);

/** Creates an estimator with measurements of the test's own. Returns a function that handles the requests of one poll. */
function startEstimator() {
  const server = createServer();
  const loop = { now: 0, idle: 0 };
  const estimator = createArrivalEstimator(server, { now: () => loop.now, idleTime: () => loop.idle });
  return async (now: number, idle: number, requests = 1) => {
    Object.assign(loop, { now, idle });
    const arrived = Array.from({ length: requests }, (_, index) => {
      loop.now = now + 10 * index; // each request takes 10 ms
      server.emit('request');
      return estimator.arrived();
    });
    await turn();
    return arrived;
  };
}

test('a request to an idle server arrived when the poll returned', async () => {
  const poll = startEstimator();
  assert.deepEqual(await poll(1000, 1000), [1000]);
  assert.deepEqual(await poll(5000, 4990), [5000]);
});

test('the requests of one poll arrived when it returned, however long the earlier ones take', async () => {
  const poll = startEstimator();
  assert.deepEqual(await poll(1000, 1000, 3), [1000, 1000, 1000]);
});

test('after a poll that did not wait, a request may have arrived at any time since the previous poll', async () => {
  const poll = startEstimator();
  await poll(1000, 1000, 3);
  assert.deepEqual(await poll(1030, 1000), [1000]);
  assert.deepEqual(await poll(1040, 1000), [1030]);
  assert.deepEqual(await poll(1050, 1005), [1050], 'idle in between');
});

test('requests that arrive together wait for each other', async () => {
  const [first, second] = [await open(), await open()];
  ask(first, '/work/1');
  ask(second, '/work/2');
  await Promise.all([once(first, 'data'), once(second, 'data')]);
  const longest = Math.max(waited.get('/work/1') ?? 0, waited.get('/work/2') ?? 0);
  assert.ok(longest >= work, `${longest} ms`);
});

test('a request that arrives while another one is handled has waited', async () => {
  // in another thread, because the server blocks this one
  const sender = new Worker(
    `const { connect } = require('node:net');
     const { parentPort, workerData: { port, steps } } = require('node:worker_threads');
     const open = () => new Promise((resolve) => {
       const socket = connect(port, '127.0.0.1', () => resolve(socket));
     });
     const ask = (socket, path) => new Promise((resolve) => {
       socket.write('GET ' + path + ' HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n', resolve);
     });
     (async () => {
       const [first, second] = [await open(), await open()];
       first.resume();
       second.once('data', () => parentPort.postMessage('answered'));
       await ask(first, '/until-signaled');
       Atomics.wait(steps, ${hasBegun}, 0);
       await ask(second, '/during');
       setTimeout(() => {
         Atomics.store(steps, ${mayEnd}, 1);
         Atomics.notify(steps, ${mayEnd});
       }, ${work});
     })();`,
    { eval: true, workerData: { port: (server.address() as AddressInfo).port, steps } },
  );
  await once(sender, 'message');
  await sender.terminate();
  assert.ok((waited.get('/during') ?? 0) >= work, `${waited.get('/during')} ms`);
});

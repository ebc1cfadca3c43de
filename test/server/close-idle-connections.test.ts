import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { after, before, test } from 'node:test';
import { connect } from 'node:tls';
import { type CertificateFolder, makeCertificateFolder, startTestServer } from '../running-server.ts';

let certificates: CertificateFolder;
before(async () => {
  certificates = await makeCertificateFolder();
});
after(() => certificates.remove());

const head = ['POST /mutate HTTP/1.1', 'Host: localhost', 'Content-Type: application/json', 'Content-Length: 10'];

for (const { name, overTls, text, atMost } of [
  { name: 'a connection that says nothing', overTls: false, text: '', atMost: 3000 },
  { name: 'one that says nothing over TLS', overTls: true, text: '', atMost: 3000 },
  { name: 'one with half a head', overTls: true, text: head.join('\r\n'), atMost: 3000 },
  { name: 'one whose body never comes', overTls: true, text: `${head.join('\r\n')}\r\n\r\n`, atMost: 5000 },
]) {
  test(`stop does not wait for ${name}`, { timeout: 20_000 }, async () => {
    const requestTimeout = 3000; // milliseconds
    const server = await startTestServer(certificates, {}, requestTimeout);
    const socket: Socket = overTls
      ? connect({ port: server.port, host: '127.0.0.1', rejectUnauthorized: false })
      : connectTcp({ port: server.port, host: '127.0.0.1' });
    await once(socket, overTls ? 'secureConnect' : 'connect');
    socket.on('error', () => {}); // it is cut off
    if (text !== '') await new Promise((resolve) => socket.write(text, resolve));
    const began = performance.now();
    await server.stop(0);
    assert.ok(performance.now() - began < atMost, `${Math.round(performance.now() - began)} ms`);
    socket.destroy();
  });
}

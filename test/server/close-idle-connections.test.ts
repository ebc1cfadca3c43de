import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { connect } from 'node:tls';
import { type CertificateFolder, makeCertificateFolder, startTestServer } from '../support/test-server.ts';

let certificates: CertificateFolder;
before(async () => {
  certificates = await makeCertificateFolder();
});
after(() => certificates.remove());

const head = ['POST /mutate HTTP/1.1', 'Host: localhost', 'Content-Type: application/json', 'Content-Length: 10'];

// those without a request in flight are closed long before a request would time out
const patient = { request: 60_000, grace: 50 }; // milliseconds
const impatient = { request: 300, grace: 50 };

for (const { name, overTls, text, timeouts } of [
  { name: 'a connection that sends nothing', overTls: false, text: '', timeouts: patient },
  { name: 'one that sends nothing over TLS', overTls: true, text: '', timeouts: patient },
  { name: 'one with half a head', overTls: true, text: head.join('\r\n'), timeouts: patient },
  { name: 'one whose body never arrives', overTls: true, text: `${head.join('\r\n')}\r\n\r\n`, timeouts: impatient },
]) {
  test(`stop does not wait for ${name}`, { timeout: 30_000 }, async () => {
    const server = await startTestServer(certificates, {}, timeouts);
    const socket: Socket = overTls
      ? connect({ port: server.port, host: '127.0.0.1', rejectUnauthorized: false })
      : connectTcp({ port: server.port, host: '127.0.0.1' });
    await once(socket, overTls ? 'secureConnect' : 'connect');
    socket.on('error', () => {}); // the server closes it
    if (text !== '') await new Promise((resolve) => socket.write(text, resolve));
    await server.stop(0);
    socket.destroy();
  });
}

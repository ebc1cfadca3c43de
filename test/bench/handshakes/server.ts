/** A minimal HTTPS server with a constant answer. Arguments: certificate file, key file, and further TLS options as JSON. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';

const [certFile = '', keyFile = '', options = '{}'] = process.argv.slice(2);
const tls = { cert: readFileSync(certFile), key: readFileSync(keyFile), ...JSON.parse(options) };

const server = createServer(tls, (request, reply) => {
  request.resume().on('end', () => {
    reply.writeHead(200, { 'content-length': 2 });
    reply.end('{}');
  });
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ port, msg: 'serving' })}\n`);
});

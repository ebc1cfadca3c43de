/** The least that a webhook can do: node:https, JSON.parse, a constant answer. Arguments: certificate and key file. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';

const [certFile = '', keyFile = ''] = process.argv.slice(2);
const response = { uid: '705ab4f5-6393-11e8-b7cc-42010a800002', allowed: true };
const answer = JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response });

const server = createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, (request, reply) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    JSON.parse(Buffer.concat(chunks).toString());
    reply.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length });
    reply.end(answer);
  });
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ port, msg: 'serving' })}\n`);
});

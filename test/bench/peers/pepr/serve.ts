/**
 * Serves Pepr's webhook with a capability that injects into the pods of the benchmark what Downlink injects. Arguments: the
 * certificate, the certificate of its CA, its key, the parts of the ambassador in JSON, and a free port.
 */
import { readFileSync } from 'node:fs';
import { get } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { a, Capability, PeprModule } from 'pepr';
import { inject, type Pod } from './inject.ts';

const [certFile = '', caFile = '', keyFile = '', ambassadorFile = '', port = ''] = process.argv.slice(2);
const parts = JSON.parse(readFileSync(ambassadorFile, 'utf8'));
const ca = readFileSync(caFile);
process.env['SSL_CERT_PATH'] = certFile;
process.env['SSL_KEY_PATH'] = keyFile;
process.env['PEPR_API_PATH'] = 'bench'; // the last part of the path of the webhook

const capability = new Capability({ name: 'bench', description: 'injects into the pods of the benchmark' });
capability
  .When<Pod>(a.Pod)
  .IsCreated()
  .Mutate(({ Raw }) => inject(Raw, parts));
const pepr = { uuid: 'bench', onError: 'reject', webhookTimeout: 10, alwaysIgnore: { namespaces: [] } };
const module = new PeprModule({ description: 'benchmark', pepr }, [capability], { deferStart: true });
module.start({ host: '127.0.0.1', port: Number(port) });
for (let attempts = 0; !(await isReady()); attempts++) {
  if (attempts === 300) throw new Error('Pepr has not read its store within 30 seconds');
  await delay(100);
}
process.stdout.write(`${JSON.stringify({ port: Number(port), msg: 'serving' })}\n`);

/** Reports whether Pepr has read its store, and therefore answers reviews. */
function isReady(): Promise<boolean> {
  return new Promise((resolve) => {
    get({ host: '127.0.0.1', servername: 'localhost', port, ca, path: '/healthz', agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    }).on('error', () => resolve(false));
  });
}

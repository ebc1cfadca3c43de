import { pino } from 'pino';
import { systemRandomness } from '../../src/certificates/issue-certificate.ts';
import { parseConfig } from '../../src/config/config.ts';
import { startServer } from '../../src/server/start-server.ts';
import { systemClock } from '../../src/time/clock.ts';
import { createInMemoryApi } from '../server/in-memory-api.ts';

// A replica that makes its certificates itself, in seconds instead of weeks, and keeps them in an API server of its
// own in memory. Whoever asks `caBundle` gets what the API server would verify it with.
const second = 1000; // milliseconds
const configurationPath = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/downlink';

const api = createInMemoryApi();
api.put(configurationPath, {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingWebhookConfiguration',
  metadata: { name: 'downlink' },
  webhooks: [{ name: 'pods.downlink.dev', clientConfig: {} }],
});
const flags = {
  port: '0',
  healthPort: '0',
  bindAddress: '127.0.0.1',
  certificateMode: 'self-signed',
  namespace: 'downlink',
  kubernetesVersion: '1.36',
};
const config = parseConfig({ flags, environment: {}, file: undefined });
if ('errors' in config) throw new Error(JSON.stringify(config.errors));
const log = pino({ base: null }, pino.destination({ fd: 1, sync: false, minLength: 4096, periodicFlush: 100 }));
const server = await startServer({
  config,
  log,
  dependencies: {
    api: api.client(),
    clock: systemClock,
    randomness: systemRandomness,
    policy: { authorityLifetime: 120 * second, servingLifetime: 30 * second, activationDelay: 5 * second },
    names: ['localhost'],
  },
});
process.on('message', ({ id, about }: { readonly id: number; readonly about: string }) => {
  if (about !== 'caBundle') return;
  process.send?.({ id, answer: api.get(configurationPath)?.webhooks?.[0]?.clientConfig?.caBundle });
});
process.on('SIGTERM', () => void server.stop(0).then(() => process.exit(0)));

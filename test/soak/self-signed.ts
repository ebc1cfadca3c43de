import { pino } from 'pino';
import { systemRandomness } from '../../src/certificates/issue-certificate.ts';
import { parseConfig } from '../../src/config/config.ts';
import { startServer } from '../../src/server/start-server.ts';
import { systemClock } from '../../src/time/clock.ts';
import { createInMemoryApi } from '../server/in-memory-api.ts';

// A replica that renews self-signed certificates within seconds instead of weeks, against an API server in memory. It
// answers `caBundle` with the caBundle of its webhook configuration.
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
const parsed = parseConfig({ flags, environment: {}, file: undefined });
if (parsed.kind === 'invalid') throw new Error(JSON.stringify(parsed.errors));
const log = pino({ base: null }, pino.destination({ fd: 1, sync: false, minLength: 4096, periodicFlush: 100 }));
const server = await startServer({
  config: parsed.config,
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

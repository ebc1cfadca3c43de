import { pino } from 'pino';
import { parseConfig } from '../../src/config/config.ts';
import { startServer } from '../../src/server/start-server.ts';
import { defaultTimeouts } from '../../src/server/timeouts.ts';

// The server that cases are posted to: `downlink serve` with another timeout for requests. Arguments: certificate file, key
// file, the timeout in milliseconds, and the version of the API server.
const [tlsCertFile = '', tlsPrivateKeyFile = '', timeout, kubernetesVersion = ''] = process.argv.slice(2);
const flags = {
  port: '0',
  healthPort: '0',
  bindAddress: '127.0.0.1',
  tlsCertFile,
  tlsPrivateKeyFile,
  kubernetesVersion,
};
const parsed = parseConfig({ flags, environment: {}, file: undefined });
if (parsed.kind === 'invalid') throw new Error(JSON.stringify(parsed.errors));
const log = pino({ base: null }, pino.destination({ fd: 1, sync: false, minLength: 4096, periodicFlush: 100 }));
await startServer({ config: parsed.config, log, timeouts: { ...defaultTimeouts, request: Number(timeout) } });

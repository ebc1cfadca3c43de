import { json } from 'node:stream/consumers';
import { pino } from 'pino';
import { createApiClient } from '../../../src/api-client.ts';
import { systemRandomness } from '../../../src/certificates/issue.ts';
import { startServer } from '../../../src/server/serve.ts';
import { configOf, type ProcessOptions } from './replica.ts';

// A replica as a process of its own. `downlink serve` takes its access to the API from files that only a pod has, so
// a test gives it on standard input; the log goes to standard output.
const { flags, access, policy, names } = (await json(process.stdin)) as ProcessOptions;
const { server, ca, token } = access;
await startServer(configOf(flags), pino({ base: null }), {
  api: createApiClient({ server, ca, token: () => Promise.resolve(token) }),
  now: () => new Date(),
  randomness: systemRandomness,
  policy,
  names,
});

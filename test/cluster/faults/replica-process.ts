import { json } from 'node:stream/consumers';
import { pino } from 'pino';
import { systemRandomness } from '../../../src/certificates/issue-certificate.ts';
import { createApiClient } from '../../../src/kubernetes-api/api-client.ts';
import { type RunningServer, startServer } from '../../../src/server/start-server.ts';
import { systemClock } from '../../../src/time/clock.ts';
import { configOf, type ProcessOptions } from './replica-options.ts';

// A replica in its own process. `downlink serve` reads its access to the API server from files that only a pod has, so the test
// passes it on standard input. The log goes to standard output. Signals act as on `downlink serve`, so this must not load
// processes.ts, which has its own handlers.
const { flags, access, policy, names } = (await json(process.stdin)) as ProcessOptions;
const { server, ca, token } = access;
const config = await configOf(flags);
let running: RunningServer | undefined;
process.on('SIGTERM', async () => {
  await running?.stop(config.shutdownDelay);
  process.exit(0);
});
running = await startServer({
  config,
  log: pino({ base: null, formatters: { level: (level) => ({ level }) } }),
  dependencies: {
    api: createApiClient({ server, ca, token: () => Promise.resolve(token) }),
    clock: systemClock,
    randomness: systemRandomness,
    policy,
    names,
  },
});

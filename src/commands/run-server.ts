import { pino } from 'pino';
import { systemSurroundings } from '../certificates/certificate-source.ts';
import { CertificateError } from '../certificates/serving-certificate.ts';
import { parseConfig } from '../config/config.ts';
import { formatFieldError } from '../diagnostics/field-error.ts';
import { messageOf } from '../diagnostics/text.ts';
import { createApiClient, inClusterAccess } from '../kubernetes-api/api-client.ts';
import { type RunningServer, startServer } from '../server/start-server.ts';
import { readSettingsFile } from './settings-file.ts';
import { UsageError } from './usage-error.ts';

/** Serves with the settings of these flags, of the environment and of the file that they name; ends with a signal. */
export async function runServer(flags: Readonly<Record<string, unknown>>): Promise<void> {
  const sources = { flags, environment: process.env, file: await readSettingsFile(flags['config']) };
  const parsed = parseConfig(sources);
  if (parsed.kind === 'invalid') throw new UsageError(parsed.errors.map(formatFieldError).join('\n'));
  const { config } = parsed;

  // written together: a write of its own for each review costs as much as a tenth of answering it
  const destination = pino.destination({ fd: 1, sync: false, minLength: 4096, periodicFlush: 100 });
  const log = pino(
    {
      base: null,
      level: config.logLevel,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
    },
    destination,
  );
  let server: RunningServer | undefined;
  const end = async (delaySeconds: number) => {
    await server?.stop(delaySeconds);
    destination.flushSync();
    process.exit(0);
  };
  // from the start, since as process 1 of a container we would otherwise not be ended by a signal
  process.on('SIGTERM', () => void end(config.shutdownDelay));
  process.on('SIGINT', () => void end(0)); // somebody at a terminal, who does not want to wait
  const access = await inClusterAccess(process.env);
  const surroundings = systemSurroundings(access && createApiClient(access));
  server = await startServer(config, log, surroundings).catch((error: unknown) => {
    throw asUsageError(error);
  });
}

/** Errors that a setting can mend, as such; any other one is a bug and keeps its stack. */
function asUsageError(error: unknown): unknown {
  if (error instanceof CertificateError) return new UsageError(error.message);
  if (error instanceof Error && 'code' in error && 'port' in error) {
    const hint =
      error.code === 'EADDRINUSE' ? '; set --port or --health-port to another one, or to 0 for any free one' : '';
    return new UsageError(`cannot listen on port ${error.port}: ${error.code}${hint}`);
  }
  if (error instanceof Error && 'syscall' in error && error.syscall === 'getaddrinfo') {
    const hint = 'an IP address of this machine or a name of one, for example 127.0.0.1';
    return new UsageError(`--bind-address: ${messageOf(error)}; it must be ${hint}`);
  }
  return error;
}

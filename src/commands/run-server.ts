import { type Logger, pino } from 'pino';
import { CertificateError } from '../certificates/certificate-files.ts';
import { systemDependencies } from '../certificates/certificate-source.ts';
import { type Config, parseConfig } from '../config/config.ts';
import { formatFieldError } from '../diagnostics/field-error.ts';
import { messageOf } from '../diagnostics/text.ts';
import { createApiClient, inClusterAccess } from '../kubernetes-api/api-client.ts';
import { createLogBatch } from '../server/log-batch.ts';
import { type RunningServer, startServer } from '../server/start-server.ts';
import { readSettingsFile } from './settings-file.ts';
import { UsageError } from './usage-error.ts';

/** Serves until a signal stops it, with settings from these flags, the environment, and the file that they name. */
export async function runServer(flags: Readonly<Record<string, unknown>>): Promise<void> {
  const sources = { flags, environment: process.env, file: await readSettingsFile(flags['config']) };
  const parsed = parseConfig(sources);
  if (parsed.kind === 'invalid') throw new UsageError(parsed.errors.map(formatFieldError).join('\n'));
  const { config } = parsed;

  // buffered: writing each line by itself would take a tenth of the time of a review
  const output = pino.destination({ fd: 1, sync: false, minLength: 4096, periodicFlush: 100 });
  const log = createLog(config, output);
  const reviewLog = createLogBatch(log);
  let server: RunningServer | undefined;
  const end = async (delaySeconds: number) => {
    await server?.stop(delaySeconds);
    reviewLog.flush();
    output.flushSync();
    process.exit(0);
  };
  // before the start, because Linux ignores signals that process 1 of a container does not handle
  process.on('SIGTERM', () => void end(config.shutdownDelay));
  process.on('SIGINT', () => void end(0)); // from a terminal, where nobody wants to wait
  const access = await inClusterAccess(process.env);
  const dependencies = systemDependencies(access && createApiClient(access));
  server = await startServer({ config, log, reviewLog, dependencies }).catch((error: unknown) => {
    throw asUsageError(error);
  });
  output.flush(); // whoever starts it waits for the line that says that it serves
}

function createLog({ logLevel }: Config, output: ReturnType<typeof pino.destination>): Logger {
  const formatters = { level: (level: string) => ({ level }) };
  return pino({ base: null, level: logLevel, timestamp: pino.stdTimeFunctions.isoTime, formatters }, output);
}

/** Returns a UsageError for an error that a setting can correct. Any other error is a bug and keeps its stack. */
function asUsageError(error: unknown): unknown {
  if (error instanceof CertificateError) return new UsageError(error.message);
  if (error instanceof Error && 'code' in error && 'port' in error) {
    const hint =
      error.code === 'EADDRINUSE' ? '; set --port or --health-port to another port, or to 0 for any free port' : '';
    return new UsageError(`cannot listen on port ${error.port}: ${error.code}${hint}`);
  }
  if (error instanceof Error && 'syscall' in error && error.syscall === 'getaddrinfo') {
    const hint = 'an IP address of this machine or a name that resolves to one, for example 127.0.0.1';
    return new UsageError(`--bind-address: ${messageOf(error)}; it must be ${hint}`);
  }
  return error;
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Logger, pino } from 'pino';
import { systemRandomness } from '../../../src/certificates/issue-certificate.ts';
import type { RenewalPolicy } from '../../../src/certificates/renewal-policy.ts';
import { type ApiAccess, createApiClient } from '../../../src/kubernetes-api/api-client.ts';
import { startServer } from '../../../src/server/start-server.ts';
import { systemClock } from '../../../src/time/clock.ts';
import { killAtExit } from '../processes.ts';
import type { Endpoint } from './balancer.ts';
import type { Installation } from './installation.ts';
import { configOf, type ProcessOptions } from './replica-options.ts';

/** A line of the log. */
export interface LogLine {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** A server with the permissions of install.yaml. */
export interface Replica extends Endpoint {
  readonly log: readonly LogLine[];
  /** Stops it as SIGTERM does, with a shutdown delay in seconds. */
  readonly stop: (delaySeconds: number) => Promise<void>;
}

export interface ReplicaOptions {
  readonly policy: RenewalPolicy;
  /** How far its clock is ahead, in milliseconds. */
  readonly ahead?: number | undefined;
  readonly flags?: Readonly<Record<string, string>>;
  /** Receives the log while it is written. */
  readonly log?: LogLine[];
}

const names = ['127.0.0.1']; // the address that the API server calls here, in addition to the name of the Service

/** Starts a replica in this process; resolves when it listens. */
export async function startReplica(installation: Installation, options: ReplicaOptions): Promise<Replica> {
  const { policy, ahead = 0, flags, log = [] } = options;
  const server = await startServer({
    config: await configOf({ ...installation.flags, ...flags }),
    log: logTo(log),
    dependencies: {
      api: createApiClient(installation.access),
      clock: { ...systemClock, now: () => new Date(Date.now() + ahead) },
      randomness: systemRandomness,
      policy,
      names,
    },
  });
  return { ...server, log };
}

/** A replica in its own process. */
export interface ReplicaProcess {
  /** Resolves when it listens. */
  readonly serving: Promise<Endpoint>;
  /** Sends SIGTERM, and resolves when the process has ended. */
  readonly end: () => Promise<void>;
  /** Sends SIGKILL, and resolves when the process has ended. */
  readonly kill: () => Promise<void>;
}

/** Starts a replica in its own process. Its log goes to `log`. */
export async function startReplicaProcess(
  access: ApiAccess,
  flags: Readonly<Record<string, string>>,
  policy: RenewalPolicy,
  log: LogLine[] = [],
): Promise<ReplicaProcess> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'replica-process.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  killAtExit(child);
  const options: ProcessOptions = { flags, access: { ...access, token: await access.token() }, policy, names };
  child.stdin.end(JSON.stringify(options));
  const serving = Promise.withResolvers<Endpoint>();
  serving.promise.catch(() => {}); // a test can end the replica before it serves
  const exited = once(child, 'exit').then(([code]) => serving.reject(new Error(`the replica exited with ${code}`)));
  createInterface(child.stdout).on('line', (line) => {
    const entry = JSON.parse(line);
    log.push(entry);
    const { msg, port, healthPort } = entry;
    if (msg === 'serving') serving.resolve({ port, healthPort });
  });
  const by = (signal: NodeJS.Signals) => {
    child.kill(signal);
    return exited;
  };
  return { serving: serving.promise, end: () => by('SIGTERM'), kill: () => by('SIGKILL') };
}

function logTo(lines: LogLine[]): Logger {
  const formatters = { level: (level: string) => ({ level }) };
  const write = (line: string) => void lines.push(JSON.parse(line));
  return pino({ base: null, formatters }, { write });
}

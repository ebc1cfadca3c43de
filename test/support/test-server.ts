import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Logger, pino } from 'pino';
import { systemDependencies } from '../../src/certificates/certificate-source.ts';
import { type Config, parseConfig } from '../../src/config/config.ts';
import { type RunningServer, startServer } from '../../src/server/start-server.ts';
import { defaultTimeouts, type WebhookTimeouts } from '../../src/server/timeouts.ts';
import { issueAuthority, issueCertificate, type PemPair, writeCertificates } from './pem-certificates.ts';

const hour = 60 * 60 * 1000; // milliseconds

/** A folder with ca.crt, tls.crt and tls.key for localhost. */
export interface CertificateFolder {
  readonly folder: string;
  readonly authority: PemPair;
  readonly remove: () => Promise<void>;
}

/** Creates the folder, with certificates that are valid for `lifetime` milliseconds. */
export async function makeCertificateFolder(lifetime = hour): Promise<CertificateFolder> {
  const authority = await issueAuthority('Downlink test CA', new Date(), lifetime);
  const pair = await issueCertificate(authority, ['localhost', '127.0.0.1'], new Date(), lifetime);
  const folder = await mkdtemp(join(tmpdir(), 'downlink-test-'));
  await writeCertificates(folder, authority.certificate, pair);
  return { folder, authority, remove: () => rm(folder, { recursive: true }) };
}

/** Returns the configuration for the flags, on free ports of the loopback address. */
export function configWith({ folder }: CertificateFolder, flags: Readonly<Record<string, string>> = {}): Config {
  const parsed = parseConfig({
    flags: {
      port: '0',
      healthPort: '0',
      bindAddress: '127.0.0.1',
      tlsCertFile: join(folder, 'tls.crt'),
      tlsPrivateKeyFile: join(folder, 'tls.key'),
      ...flags,
    },
    environment: {},
    file: undefined,
  });
  if (parsed.kind === 'invalid') throw new Error(JSON.stringify(parsed.errors));
  return parsed.config;
}

/** Starts the server in this process; its log lines go to `lines`. */
export async function startTestServer(
  certificates: CertificateFolder,
  flags: Readonly<Record<string, string>> = {},
  changes: Partial<WebhookTimeouts> = {},
  dependencies = systemDependencies(undefined),
): Promise<RunningServer & { readonly lines: string[] }> {
  const lines: string[] = [];
  const log: Logger = pino({ base: null }, { write: (line: string) => void lines.push(line) });
  const timeouts = { ...defaultTimeouts, grace: 100, ...changes };
  const server = await startServer({ config: configWith(certificates, flags), log, dependencies, timeouts });
  return { ...server, lines };
}

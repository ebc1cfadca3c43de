import { rmSync } from 'node:fs';
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import type { ApiClient } from '../kubernetes-api/api-client.ts';
import { type Clock, systemClock } from '../time/clock.ts';
import { presentedCertificates, type ServingPair } from './certificate.ts';
import { caution } from './certificate-acceptance.ts';
import type { CertificateEvents } from './certificate-events.ts';
import { CertificateError, loadServingPair, type ServingFiles } from './certificate-files.ts';
import { watchCertificateFiles } from './certificate-watcher.ts';
import { keepClusterCertificates } from './cluster-certificates.ts';
import { type Randomness, systemRandomness } from './issue-certificate.ts';
import { defaultPolicy, type RenewalPolicy } from './renewal-policy.ts';
import { makeTemporaryCertificate } from './temporary-certificate.ts';

/** The external dependencies of the server and its certificates. Tests pass their own. */
export interface Dependencies {
  /** Undefined outside a cluster. */
  readonly api: ApiClient | undefined;
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly policy: RenewalPolicy;
  /** Names that a self-signed certificate has in addition to the Service's. */
  readonly names: readonly string[];
}

/** Returns the dependencies of a server in production. */
export function systemDependencies(api: ApiClient | undefined): Dependencies {
  return { api, clock: systemClock, randomness: systemRandomness, policy: defaultPolicy, names: [] };
}

/** The certificates to serve, in any of the three modes. */
export interface CertificateSource {
  /** Resolves when the first pair is served. */
  readonly first: Promise<void>;
  /** Why clients cannot trust the certificate yet; undefined once they can. */
  readonly notReadyBecause: () => string | undefined;
  readonly stop: () => void;
}

export interface CertificateSourceOptions {
  readonly config: Config;
  readonly dependencies: Dependencies;
  readonly log: Logger;
  readonly events: CertificateEvents;
  /** Serves this pair from now on. */
  readonly serve: (pair: ServingPair) => void;
}

/** Gets certificates in the configured mode, and serves each new pair. */
export function createCertificateSource(options: CertificateSourceOptions): CertificateSource {
  const { events } = options;
  const serve = (pair: ServingPair) => {
    events.certificateExpiresAt(pair.certificate.x509.validToDate);
    options.serve(pair);
  };
  const source = createSource({ ...options, serve });
  source.first.catch(() => {}); // it may fail before anything awaits it
  return source;
}

function createSource(options: CertificateSourceOptions): CertificateSource {
  const { certificateMode } = options.config;
  switch (certificateMode) {
    case 'files':
      return fromFiles(options);
    case 'temporary':
      return temporary(options);
    case 'self-signed':
      return fromCluster(options);
    default:
      return certificateMode satisfies never;
  }
}

function fromFiles({
  config,
  dependencies: { clock },
  log,
  events,
  ...options
}: CertificateSourceOptions): CertificateSource {
  const stopped = new AbortController();
  const files = servingFiles(config);
  const serve = (pair: ServingPair) => {
    const warning = caution(presentedCertificates(pair));
    if (warning !== undefined) log.warn({ certFile: files.certFile }, `the serving certificate ${warning}`);
    options.serve(pair);
  };
  const load = async () => {
    const current = await loadServingPair(files, clock.now());
    serve(current);
    events.certificateFilesAreGood(true);
    watchCertificateFiles({ files, current, clock, log, events, serve, signal: stopped.signal });
  };
  return { first: load(), notReadyBecause: () => undefined, stop: () => stopped.abort() };
}

/** Returns the files to serve. Without a namespace, as outside a cluster, the names in the certificate are not checked. */
function servingFiles({ tlsCertFile = '', tlsPrivateKeyFile = '', namespace, serviceName }: Config): ServingFiles {
  const names = namespace === undefined ? [] : [`${serviceName}.${namespace}.svc`];
  return { certFile: tlsCertFile, keyFile: tlsPrivateKeyFile, names };
}

function temporary({ dependencies: { clock, randomness }, log, serve }: CertificateSourceOptions): CertificateSource {
  let createdFolder: string | undefined;
  const create = async () => {
    const { folder, pair } = await makeTemporaryCertificate(clock.now(), randomness);
    createdFolder = folder;
    log.warn(
      { folder },
      'no --tls-cert-file: serving a temporary certificate for localhost; the folder contains its ca.crt until the server stops',
    );
    serve(pair);
  };
  const stop = () => {
    if (createdFolder !== undefined) rmSync(createdFolder, { recursive: true, force: true });
  };
  return { first: create(), notReadyBecause: () => undefined, stop };
}

function fromCluster({ config, dependencies, log, events, serve }: CertificateSourceOptions): CertificateSource {
  const { api } = dependencies;
  if (api === undefined) {
    throw new CertificateError(
      '--certificate-mode self-signed stores certificates in a Secret and works only in a pod; use files instead',
    );
  }
  const { namespace = '', validatingWebhookConfiguration: validating } = config;
  const first = Promise.withResolvers<void>();
  const certificates = keepClusterCertificates({
    ...dependencies,
    api,
    log,
    events,
    namespace,
    secretName: config.certificateSecret,
    deploymentName: config.deploymentName,
    configuration: { kind: 'MutatingWebhookConfiguration', name: config.webhookConfiguration },
    otherConfigurations: validating === undefined ? [] : [{ kind: 'ValidatingWebhookConfiguration', name: validating }],
    names: [`${config.serviceName}.${namespace}.svc`, ...dependencies.names],
    serve: (pair) => {
      serve(pair);
      first.resolve();
    },
  });
  return { first: first.promise, ...certificates };
}

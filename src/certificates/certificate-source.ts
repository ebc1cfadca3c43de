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

/** What the server and its certificates need from the outside. Tests pass their own. */
export interface Dependencies {
  /** Undefined outside a cluster. */
  readonly api: ApiClient | undefined;
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly policy: RenewalPolicy;
  /** Names of a self-signed certificate in addition to the Service's. */
  readonly names: readonly string[];
}

/** Returns the dependencies of a server that runs in production. */
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

/** Gets certificates in the mode of the configuration, and serves each new pair. */
export function createCertificateSource(options: CertificateSourceOptions): CertificateSource {
  const { events } = options;
  const serve = (pair: ServingPair) => {
    events.certificateExpiresAt(pair.certificate.x509.validToDate);
    options.serve(pair);
  };
  const source = createSource({ ...options, serve });
  source.first.catch(() => {}); // it may fail before somebody awaits it
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

/** Without a namespace, as outside a cluster or with a URL for a webhook, the names of the certificate are not checked. */
function servingFiles({ tlsCertFile = '', tlsPrivateKeyFile = '', namespace, serviceName }: Config): ServingFiles {
  const names = namespace === undefined ? [] : [`${serviceName}.${namespace}.svc`];
  return { certFile: tlsCertFile, keyFile: tlsPrivateKeyFile, names };
}

function temporary({ dependencies: { clock, randomness }, log, serve }: CertificateSourceOptions): CertificateSource {
  let created: string | undefined;
  const create = async () => {
    const { folder, pair } = await makeTemporaryCertificate(clock.now(), randomness);
    created = folder;
    log.warn(
      { folder },
      'no --tls-cert-file: serving a temporary certificate for localhost; the folder contains its ca.crt until the server stops',
    );
    serve(pair);
  };
  const stop = () => {
    if (created !== undefined) rmSync(created, { recursive: true, force: true });
  };
  return { first: create(), notReadyBecause: () => undefined, stop };
}

function fromCluster({ config, dependencies, log, events, serve }: CertificateSourceOptions): CertificateSource {
  const { api } = dependencies;
  if (api === undefined) {
    throw new CertificateError(
      '--certificate-mode self-signed keeps a Secret in the cluster and works only in a pod; use files instead',
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

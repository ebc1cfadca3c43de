import { rmSync } from 'node:fs';
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import type { ApiClient } from '../kubernetes-api/api-client.ts';
import { readCertificates } from './certificate.ts';
import { caution } from './certificate-acceptance.ts';
import type { CertificateEvents } from './certificate-events.ts';
import { watchCertificateFiles } from './certificate-files.ts';
import { keepClusterCertificates } from './cluster-certificates.ts';
import { type CertificatePair, type Randomness, systemRandomness } from './issue-certificate.ts';
import { defaultPolicy, expiryOf, type RenewalPolicy } from './renewal-policy.ts';
import {
  CertificateError,
  loadServingCertificate,
  makeTemporaryCertificate,
  type ServingFiles,
} from './serving-certificate.ts';

/** Where certificates, time and chance come from; tests bring their own. */
export interface Surroundings {
  /** The API server's; undefined outside a cluster. */
  readonly api: ApiClient | undefined;
  readonly now: () => Date;
  readonly randomness: Randomness;
  readonly policy: RenewalPolicy;
  /** Names that a self-signed certificate is for beside the Service's. */
  readonly names: readonly string[];
}

export function systemSurroundings(api: ApiClient | undefined): Surroundings {
  return { api, now: () => new Date(), randomness: systemRandomness, policy: defaultPolicy, names: [] };
}

/** Certificates to serve with, in any of the three modes. */
export interface CertificateSource {
  /** Fulfilled when there is a pair, which `serve` has got. */
  readonly first: Promise<void>;
  /** Why callers cannot trust it yet; undefined when they can. */
  readonly notReadyBecause: () => string | undefined;
  readonly stop: () => void;
}

type Serve = (pair: CertificatePair) => void;

/** Finds certificates as the configuration says; each pair goes to `use`. */
export function createCertificateSource(
  config: Config,
  surroundings: Surroundings,
  log: Logger,
  events: CertificateEvents,
  use: Serve,
): CertificateSource {
  const serve: Serve = (pair) => {
    events.certificateExpiresAt(expiryOf(pair.certificate));
    use(pair);
  };
  const source = sourceOf(config, surroundings, log, events, serve);
  source.first.catch(() => {}); // whoever awaits it may begin to only when it has failed
  return source;
}

function sourceOf(
  config: Config,
  surroundings: Surroundings,
  log: Logger,
  events: CertificateEvents,
  serve: Serve,
): CertificateSource {
  switch (config.certificateMode) {
    case 'files':
      return fromFiles(filesOf(config), surroundings, log, events, serve);
    case 'temporary':
      return temporary(surroundings, log, serve);
    case 'self-signed':
      return fromCluster(config, surroundings, log, events, serve);
    default:
      return config.certificateMode satisfies never;
  }
}

/** Outside a cluster, and where a URL names the webhook, nobody tells the namespace: then the name is not checked. */
function filesOf({ tlsCertFile = '', tlsPrivateKeyFile = '', namespace, serviceName }: Config): ServingFiles {
  const names = namespace === undefined ? [] : [`${serviceName}.${namespace}.svc`];
  return { certFile: tlsCertFile, keyFile: tlsPrivateKeyFile, names };
}

function fromFiles(
  files: ServingFiles,
  { now }: Surroundings,
  log: Logger,
  events: CertificateEvents,
  serve: Serve,
): CertificateSource {
  const stopped = new AbortController();
  const { certFile } = files;
  const serveWithCaution: Serve = (pair) => {
    const warning = caution(readCertificates(pair.certificate) ?? []);
    if (warning !== undefined) log.warn({ certFile }, `the serving certificate ${warning}`);
    serve(pair);
  };
  const load = async () => {
    const pair = await loadServingCertificate(files, now());
    serveWithCaution(pair);
    events.certificateFilesAreGood(true);
    const looked = events.certificateFilesAreGood;
    watchCertificateFiles({
      files,
      current: pair,
      now,
      log,
      looked,
      serve: serveWithCaution,
      signal: stopped.signal,
    });
  };
  return { first: load(), notReadyBecause: () => undefined, stop: () => stopped.abort() };
}

function temporary({ now }: Surroundings, log: Logger, serve: Serve): CertificateSource {
  let made: string | undefined;
  const make = async () => {
    const { folder, ...pair } = await makeTemporaryCertificate(now());
    made = folder;
    log.warn(
      { folder },
      'no --tls-cert-file: serving with a temporary certificate for localhost; its ca.crt is in the folder until the end',
    );
    serve(pair);
  };
  const stop = () => {
    if (made !== undefined) rmSync(made, { recursive: true, force: true });
  };
  return { first: make(), notReadyBecause: () => undefined, stop };
}

function fromCluster(
  config: Config,
  surroundings: Surroundings,
  log: Logger,
  events: CertificateEvents,
  serve: Serve,
): CertificateSource {
  const { api } = surroundings;
  if (api === undefined) {
    throw new CertificateError(
      '--certificate-mode self-signed keeps a Secret in the cluster and works in a pod only; use files',
    );
  }
  const { namespace = '', validatingWebhookConfiguration: validating } = config;
  const first = Promise.withResolvers<void>();
  const keeper = keepClusterCertificates({
    ...surroundings,
    api,
    log,
    events,
    namespace,
    secretName: config.certificateSecret,
    deploymentName: config.deploymentName,
    configuration: { kind: 'MutatingWebhookConfiguration', name: config.webhookConfiguration },
    otherConfigurations: validating === undefined ? [] : [{ kind: 'ValidatingWebhookConfiguration', name: validating }],
    names: [`${config.serviceName}.${namespace}.svc`, ...surroundings.names],
    serve: (pair) => {
      serve(pair);
      first.resolve();
    },
  });
  return { first: first.promise, ...keeper };
}

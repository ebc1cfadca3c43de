import type { CertificatePair } from '../certificates/issue.ts';
import { expiryOf, nextRenewal } from '../certificates/renewal.ts';
import { type CertificateState, issuerOf } from '../certificates/state.ts';
import { ApiError } from '../kubernetes/api-client.ts';
import { holdsAuthorities, type WebhookConfiguration, writeAuthorities } from './ca-bundle.ts';
import { type CertificateSecretOptions, type Holding, secretsPath, settleSecret } from './certificate-secret.ts';
import type { Metrics } from './metrics.ts';
import { repeat } from './repeat.ts';

export interface ClusterCertificateOptions extends CertificateSecretOptions {
  readonly metrics: Metrics;
  /** The MutatingWebhookConfiguration whose caBundle is kept. */
  readonly configurationName: string;
  /** Serves with the pair from now on. */
  readonly serve: (pair: CertificatePair) => void;
}

export interface ClusterCertificates {
  /** Why the API server cannot trust this replica yet; undefined once it could. */
  readonly notReadyBecause: () => string | undefined;
  readonly stop: () => void;
}

const configurations = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';
const longestWait = 60_000; // milliseconds between looks, for whatever a watch may have missed
const watchLength = 300; // seconds

/**
 * Keeps certificates for all replicas in one Secret, without a leader: who writes first wins, the others adopt what
 * stands there. Nothing here ends by itself: what fails is logged and tried again.
 */
export function keepClusterCertificates(options: ClusterCertificateOptions): ClusterCertificates {
  const { api, log, metrics, secretName, configurationName, policy, now } = options;
  const stopped = new AbortController();
  let holding: Holding | undefined;
  let trusted: ReadonlyMap<string, number> = new Map(); // CAs, and since when this replica sees each in caBundle
  let notReady: string | undefined = 'no certificate yet';

  /** The Secret's state, when caBundle is its CAs. */
  const settle = async (): Promise<CertificateState> => {
    // Read before the Secret and written only where it is still the same, caBundle never goes back to older CAs.
    const path = `${configurations}/${configurationName}`;
    const configuration = await api.call<WebhookConfiguration>('GET', path);
    const state = await settleSecret(options, holding);
    if (holdsAuthorities(configuration, state.authorities)) return state;
    const changedByOthers = holding !== undefined && sameAuthorities(holding.state, state);
    if (changedByOthers) metrics.caBundleMatches(false);
    await writeAuthorities(api, path, configuration, state.authorities);
    if (changedByOthers) {
      metrics.caBundleRepaired();
      log.warn({ configuration: configurationName }, 'caBundle had been changed and was put right');
    }
    return state;
  };

  /** When to serve with the state's certificate: at once, but for a CA that not every API server may know yet. */
  const servedFrom = ({ authorities, serving }: CertificateState): number => {
    if (holding === undefined || holding.served.certificate === serving.certificate) return 0;
    const knownSince = trusted.get(issuerOf(serving.certificate, authorities) ?? '') ?? 0;
    return Math.min(knownSince + policy.activationDelay, expiryOf(holding.served.certificate).getTime());
  };

  const reconcile = async (): Promise<number> => {
    const state = await settle();
    metrics.caBundleMatches(true);
    const time = now().getTime();
    const since = holding === undefined ? 0 : time; // what was there before us has been known for long
    trusted = new Map(state.authorities.map((authority) => [authority, trusted.get(authority) ?? since]));
    const from = servedFrom(state);
    const pair = from <= time || holding === undefined ? state.serving : holding.served;
    if (pair.certificate !== holding?.served.certificate) {
      options.serve(pair);
      log.info({ expires: expiryOf(pair.certificate) }, 'serving with a new certificate');
    } else if (from > time && holding?.state.serving.certificate !== state.serving.certificate) {
      log.info({ from: new Date(from) }, 'the certificate in the Secret is of a CA that is new; serving with it later');
    }
    holding = { state, served: pair };
    notReady = undefined;
    const next = Math.min(nextRenewal(state, policy).getTime(), from > time ? from : Number.POSITIVE_INFINITY);
    return Math.min(longestWait, Math.max(0, next - time));
  };

  const reconcileOrAgain = async (): Promise<number> => {
    try {
      return await reconcile();
    } catch (error) {
      if (error instanceof ApiError && error.code === 409) return 0; // another replica was first: look at what it wrote
      throw error;
    }
  };
  const wake = repeat(reconcileOrAgain, stopped.signal, (error) => {
    if (notReady !== undefined) notReady = messageOf(error);
    log.error({ error: messageOf(error) }, 'cannot keep the certificates; trying again');
  });
  for (const [path, name] of [
    [secretsPath(options), secretName],
    [configurations, configurationName],
  ] as const) {
    const query = `?watch=true&fieldSelector=${encodeURIComponent(`metadata.name=${name}`)}&timeoutSeconds=${watchLength}`;
    const follow = async () => {
      const signal = AbortSignal.any([stopped.signal, AbortSignal.timeout((watchLength + 30) * 1000)]);
      for await (const { type } of api.watch(path + query, signal)) if (type !== 'BOOKMARK') wake();
      return 0;
    };
    repeat(follow, stopped.signal, (error) =>
      // an API server that goes away ends its watches; one that refuses them has something to say
      log[error instanceof ApiError ? 'warn' : 'debug'](
        { error: messageOf(error) },
        'watch ended; beginning again, and looking every minute',
      ),
    );
  }
  return { notReadyBecause: () => notReady, stop: () => stopped.abort() };
}

function sameAuthorities(one: CertificateState, other: CertificateState): boolean {
  return one.authorities.join() === other.authorities.join();
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

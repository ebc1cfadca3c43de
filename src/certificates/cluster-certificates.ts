import { messageOf } from '../diagnostics/text.ts';
import { ApiError, withoutWrites } from '../kubernetes-api/api-client.ts';
import { type Clock, readClock } from '../kubernetes-api/api-server-clock.ts';
import { repeat } from '../kubernetes-api/retry-loop.ts';
import { createCaBundle } from './ca-bundle.ts';
import type { CertificateEvents } from './certificate-events.ts';
import { type CertificateSecretOptions, type Holding, secretsPath, settleSecret } from './certificate-secret.ts';
import { type CertificateState, issuerOf } from './certificate-state.ts';
import type { CertificatePair } from './issue-certificate.ts';
import { optional } from './optional-ca-bundle.ts';
import { expiryOf, nextRenewal } from './renewal-policy.ts';
import { type ConfigurationReference, collectionOf } from './webhook-configuration.ts';

export interface ClusterCertificateOptions extends CertificateSecretOptions {
  readonly events: CertificateEvents;
  readonly now: () => Date;
  /** The webhook configuration for pods; until its caBundle vouches for this replica, it is not ready. */
  readonly configuration: ConfigurationReference;
  /** Others whose caBundle is kept, too, and that nothing waits for. */
  readonly otherConfigurations: readonly ConfigurationReference[];
  /** Serves with the pair from now on. */
  readonly serve: (pair: CertificatePair) => void;
}

export interface ClusterCertificates {
  /** Why the API server cannot trust this replica yet; undefined once it could. */
  readonly notReadyBecause: () => string | undefined;
  /** From now on nothing is written: who comes after this replica may keep the certificates another way. */
  readonly stop: () => void;
}

const longestWait = 60_000; // milliseconds between looks, for whatever a watch may have missed
const watchLength = 300; // seconds

/**
 * Keeps certificates for all replicas in one Secret, without a leader: who writes first wins, the others adopt what
 * stands there. Nothing here ends by itself: what fails is logged and tried again.
 */
export function keepClusterCertificates(options: ClusterCertificateOptions): ClusterCertificates {
  const { log, events, secretName, configuration, otherConfigurations, policy, now } = options;
  const stopped = new AbortController();
  let clock: Clock = { time: now(), wrong: undefined };
  const api = withoutWrites(options.api, () => (stopped.signal.aborted ? 'this replica is stopping' : clock.wrong));
  const writing = { ...options, api };
  const pods = createCaBundle(writing, configuration, () => events.caBundleMatches(false));
  const others = otherConfigurations.map((other) =>
    optional(
      createCaBundle(writing, other, () => {}),
      other,
      log,
    ),
  );
  let holding: Holding | undefined;
  let trusted: ReadonlyMap<string, number> = new Map(); // CAs, and since when this replica sees each in caBundle
  let notReady: string | undefined = 'no certificate yet';

  const lookAtClock = () => {
    const { wrong } = clock;
    clock = readClock(api, now);
    if (clock.wrong !== undefined && wrong === undefined) log.error({ error: clock.wrong }, 'the clock is wrong');
    if (clock.wrong === undefined && wrong !== undefined) log.info('the clock is right again');
  };

  /** The Secret's state, when the pods' caBundle is its CAs. */
  const settle = async (): Promise<CertificateState> => {
    const read = await pods.read();
    lookAtClock();
    const state = await settleSecret(writing, holding, clock);
    await pods.keep(read, state.authorities);
    return state;
  };

  /** When to serve with the state's certificate: at once, but for a CA that not every API server may know yet. */
  const servedFrom = ({ authorities, serving }: CertificateState): number => {
    if (holding === undefined || holding.served.certificate === serving.certificate) return 0;
    const knownSince = trusted.get(issuerOf(serving.certificate, authorities) ?? '') ?? 0;
    return Math.min(knownSince + policy.activationDelay, expiryOf(holding.served.certificate).getTime());
  };

  const reconcile = async (): Promise<number> => {
    const keepOthers = await Promise.all(others.map(({ read }) => read())); // before the Secret, as the pods'
    const state = await settle();
    events.caBundleMatches(true);
    const time = clock.time.getTime();
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
    const waits = await Promise.all(keepOthers.map((keep) => keep(state.authorities)));
    const untilNext = clock.wrong === undefined ? Math.max(0, next - time) : longestWait; // others do what is due
    return Math.min(longestWait, ...waits, untilNext);
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
    ...[configuration, ...otherConfigurations].map((one) => [collectionOf(one), one.name] as const),
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

import type { Logger } from 'pino';
import { withoutWrites } from '../kubernetes-api/api-client.ts';
import { type CheckedTime, checkTime } from '../kubernetes-api/api-server-clock.ts';
import type { Clock } from '../time/clock.ts';
import { minute } from '../time/duration.ts';
import { createBestEffortCaBundle } from './best-effort-ca-bundle.ts';
import { createCaBundleReconciler } from './ca-bundle-reconciler.ts';
import { presentsSame, type ServingPair } from './certificate.ts';
import type { CertificateEvents } from './certificate-events.ts';
import { type CertificateSecretOptions, type CurrentCertificates, reconcileSecret } from './certificate-secret.ts';
import type { CertificateState } from './certificate-state.ts';
import { nextRenewal } from './renewal-policy.ts';
import { planActivation, type TrustedSince, updateTrust } from './serving-activation.ts';
import type { ConfigurationReference } from './webhook-configuration.ts';

export interface ClusterCertificateOptions extends CertificateSecretOptions {
  readonly events: CertificateEvents;
  readonly clock: Clock;
  /** The webhook configuration for pods. The replica is not ready until its caBundle includes the replica's CA. */
  readonly configuration: ConfigurationReference;
  /** Other configurations whose caBundle is kept up to date; nothing depends on them. */
  readonly otherConfigurations: readonly ConfigurationReference[];
  /** Serves this pair from now on. */
  readonly serve: (pair: ServingPair) => void;
}

const maxInterval = minute; // between two runs, in case a watch missed something

/**
 * Returns a function that brings the Secret, caBundle and the serving certificate up to date once, and returns the number of
 * milliseconds until the next run. Nothing is written after the signal is aborted, or while the clock is wrong.
 */
export function createClusterReconciler(options: ClusterCertificateOptions, signal: AbortSignal) {
  const { log, events, clock, configuration, otherConfigurations, policy } = options;
  let checked: CheckedTime = { time: clock.now(), clockProblem: undefined };
  let current: CurrentCertificates | undefined;
  let trustedSince: TrustedSince = new Map();
  const api = withoutWrites(options.api, () => (signal.aborted ? 'this replica is stopping' : checked.clockProblem));
  const onMismatch = () => events.caBundleMatches(false);
  const pods = createCaBundleReconciler({ api, log, events, reference: configuration, onMismatch });
  const others = otherConfigurations.map((reference) => {
    const reconciler = createCaBundleReconciler({ api, log, events, reference, onMismatch: () => {} });
    return createBestEffortCaBundle(reconciler, reference, log);
  });

  /** Reconciles the Secret, then caBundle of the configuration for pods. Returns the state in the Secret. */
  const reconcileState = async (): Promise<CertificateState> => {
    const podConfiguration = await pods.read();
    const last = checked;
    checked = checkTime(api, clock.now);
    logClockChange(last, checked, log);
    const state = await reconcileSecret({ ...options, api }, current, checked);
    await pods.reconcile(podConfiguration, state.authorities);
    events.caBundleMatches(true);
    return state;
  };
  /** Serves the planned pair. Returns when to serve the state's pair; undefined if it is served already. */
  const activate = (state: CertificateState): Date | undefined => {
    const { time } = checked;
    trustedSince = updateTrust({ state, current, trustedSince, time });
    const { pair, activateAt } = planActivation({ state, current, trustedSince, time, policy });
    const isNewPair = !current || !presentsSame(pair, current.served);
    const isNewState = current && !presentsSame(state.serving, current.state.serving);
    if (isNewPair) {
      options.serve(pair);
      log.info({ expires: pair.certificate.x509.validToDate }, 'serving a new certificate');
    } else if (activateAt && isNewState)
      log.info({ from: activateAt }, 'the CA of the certificate in the Secret is new; serving the certificate later');
    current = { state, served: pair };
    return activateAt;
  };
  return async (): Promise<number> => {
    const reconcileOthers = await Promise.all(others.map(({ read }) => read())); // read before the Secret, as for pods
    const state = await reconcileState();
    const activateAt = activate(state);
    const intervals = await Promise.all(reconcileOthers.map((reconcile) => reconcile(state.authorities)));
    if (checked.clockProblem !== undefined) return Math.min(maxInterval, ...intervals); // other replicas renew
    const next = Math.min(nextRenewal(state, policy).getTime(), activateAt?.getTime() ?? Number.POSITIVE_INFINITY);
    return Math.min(maxInterval, ...intervals, Math.max(0, next - checked.time.getTime()));
  };
}

function logClockChange(last: CheckedTime, { clockProblem }: CheckedTime, log: Logger): void {
  if (clockProblem !== undefined && last.clockProblem === undefined)
    log.error({ error: clockProblem }, 'the clock is wrong');
  if (clockProblem === undefined && last.clockProblem !== undefined) log.info('the clock is correct again');
}

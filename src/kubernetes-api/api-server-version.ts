import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import { messageOf } from '../diagnostics/text.ts';
import {
  formatKubernetesVersion,
  type KubernetesVersion,
  parseKubernetesVersion,
} from '../kubernetes/kubernetes-version.ts';
import type { Clock } from '../time/clock.ts';
import { hour } from '../time/duration.ts';
import { startRetryLoop } from '../time/retry-loop.ts';
import type { ApiClient } from './api-client.ts';

/** The version that the API server reported last. */
export interface VersionSource {
  /** Undefined until the API server has reported its version. */
  readonly version: () => KubernetesVersion | undefined;
  readonly stop: () => void;
}

interface VersionSourceOptions {
  readonly api: ApiClient;
  readonly clock: Clock;
  readonly log: Logger;
}

const checkInterval = hour; // the cluster may be upgraded while the server runs

/** Gets the version of the API server, retries until that succeeds, and then checks regularly. */
export function followKubernetesVersion({ api, clock, log }: VersionSourceOptions): VersionSource {
  const stopped = new AbortController();
  let version: KubernetesVersion | undefined;
  const update = async (): Promise<number> => {
    const { major, minor } = await api.call<{ major: string; minor: string }>('GET', '/version');
    const reported = parseKubernetesVersion(`${major}.${minor}`);
    if (reported === undefined)
      throw new Error(`the API server reported an unknown version: ${JSON.stringify({ major, minor })}`);
    if (!isDeepStrictEqual(reported, version))
      log.info({ version: formatKubernetesVersion(reported) }, 'the API server reported its version');
    version = reported;
    return checkInterval;
  };
  const onError = (error: unknown) =>
    log.error({ error: messageOf(error) }, 'cannot get the version of the API server; retrying');
  startRetryLoop({ task: update, clock, signal: stopped.signal, onError });
  return { version: () => version, stop: () => stopped.abort() };
}

import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import { messageOf } from '../diagnostics/text.ts';
import {
  formatKubernetesVersion,
  type KubernetesVersion,
  parseKubernetesVersion,
} from '../kubernetes/kubernetes-version.ts';
import type { ApiClient } from './api-client.ts';
import { repeat } from './retry-loop.ts';

/** The API server's version as it was last told; undefined until it is. */
export interface VersionSource {
  readonly version: () => KubernetesVersion | undefined;
  readonly stop: () => void;
}

const askAgain = 60 * 60 * 1000; // milliseconds: a cluster may be upgraded while we run

/** Asks the API server for its version, again until it answers and then now and again. */
export function followKubernetesVersion(api: ApiClient, log: Logger): VersionSource {
  const stopped = new AbortController();
  let version: KubernetesVersion | undefined;
  const ask = async () => {
    const { major, minor } = await api.call<{ major: string; minor: string }>('GET', '/version');
    const told = parseKubernetesVersion(`${major}.${minor}`);
    if (told === undefined) throw new Error(`the API server calls its version ${JSON.stringify({ major, minor })}`);
    if (!isDeepStrictEqual(told, version))
      log.info({ version: formatKubernetesVersion(told) }, 'the API server has told its version');
    version = told;
    return askAgain;
  };
  repeat(ask, stopped.signal, (error) =>
    log.error({ error: messageOf(error) }, 'cannot get the version of the API server; trying again'),
  );
  return { version: () => version, stop: () => stopped.abort() };
}

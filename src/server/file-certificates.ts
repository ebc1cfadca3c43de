import { watch } from 'node:fs';
import { dirname } from 'node:path';
import type { Logger } from 'pino';
import type { CertificatePair } from '../certificates/issue.ts';
import { loadServingCertificate } from './serving-certificate.ts';

const settleTime = 200; // milliseconds for which nothing more changes
const pollInterval = 60_000; // milliseconds, for file systems that tell nothing

/**
 * Watches a certificate and its key and hands on each new good pair; a bad one is logged and the last good one stays.
 * The folders are watched, not the files: a mounted Secret changes by a swap of its `..data` link.
 */
export function watchCertificateFiles(
  certFile: string,
  keyFile: string,
  current: CertificatePair,
  log: Logger,
  serve: (pair: CertificatePair) => void,
): { readonly stop: () => void } {
  let served = current;
  let settling: NodeJS.Timeout | undefined;
  const reload = async () => {
    try {
      const pair = await loadServingCertificate(certFile, keyFile, new Date());
      if (pair.certificate === served.certificate && pair.privateKey === served.privateKey) return;
      served = pair;
      serve(pair);
      log.info({ certFile }, 'serving with a new certificate');
    } catch (error) {
      log.error(
        { error: error instanceof Error ? error.message : error },
        'the new certificate cannot be used; the old one stays',
      );
    }
  };
  const soon = () => {
    clearTimeout(settling);
    settling = setTimeout(() => void reload(), settleTime);
  };
  const watchers = [...new Set([dirname(certFile), dirname(keyFile)])].map((folder) => watch(folder, soon));
  const poll = setInterval(() => void reload(), pollInterval).unref();
  return {
    stop: () => {
      clearTimeout(settling);
      clearInterval(poll);
      for (const watcher of watchers) watcher.close();
    },
  };
}

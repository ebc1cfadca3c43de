import { type FSWatcher, watch } from 'node:fs';
import { dirname } from 'node:path';
import type { Logger } from 'pino';
import { messageOf } from '../diagnostics/text.ts';
import type { CertificatePair } from './issue-certificate.ts';
import { loadServingCertificate, type ServingFiles } from './serving-certificate.ts';

const settleTime = 200; // milliseconds for which nothing more changes
const pollInterval = 60_000; // milliseconds, for file systems that tell nothing

export interface FileCertificateOptions {
  readonly files: ServingFiles;
  /** What is served already. */
  readonly current: CertificatePair;
  readonly now: () => Date;
  readonly log: Logger;
  /** Is told after each look whether the files hold a pair that can be served. */
  readonly looked: (isGood: boolean) => void;
  /** Serves with the pair from now on. */
  readonly serve: (pair: CertificatePair) => void;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/**
 * Watches a certificate and its key and hands on each new good pair; a bad one is logged and the last good one stays.
 * The folders are watched, not the files: a mounted Secret changes by a swap of its `..data` link.
 */
export function watchCertificateFiles(options: FileCertificateOptions): void {
  const { files, current, now, log, looked, serve, signal } = options;
  const { certFile, keyFile } = files;
  if (signal.aborted) return;
  let served = current;
  let settling: NodeJS.Timeout | undefined;
  const reload = async () => {
    try {
      const pair = await loadServingCertificate(files, now());
      if (signal.aborted) return;
      looked(true);
      if (pair.certificate === served.certificate && pair.privateKey === served.privateKey) return;
      served = pair;
      serve(pair);
      log.info({ certFile }, 'serving with a new certificate');
    } catch (error) {
      if (signal.aborted) return;
      looked(false);
      log.error({ error: messageOf(error) }, 'the new certificate cannot be used; the old one stays');
    }
  };
  const soon = () => {
    clearTimeout(settling);
    settling = setTimeout(() => void reload(), settleTime);
  };
  const poll = setInterval(() => void reload(), pollInterval).unref();
  const watchers = [...new Set([dirname(certFile), dirname(keyFile)])].map((folder) => follow(folder, soon, log));
  signal.addEventListener('abort', () => {
    clearTimeout(settling);
    clearInterval(poll);
    for (const watcher of watchers) watcher?.close();
  });
}

/** Calls back when something in the folder changes. A node may have no watch left to give: then polling must do. */
function follow(folder: string, changed: () => void, log: Logger): FSWatcher | undefined {
  const blind = (error: unknown) =>
    log.warn({ folder, error: messageOf(error) }, 'cannot watch for a new certificate; looking every minute');
  try {
    return watch(folder, changed).on('error', blind);
  } catch (error) {
    blind(error);
    return undefined;
  }
}

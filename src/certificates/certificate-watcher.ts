import { type FSWatcher, watch } from 'node:fs';
import { dirname } from 'node:path';
import type { Logger } from 'pino';
import { messageOf } from '../diagnostics/text.ts';
import type { Clock } from '../time/clock.ts';
import { minute } from '../time/duration.ts';
import { presentsSame, type ServingPair } from './certificate.ts';
import type { CertificateEvents } from './certificate-events.ts';
import { loadServingPair, type ServingFiles } from './certificate-files.ts';

const settleTime = 200; // milliseconds without a change before the files are read
const pollInterval = minute; // for file systems that report no changes

export interface CertificateWatcherOptions {
  readonly files: ServingFiles;
  /** The pair that is served already. */
  readonly current: ServingPair;
  readonly clock: Clock;
  readonly log: Logger;
  /** Receives the result of each read: whether the files contain a pair that can be served. */
  readonly events: Pick<CertificateEvents, 'certificateFilesAreGood'>;
  /** Serves this pair from now on. */
  readonly serve: (pair: ServingPair) => void;
  /** Ends the watch. */
  readonly signal: AbortSignal;
}

/**
 * Watches the files of a certificate and serves each new good pair. Logs a bad pair and keeps serving the last good one.
 * Watches the folders rather than the files, because a mounted Secret changes when its `..data` link is replaced.
 */
export function watchCertificateFiles(options: CertificateWatcherOptions): void {
  const { files, clock, log, signal } = options;
  if (signal.aborted) return;
  const reload = createReload(options);
  let cancelSettling = () => {};
  let cancelPoll = () => {};
  const reloadSoon = () => {
    cancelSettling();
    cancelSettling = clock.schedule(settleTime, () => void reload());
  };
  const poll = () => {
    cancelPoll = clock.schedule(pollInterval, poll);
    void reload();
  };
  cancelPoll = clock.schedule(pollInterval, poll);
  const folders = new Set([dirname(files.certFile), dirname(files.keyFile)]);
  const watchers = [...folders].map((folder) => watchFolder(folder, reloadSoon, log));
  signal.addEventListener('abort', () => {
    cancelSettling();
    cancelPoll();
    for (const watcher of watchers) watcher?.close();
  });
}

/** Returns a function that reads the files and serves the pair if it is good and new. */
function createReload({ files, current, clock, log, events, serve, signal }: CertificateWatcherOptions) {
  let served = current;
  return async () => {
    try {
      const pair = await loadServingPair(files, clock.now());
      if (signal.aborted) return;
      events.certificateFilesAreGood(true);
      if (presentsSame(pair, served) && pair.privateKey === served.privateKey) return;
      served = pair;
      serve(pair);
      log.info({ certFile: files.certFile }, 'serving a new certificate');
    } catch (error) {
      if (signal.aborted) return;
      events.certificateFilesAreGood(false);
      log.error({ error: messageOf(error) }, 'the new certificate cannot be used; keeping the old one');
    }
  };
}

/** Watches a folder. Returns undefined if the node has reached its limit of watches; polling must then suffice. */
function watchFolder(folder: string, onChange: () => void, log: Logger): FSWatcher | undefined {
  const onError = (error: unknown) =>
    log.warn({ folder, error: messageOf(error) }, 'cannot watch for a new certificate; checking every minute');
  try {
    return watch(folder, onChange).on('error', onError);
  } catch (error) {
    onError(error);
    return undefined;
  }
}

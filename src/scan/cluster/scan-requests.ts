import type { ClusterReader } from './cluster-reader.ts';

/** How a scan reads a cluster. */
export interface ScanRequests {
  readonly reader: ClusterReader;
  /** Returns the result of the request; undefined, with a note that names `what`, if the API server refuses it. */
  readonly read: <T>(what: string, request: () => Promise<T>) => Promise<T | undefined>;
}

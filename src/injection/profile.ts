import type { AnnotationName } from '../annotations/annotation-keys.ts';
import type { EnvIntent } from './env/env-items.ts';
import type { FileIntent } from './volume/file-items.ts';

/** A name for what many pods request, from the settings of the cluster. A pod names it in the annotation `profile`. */
export interface Profile {
  /** A DNS label. */
  readonly name: string;
  /** For people; absent if there is none. */
  readonly description?: string;
  /** The values of its keys except `env` and `volume`, as the annotations of that name would have them. All are valid. */
  readonly values: ReadonlyMap<AnnotationName, string>;
  /** Undefined if the profile has no such key. */
  readonly env: readonly EnvIntent[] | undefined;
  readonly files: readonly FileIntent[] | undefined;
  /** The annotations that a pod with this profile cannot have. */
  readonly locked: ReadonlySet<AnnotationName>;
  /** Eight hexadecimal digits that change if what the profile requests or locks changes. */
  readonly hash: string;
}

/** The profiles of a cluster, by name. */
export type Profiles = ReadonlyMap<string, Profile>;

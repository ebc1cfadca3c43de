import type { AdmissionSource, EnvSource } from '../../annotations/env-source.ts';
import { printable, quote } from '../../diagnostics/text.ts';
import type { EnvIntent } from './env-items.ts';

/** A source known at admission that neither the pod nor its container determines. */
export type SourceOfSettings = 'cluster.name' | 'ambassador.url';

/** A value that is the same in every pod with these annotations. */
export interface KnownSource {
  readonly kind: 'known';
  readonly source: SourceOfSettings;
  /** As Kubernetes expands it, with escaped references. */
  readonly text: string;
}

/** A source that is known at admission from the pod, its origin, and the container. */
export interface PodSource {
  readonly kind: 'admission';
  readonly source: Exclude<AdmissionSource['source'], SourceOfSettings>;
}

/** The source of a variable after everything that does not depend on the pod has been decided. */
export type ResolvedSource = Exclude<EnvSource, AdmissionSource> | PodSource | KnownSource;

/** A variable that every target container gets, with a source that only the pod and the container determine. */
export interface ResolvedEnvIntent extends Omit<EnvIntent, 'source'> {
  readonly source: ResolvedSource;
}

/** Returns the name of a requested variable for a message: `NAME`, or `"NAME" of profile "web"`. */
export function nameOfIntent({ name, profile }: Pick<EnvIntent, 'name' | 'profile'>): string {
  return profile === undefined ? printable(name) : `${quote(name)}${ofProfile}${quote(profile)}`;
}

const ofProfile = ' of profile ';

/** Reports whether a message names the profile of a variable. No value of a user looks like this, since its quotes are escaped. */
export function namesProfile(message: string): boolean {
  return message.includes(`"${ofProfile}"`);
}

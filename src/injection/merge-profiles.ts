import { type AnnotationName, annotationField } from '../annotations/annotation-keys.ts';
import type { EnvSource } from '../annotations/env-source.ts';
import { formatEnvSource } from '../annotations/env-source-syntax.ts';
import type { Findings } from '../diagnostics/findings.ts';
import { quote, quoteItem } from '../diagnostics/text.ts';
import type { EnvIntent } from './env/env-items.ts';
import { sameEnvSource } from './env/requested-variables.ts';
import type { Profile } from './profile.ts';
import type { FileIntent } from './volume/file-items.ts';

/** Reports whether any of the profiles has this list, `env` or `volume`. */
export function isListOf(profiles: readonly Profile[], name: AnnotationName): boolean {
  return profiles.some(
    ({ env, files }) => (name === 'env' ? env : name === 'volume' ? files : undefined) !== undefined,
  );
}

/**
 * Returns the values that the profiles give to annotations other than the lists; of several profiles, the last one determines
 * it. An annotation of the pod that a profile locks is an error.
 */
export function valuesOfProfiles(
  own: ReadonlyMap<AnnotationName, string>,
  profiles: readonly Profile[],
  findings: Findings,
): ReadonlyMap<AnnotationName, string> {
  for (const { name, locked } of profiles) {
    for (const key of locked) {
      if (!own.has(key)) continue;
      const detail = `profile ${quote(name)} locks it; remove the annotation`;
      findings.errors.push({ field: annotationField(key), kind: 'Forbidden', detail });
    }
  }
  return new Map(profiles.flatMap(({ values }) => [...values]));
}

/** Returns the variables of the profiles, then the pod's own. One of the pod replaces that of a profile with the same name. */
export function mergeVariables(
  profiles: readonly Profile[],
  own: readonly EnvIntent[] | undefined,
  findings: Findings,
): readonly EnvIntent[] | undefined {
  if (!isListOf(profiles, 'env')) return own;
  return merge({ profiles, ofProfile: ({ env = [] }) => env, own: own ?? [], keyOf: ({ name }) => name }, findings);
}

/** Returns the files of the profiles, then the pod's own. One of the pod replaces that of a profile with the same path. */
export function mergeFiles(
  profiles: readonly Profile[],
  own: readonly FileIntent[] | undefined,
  findings: Findings,
): readonly FileIntent[] | undefined {
  if (!isListOf(profiles, 'volume')) return own;
  return merge({ profiles, ofProfile: ({ files = [] }) => files, own: own ?? [], keyOf: ({ path }) => path }, findings);
}

interface Lists<Intent> {
  readonly profiles: readonly Profile[];
  readonly ofProfile: (profile: Profile) => readonly Intent[];
  readonly own: readonly Intent[];
  /** Returns the NAME or the path. */
  readonly keyOf: (intent: Intent) => string;
}

function merge<Intent extends { readonly source: EnvSource; readonly profile?: string }>(
  { profiles, ofProfile, own, keyOf }: Lists<Intent>,
  findings: Findings,
): readonly Intent[] {
  const ownKeys = new Set(own.map(keyOf));
  const merged = new Map<string, Intent>();
  for (const intent of profiles.flatMap(ofProfile)) {
    const key = keyOf(intent);
    if (ownKeys.has(key)) continue;
    const earlier = merged.get(key);
    if (earlier === undefined) merged.set(key, intent);
    else if (!sameEnvSource(earlier.source, intent.source)) {
      findings.errors.push(() => {
        const requests = [earlier, intent].map(
          ({ profile = '', source }) =>
            `profile ${quote(profile)} requests it as ${quoteItem(formatEnvSource(source))}`,
        );
        const detail = `${requests.join(', and ')}; name only one of them, or request ${quote(key)} in the pod's own annotation`;
        return { field: annotationField('profile'), kind: 'Duplicate', value: key, detail };
      });
    }
  }
  return [...merged.values(), ...own];
}

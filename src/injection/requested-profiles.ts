import { type AnnotationName, annotationField } from '../annotations/annotation-keys.ts';
import { parseList } from '../annotations/annotation-list.ts';
import type { InjectionStatus } from '../annotations/injection-status.ts';
import type { Findings } from '../diagnostics/findings.ts';
import { alternatives, listNames, nearest, quote } from '../diagnostics/text.ts';
import { namesProfile } from './env/resolved-env.ts';
import { isListOf } from './merge-profiles.ts';
import type { PodOrigin } from './patch/injection-part.ts';
import type { Profile, Profiles } from './profile.ts';

interface ProfileRequest {
  /** The values of the pod's annotations, by name. */
  readonly values: ReadonlyMap<AnnotationName, string>;
  /** The names of the profiles that apply to a pod that names none. */
  readonly inheritedProfiles: readonly string[];
  /** The profiles of the settings. */
  readonly known: Profiles;
}

/** Returns the profiles that a pod requests: those that its annotation names, else those that it inherits. */
export function profilesOf(
  { values, inheritedProfiles, known }: ProfileRequest,
  findings: Findings,
): readonly Profile[] {
  const value = values.get('profile');
  if (value === undefined) return inheritedProfiles.flatMap((name) => known.get(name) ?? []);
  return parseList('profile', value, findings).flatMap(
    (name) => known.get(name) ?? reportUnknown(name, known, findings),
  );
}

/**
 * Returns the names of the profiles that a pod inherits: that of its namespace, else those with which it was injected, because a
 * later webhook reviews the pod of a namespace with a profile without knowing its namespace.
 */
export function inheritedProfiles({ namespaceProfile }: PodOrigin, status: InjectionStatus): readonly string[] {
  return namespaceProfile === undefined ? [...status.profiles.keys()] : [namespaceProfile];
}

function reportUnknown(name: string, known: Profiles, findings: Findings): readonly [] {
  findings.errors.push(() => {
    const names = [...known.keys()];
    const near = nearest(name, names);
    const hint = near === undefined ? '' : `; did you mean ${quote(near)}?`;
    const detail =
      names.length === 0
        ? 'the settings of Downlink have no profiles; offline, provide them with --config or --cluster'
        : `this cluster has the profiles ${listNames(names)}${hint}`;
    return { field: annotationField('profile'), kind: 'NotFound', value: name, detail };
  });
  return [];
}

/**
 * Returns the hashes of requested profiles by their names, for the status. What an earlier invocation injected stays as it is, and
 * so does the hash of that time.
 */
export function hashesOf(profiles: readonly Profile[], earlier: InjectionStatus): InjectionStatus['profiles'] {
  return new Map(profiles.map(({ name, hash }) => [name, earlier.profiles.get(name) ?? hash]));
}

const maxOwners = 10; // a hostile pod can name a thousand profiles

export interface AboutAnnotation {
  readonly field: string;
  readonly detail: string;
}

/**
 * Returns a function that says which profile a finding is about, if the pod itself lacks the annotation in its field: such a
 * finding gets the field of the annotation `profile`.
 */
export function sourcesOfFindings(values: ReadonlyMap<AnnotationName, string>, profiles: readonly Profile[]) {
  const whose = new Map<string, { readonly name: AnnotationName; readonly owners: Set<string> }>();
  for (const profile of profiles) {
    const lists = (['env', 'volume'] as const).filter((name) => isListOf([profile], name));
    for (const name of [...lists, ...profile.values.keys()]) {
      if (values.has(name)) continue;
      const known = whose.get(annotationField(name));
      if (known === undefined) whose.set(annotationField(name), { name, owners: new Set([profile.name]) });
      else known.owners.add(profile.name);
    }
  }
  return <T extends AboutAnnotation>(finding: T): T => {
    const found = whose.get(finding.field);
    if (found === undefined) return finding;
    const names = [...found.owners];
    const owners = names.length > maxOwners ? listNames(names) : alternatives(names.map(quote));
    const detail = namesProfile(finding.detail)
      ? finding.detail
      : `${found.name} of profile ${owners}: ${finding.detail}`;
    return { ...finding, field: annotationField('profile'), detail };
  };
}

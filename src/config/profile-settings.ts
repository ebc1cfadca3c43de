import { createHash } from 'node:crypto';
import {
  type AnnotationName,
  annotationKeys,
  annotationNames,
  annotationPrefix,
} from '../annotations/annotation-keys.ts';
import { splitList } from '../annotations/annotation-list.ts';
import type { FieldError } from '../diagnostics/field-error.ts';
import { createCollector, emptyFindings } from '../diagnostics/findings.ts';
import { nearest, printable, quote, quoteItem } from '../diagnostics/text.ts';
import { valueErrors } from '../injection/annotation-value.ts';
import { parseEnvItems, parseFileItems } from '../injection/items/parse-items.ts';
import type { Profile, Profiles } from '../injection/profile.ts';
import { isObject } from '../json/json-value.ts';
import { isDnsLabel } from '../kubernetes/object-names.ts';
import { type SettingSources, settingText } from './setting-sources.ts';
import { checkProfile, type ProfilePlace, type ProfileSettings } from './unusable-profiles.ts';

/** The key of the profiles in a settings file. It is not in the table of settings, because no flag can hold them. */
export const profilesKey = 'profiles';

const maxProfiles = 1000;
const maxName = 63; // characters of a DNS label
/** The annotations that no profile can have, each with the reason. */
const notInProfiles: Readonly<Partial<Record<AnnotationName, string>>> = {
  profile: 'profiles cannot include others; a pod can name several, for example "web, datadog"',
  containers: 'the names of containers differ from pod to pod, so only a pod can have this annotation',
  inject: 'only a pod can opt out; to inject nothing, remove the profile',
  status: 'Downlink writes it',
  kubeconfig: 'Downlink writes it; set ambassador-kubeconfig to "true"',
};
const profileKeys = annotationNames.filter((name) => !Object.hasOwn(notInProfiles, name));

/** Parsed profiles, and everything that is wrong with them. */
export interface ParsedProfiles {
  readonly profiles: Profiles;
  readonly errors: readonly FieldError[];
}

/** Parses the profiles of the settings file, or of the other sources if it has none. Fields are like `FILE: profiles.web.env`. */
export function parseProfiles(sources: SettingSources, settings: ProfileSettings): ParsedProfiles {
  const { name, value } = findProfiles(sources);
  if (value === undefined || value === null) return { profiles: new Map(), errors: [] };
  const field = `${name}: ${profilesKey}`;
  if (!isObject(value)) {
    const detail = 'must be a map from names to profiles, for example "web: {env: pod}"';
    return { profiles: new Map(), errors: [{ field, kind: 'Invalid', detail }] };
  }
  const names = Object.keys(value);
  if (names.length > maxProfiles) {
    const detail = `must have at most ${maxProfiles} profiles, but has ${names.length}`;
    return { profiles: new Map(), errors: [{ field, kind: 'TooLong', detail }] };
  }
  const errors = createCollector<FieldError>();
  const profiles = new Map<string, Profile>();
  for (const profile of names) {
    const place = { field: `${field}.${printable(profile)}`, errors };
    profiles.set(profile, parseProfile(profile, value[profile], place, settings));
  }
  const more = errors.total - errors.first.length;
  const others: FieldError = { field, kind: 'Invalid', detail: `and ${more} more errors` };
  return { profiles, errors: more > 0 ? [...errors.first, others] : errors.first };
}

function findProfiles({ file, others }: SettingSources): { readonly name: string; readonly value: unknown } {
  const content = file?.content;
  if (file !== undefined && isObject(content) && content[profilesKey] !== undefined)
    return { name: file.name, value: content[profilesKey] };
  return others === undefined ? { name: '', value: undefined } : findProfiles(others);
}

function parseProfile(name: string, value: unknown, place: ProfilePlace, settings: ProfileSettings): Profile {
  const { field, errors } = place;
  if (!isDnsLabel(name) || name.length > maxName) {
    const detail = `the name must consist of at most ${maxName} lowercase letters, digits, and "-", and start and end with a letter or digit`;
    errors.push({ field, kind: 'Invalid', value: name, detail });
  }
  if (!isObject(value)) {
    const detail = 'must be a map of annotations without their prefix, for example "env: pod"';
    errors.push({ field, kind: 'Invalid', detail });
    return { name, values: new Map(), env: undefined, files: undefined, locked: new Set(), hash: '' };
  }
  const texts = new Map<AnnotationName, string>();
  for (const [key, given] of Object.entries(value)) {
    if (key === 'description' || key === 'locked') continue;
    const known = profileKeys.find((one) => one === key);
    if (known === undefined) {
      errors.push(() => unknownKey(`${field}.${printable(key)}`, key));
      continue;
    }
    const text = textOf(known, given, annotationKeys[known].example, place);
    if (text !== undefined) texts.set(known, text);
  }
  for (const [key, text] of texts) {
    for (const error of valueErrors(key, text)) errors.push({ ...error, field: `${field}.${key}` });
  }
  const locked = lockedKeys(value, place);
  const description = Object.hasOwn(value, 'description')
    ? textOf('description', value['description'], 'what every web service gets', place)
    : undefined;
  const [env, files] = [texts.get('env'), texts.get('volume')];
  const ofProfile = { profile: name };
  const profile: Profile = {
    name,
    ...(description !== undefined && { description }),
    values: new Map([...texts].filter(([key]) => key !== 'env' && key !== 'volume')),
    env: env === undefined ? undefined : parseEnvItems(env, emptyFindings()).map((one) => ({ ...one, ...ofProfile })),
    files:
      files === undefined ? undefined : parseFileItems(files, emptyFindings()).map((one) => ({ ...one, ...ofProfile })),
    locked: new Set(locked),
    hash: hashOf(texts, locked),
  };
  checkProfile(profile, settings, place);
  return profile;
}

/** Returns the text of a key. Anything but a text, a list of texts, a number, or a boolean is an error. */
function textOf(key: string, value: unknown, example: string, { field, errors }: ProfilePlace): string | undefined {
  if (value === null || value === undefined) {
    const detail = `it has no value; remove the key, or write for example ${quoteItem(example)}`;
    errors.push({ field: `${field}.${key}`, kind: 'Required', detail });
    return undefined;
  }
  const isText = Array.isArray(value) ? value.every((item) => typeof item === 'string') : typeof value !== 'object';
  if (isText) return settingText(value);
  const detail = `must be text or a list of texts, for example ${quoteItem(example)}`;
  errors.push({ field: `${field}.${key}`, kind: 'Invalid', value: settingText(value), detail });
  return undefined;
}

function unknownKey(field: string, key: string): FieldError {
  const name = key.startsWith(annotationPrefix) ? key.slice(annotationPrefix.length) : key;
  const why = Object.hasOwn(notInProfiles, name) ? notInProfiles[name as AnnotationName] : undefined;
  if (why !== undefined) return { field, kind: 'Forbidden', detail: why };
  const near = nearest(name, [...profileKeys, 'description', 'locked']);
  const hint =
    near === undefined ? `known keys: ${profileKeys.join(', ')}, description, locked` : `did you mean ${near}?`;
  return { field, kind: 'Forbidden', detail: `unknown key of a profile; ${hint}` };
}

function lockedKeys(profile: Readonly<Record<string, unknown>>, place: ProfilePlace): readonly AnnotationName[] {
  if (!Object.hasOwn(profile, 'locked')) return [];
  const text = textOf('locked', profile['locked'], 'ambassador-access, ambassador-image', place);
  return splitList(text ?? '').flatMap((name) => {
    const known = profileKeys.find((one) => one === name);
    if (known !== undefined) return known;
    const near = nearest(name, profileKeys);
    const hint = near === undefined ? `supported values: ${profileKeys.join(', ')}` : `did you mean ${quote(near)}?`;
    place.errors.push({ field: `${place.field}.locked`, kind: 'NotSupported', value: name, detail: hint });
    return [];
  });
}

/** Returns a hash of what a profile requests and locks. Its description does not count. */
function hashOf(texts: ReadonlyMap<AnnotationName, string>, locked: readonly AnnotationName[]): string {
  const content = JSON.stringify([[...texts].sort(([one], [other]) => (one < other ? -1 : 1)), [...locked].sort()]);
  return createHash('sha256').update(content).digest('hex').slice(0, 8);
}

import { createHash } from 'node:crypto';
import { type AnnotationName, annotationNames, isGenerated } from '../annotations/annotation-keys.ts';
import { splitList } from '../annotations/annotation-list.ts';
import type { FieldError } from '../diagnostics/field-error.ts';
import { createCollector, emptyFindings, type Findings } from '../diagnostics/findings.ts';
import { nearest, printable, quote } from '../diagnostics/text.ts';
import { valueErrors } from '../injection/annotation-value.ts';
import { parseEnvItems, parseFileItems } from '../injection/items/parse-items.ts';
import type { Profile, Profiles } from '../injection/profile.ts';
import { isObject } from '../json/json-value.ts';
import { isDnsLabel } from '../kubernetes/object-names.ts';
import { type SettingSources, settingText } from './setting-sources.ts';

/** The key of the profiles in a settings file. It is not in the table of settings, because no flag can hold them. */
export const profilesKey = 'profiles';

const maxProfiles = 1000;
const notInProfiles = ['profile', 'containers', 'inject'] as const;
const profileKeys = annotationNames.filter((name) => !isGenerated(name) && !notInProfiles.some((one) => one === name));

/** Parsed profiles, and everything that is wrong with them. */
export interface ParsedProfiles {
  readonly profiles: Profiles;
  readonly errors: readonly FieldError[];
}

/** Parses the profiles of the settings file, or of the other sources if it has none. Fields are like `FILE: profiles.web.env`. */
export function parseProfiles(sources: SettingSources, clusterName: string | undefined): ParsedProfiles {
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
    profiles.set(profile, parseProfile(profile, value[profile], place, clusterName));
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

/** Where errors about a profile belong. */
interface Place {
  readonly field: string;
  readonly errors: Findings['errors'];
}

function parseProfile(name: string, value: unknown, place: Place, clusterName: string | undefined): Profile {
  const { field, errors } = place;
  if (!isDnsLabel(name)) {
    const detail =
      'the name must consist of at most 63 lowercase letters, digits, and "-", and start and end with a letter or digit';
    errors.push({ field, kind: 'Invalid', value: name, detail });
  }
  if (!isObject(value)) {
    errors.push({
      field,
      kind: 'Invalid',
      detail: 'must be a map of annotations without their prefix, for example "env: pod"',
    });
    return { name, values: new Map(), env: undefined, files: undefined, locked: new Set(), hash: '' };
  }
  const texts = new Map<AnnotationName, string>();
  for (const [key, given] of Object.entries(value)) {
    if (key === 'description' || key === 'locked') continue;
    const known = profileKeys.find((one) => one === key);
    if (known === undefined) errors.push(() => unknownKey(`${field}.${printable(key)}`, key));
    else texts.set(known, settingText(given));
  }
  for (const [key, text] of texts) {
    for (const error of valueErrors(key, text)) errors.push({ ...error, field: `${field}.${key}` });
  }
  const locked = lockedKeys(value['locked'], place);
  const description = value['description'];
  const [env, files] = [texts.get('env'), texts.get('volume')];
  const profile: Profile = {
    name,
    ...(typeof description === 'string' && { description }),
    values: new Map([...texts].filter(([key]) => key !== 'env' && key !== 'volume')),
    env:
      env === undefined
        ? undefined
        : parseEnvItems(env, emptyFindings()).map((intent) => ({ ...intent, profile: name })),
    files:
      files === undefined
        ? undefined
        : parseFileItems(files, emptyFindings()).map((intent) => ({ ...intent, profile: name })),
    locked: new Set(locked),
    hash: hashOf(texts, locked),
  };
  checkClusterName(profile, clusterName, place);
  return profile;
}

function unknownKey(field: string, key: string): FieldError {
  const near = nearest(key.replace(/^downlink\.dev\//, ''), [...profileKeys, 'description', 'locked']);
  const hint =
    near === undefined ? `known keys: ${profileKeys.join(', ')}, description, locked` : `did you mean ${near}?`;
  return { field, kind: 'Forbidden', detail: `unknown key of a profile; ${hint}` };
}

function lockedKeys(value: unknown, { field, errors }: Place): readonly AnnotationName[] {
  if (value === undefined || value === null) return [];
  const names = splitList(settingText(value));
  return names.flatMap((name) => {
    const known = profileKeys.find((one) => one === name);
    if (known !== undefined) return known;
    const near = nearest(name, profileKeys);
    const hint = near === undefined ? `supported values: ${profileKeys.join(', ')}` : `did you mean ${quote(near)}?`;
    errors.push({ field: `${field}.locked`, kind: 'NotSupported', value: name, detail: hint });
    return [];
  });
}

/** Reports a source that needs the name of the cluster if the settings have none: no pod could get this profile. */
function checkClusterName({ env = [] }: Profile, clusterName: string | undefined, { field, errors }: Place): void {
  const needsName = env.some(({ source }) => source.kind === 'admission' && source.source === 'cluster.name');
  if (!needsName || clusterName !== undefined) return;
  const detail = 'the settings have no name of the cluster; set clusterName, for example to "prod-eu"';
  errors.push({ field: `${field}.env`, kind: 'Invalid', value: 'cluster.name', detail });
}

/** Returns a hash of what a profile requests and locks. Its description does not count. */
function hashOf(texts: ReadonlyMap<AnnotationName, string>, locked: readonly AnnotationName[]): string {
  const content = JSON.stringify([[...texts].sort(([one], [other]) => (one < other ? -1 : 1)), [...locked].sort()]);
  return createHash('sha256').update(content).digest('hex').slice(0, 8);
}

import { annotationKeys, annotationPrefix } from '../annotations/annotation-keys.ts';
import { sameDivisor } from '../annotations/downward-source.ts';
import type { EnvSource } from '../annotations/env-source.ts';
import { formatEnvSource } from '../annotations/env-source-syntax.ts';
import type { FieldError } from '../diagnostics/field-error.ts';
import { createCollector, emptyFindings, type Findings } from '../diagnostics/findings.ts';
import { quoteItem } from '../diagnostics/text.ts';
import { besideKubeconfig } from '../injection/ambassador/ambassador-kubeconfig.ts';
import { ambassadorOptions } from '../injection/ambassador/ambassador-options.ts';
import { checkPolicy } from '../injection/ambassador/ambassador-policy.ts';
import { parseVolumePath } from '../injection/annotation-value.ts';
import { sameEnvSource } from '../injection/env/requested-variables.ts';
import type { Profile } from '../injection/profile.ts';
import { rejectFilesThatAreDirectories } from '../injection/volume/volume-files.ts';
import { reservedFor } from '../kubernetes/mount-path.ts';
import { ambassadorPolicy } from './ambassador-policy-settings.ts';
import type { SettingValues } from './settings.ts';

/** The settings on which it depends whether a pod can get a profile. An invalid one is absent. */
export type ProfileSettings = Partial<
  Pick<
    SettingValues,
    | 'clusterName'
    | 'ambassadorImage'
    | 'ambassadorAllowedAccess'
    | 'ambassadorRequiredAccess'
    | 'ambassadorAllowedImages'
    | 'ambassadorPullSecrets'
  >
>;

/** Where errors about a profile belong. */
export interface ProfilePlace {
  /** `FILE: profiles.web` */
  readonly field: string;
  readonly errors: Findings['errors'];
}

/** Reports everything in a profile that no pod could ever get: it would make every pod that names the profile invalid. */
export function checkProfile(profile: Profile, settings: ProfileSettings, { field, errors }: ProfilePlace): void {
  const report: Report = (key, error) => errors.push({ field: `${field}.${key}`, ...error });
  const { env = [], files = [] } = profile;
  const needsName = env.some(({ source }) => source.kind === 'admission' && source.source === 'cluster.name');
  if (needsName && settings.clusterName === undefined) {
    const detail = 'the settings have no name of the cluster; set clusterName, for example to "prod-eu"';
    report('env', { kind: 'Invalid', value: 'cluster.name', detail });
  }
  const variables = env.map(({ name: key, source }) => ({ key, source }));
  for (const error of conflicts(variables, 'NAME', sameEnvSource)) report('env', error);
  const paths = files.map(({ path: key, source }) => ({ key, source }));
  for (const error of conflicts(paths, 'path', sameInSomePod)) report('volume', error);
  const findings = emptyFindings();
  rejectFilesThatAreDirectories([...new Set(files.map(({ path }) => path))], findings);
  checkAgainstPolicy(profile, settings, findings);
  for (const { field: annotation, ...error } of findings.errors.first) report(keyOf(annotation), error);
  const path = profile.values.get('volume-path');
  if (path !== undefined) checkVolumePath(path, profile, report);
}

function checkVolumePath(text: string, { values }: Profile, report: Report): void {
  const path = parseVolumePath(text);
  if (path.kind === 'invalid') return;
  const reserved = reservedFor(path.value);
  const isBeside = values.get('ambassador-kubeconfig')?.trim() === 'true';
  const detail =
    reserved === undefined
      ? isBeside && besideKubeconfig(path.value)
      : `${reserved}; write another path, for example "${annotationKeys['volume-path'].example}"`;
  if (detail) report('volume-path', { kind: 'Invalid', value: path.value, detail });
}

type Report = (key: string, error: Omit<FieldError, 'field'>) => void;

interface Request {
  /** The NAME of a variable, or the path of a file. */
  readonly key: string;
  readonly source: EnvSource;
}

/** Returns an error for each key that is requested with two sources, at most 100. */
function conflicts(
  requests: readonly Request[],
  what: 'NAME' | 'path',
  canAgree: (one: EnvSource, other: EnvSource) => boolean,
): readonly Omit<FieldError, 'field'>[] {
  const first = new Map<string, EnvSource>();
  const errors = createCollector<Omit<FieldError, 'field'>>();
  const reported = new Set<string>();
  for (const { key, source } of requests) {
    const earlier = first.get(key) ?? source;
    first.set(key, earlier);
    if (reported.has(key) || canAgree(earlier, source)) continue;
    reported.add(key);
    errors.push(() => {
      const [one, other] = [earlier, source].map((each) => quoteItem(formatEnvSource(each)));
      const detail = `it is requested as ${one} and as ${other}; give one of them another ${what}`;
      return { kind: 'Duplicate', value: key, detail };
    });
  }
  return errors.first;
}

/** Reports whether two files of one path are the same, or can be in some pod: it can lack a label, and has a default container. */
function sameInSomePod(one: EnvSource, other: EnvSource): boolean {
  if ([one, other].some((source) => source.kind === 'field' && source.isOptional)) return true;
  if (one.kind !== 'resource' || other.kind !== 'resource') return sameEnvSource(one, other);
  if (one.container !== undefined && other.container !== undefined) return sameEnvSource(one, other);
  return one.resource === other.resource && sameDivisor(one.divisor, other.divisor);
}

/** Reports an access preset or an image that the settings do not allow, even if the profile itself adds no ambassador. */
function checkAgainstPolicy({ values }: Profile, settings: ProfileSettings, findings: Findings): void {
  const { ambassadorImage = '' } = settings;
  const policy = ambassadorPolicy({ ...settings, ambassadorImage });
  const access = ambassadorOptions.access(values.get('ambassador-access') ?? '');
  const image = values.get('ambassador-image')?.trim();
  const requested = {
    access: access.kind === 'valid' ? access.value : [],
    image: image !== undefined && ambassadorOptions.image(image).kind === 'valid' ? image : ambassadorImage,
  };
  checkPolicy(requested, policy, { namespace: undefined }, findings);
}

/** Returns the key of a profile that an error about an annotation is about. */
function keyOf(annotation: string): string {
  const prefix = `metadata.annotations[${annotationPrefix}`;
  return annotation.startsWith(prefix) ? annotation.slice(prefix.length, -1) : annotation;
}

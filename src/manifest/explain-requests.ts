import { statusOf } from '../annotations/injection-status.ts';
import { emptyFindings } from '../diagnostics/findings.ts';
import type { EnvIntent } from '../injection/env/env-items.ts';
import { readOwnAnnotations } from '../injection/own-annotations.ts';
import { parseAnnotations } from '../injection/parse-annotations.ts';
import { requestedProfiles } from '../injection/requested-profiles.ts';
import type { FileIntent } from '../injection/volume/file-items.ts';
import type { DecodedPod } from '../kubernetes/decode-pod.ts';
import type { ManifestOptions } from './manifest-options.ts';

/** The items that request the variables and files of a pod: those of its annotations, and those of its profiles. */
export interface RequestedItems {
  /** By NAME. */
  readonly variables: ReadonlyMap<string, EnvIntent>;
  /** By path, relative to the mount path. */
  readonly files: ReadonlyMap<string, FileIntent>;
}

/** Returns the items that a pod requests. What is wrong with them is reported elsewhere. */
export function requestedItems(pod: DecodedPod, options: ManifestOptions): RequestedItems {
  const findings = emptyFindings();
  const values = readOwnAnnotations(pod.metadata?.annotations ?? {}, findings);
  const origin = { namespace: options.namespace };
  const profiles = requestedProfiles({ values, origin, status: statusOf(pod), known: options.profiles }, findings);
  const { env = [], volume } = parseAnnotations(values, options.ambassador, findings, profiles);
  return {
    variables: new Map(env.map((intent) => [intent.name, intent])),
    files: new Map((volume?.files ?? []).map((intent) => [intent.path, intent])),
  };
}

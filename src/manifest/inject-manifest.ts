import { isDeepStrictEqual } from 'node:util';
import { listAt } from '../json/json-value.ts';
import { insertions } from '../yaml-edit/insert-nodes.ts';
import { changeManifest, type ManifestChange } from './manifest-change.ts';
import type { ManifestOptions } from './manifest-options.ts';
import { createFindings, type ReviewedPod, reviewDocument } from './review-manifest.ts';

/** The result of injecting a manifest. */
export interface InjectedManifest extends ManifestChange {
  /** Whether the result for any pod depends on the Kubernetes version, which is unknown. */
  readonly needsVersion: boolean;
}

const layoutOf = ['spec', 'containers'] as const; // every pod has this list

/**
 * Injects everything that the pods and pod templates of a manifest request, as the webhook would. The rest is unchanged
 * byte for byte: comments, the order of keys, quotes, and other objects. With `onInvalid: 'warn'`, an object with
 * mistakes is unchanged, and its errors become warnings.
 */
export function inject(manifest: string, options: ManifestOptions): InjectedManifest {
  let isVersionNeeded = false;
  const change = changeManifest(
    manifest,
    (document, positions) =>
      reviewDocument(document, options, positions).map((reviewed) => {
        const { object, outcome, findings, needsVersion } = reviewed;
        isVersionNeeded ||= needsVersion;
        const { warning } = createFindings(document, object, positions);
        return {
          object,
          findings: hidesPullSecrets(reviewed) ? [...findings, warning(reviewed.below(hiddenPullSecrets))] : findings,
          change:
            outcome.kind === 'injected'
              ? {
                  edits: insertions(document, { root: object.podPath, layoutOf }, outcome.additions),
                  pod: outcome.pod,
                }
              : undefined,
        };
      }),
    isDeepStrictEqual,
  );
  return { ...change, needsVersion: isVersionNeeded };
}

const hiddenPullSecrets = {
  code: 'pull-secrets-hidden',
  field: 'spec.imagePullSecrets',
  detail:
    'a pod that has pull secrets does not get those of its ServiceAccount; add them here, or let the webhook inject the pod',
} as const;

/**
 * Reports whether the injection adds pull secrets to a pod that has none. When it is created, the ServiceAccount admission
 * plugin adds those of the account only to a pod without any. It runs before webhooks, so only a manifest is affected.
 */
function hidesPullSecrets({ pod, outcome }: ReviewedPod): boolean {
  if (outcome.kind !== 'injected' || listAt(pod, ['spec', 'imagePullSecrets']).length > 0) return false;
  return outcome.additions.some(({ path }) => path[1] === 'imagePullSecrets');
}

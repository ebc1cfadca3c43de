import { isDeepStrictEqual } from 'node:util';
import { insertions } from '../yaml-edit/insert-nodes.ts';
import { changeManifest, type ManifestChange } from './manifest-change.ts';
import type { ManifestOptions } from './manifest-options.ts';
import { reviewDocument } from './review-manifest.ts';

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
      reviewDocument(document, options, positions).map(({ object, outcome, findings, needsVersion }) => {
        isVersionNeeded ||= needsVersion;
        return {
          object,
          findings,
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

import { isDeepStrictEqual } from 'node:util';
import { insertions } from '../yaml-edit/insert-nodes.ts';
import { changeManifest, type ManifestChange } from './manifest-change.ts';
import type { ManifestOptions } from './manifest-options.ts';
import { reviewDocument } from './review-manifest.ts';

/** What becomes of a manifest. */
export interface InjectedManifest extends ManifestChange {
  /** Whether the Kubernetes version decides what some pod in it gets, and is not known. */
  readonly needsVersion: boolean;
}

/**
 * A manifest with everything injected that its pods and pod templates ask for, as the webhook would do it. The rest
 * stays byte for byte: comments, the order of keys, quotes, other objects. With `onInvalid: 'warn'` an object with
 * mistakes stays as it is and its errors become warnings.
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
              ? { edits: insertions(document, object.podPath, outcome.additions), pod: outcome.pod }
              : undefined,
        };
      }),
    isDeepStrictEqual,
  );
  return { ...change, needsVersion: isVersionNeeded };
}

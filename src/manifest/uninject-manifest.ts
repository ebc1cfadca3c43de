import { isDeepStrictEqual } from 'node:util';
import { mapFound } from '../diagnostics/findings.ts';
import { uninjectPod, withoutPaths } from '../injection/uninject-pod.ts';
import { removals } from '../yaml-edit/remove-nodes.ts';
import { changeManifest, type ManifestChange } from './manifest-change.ts';
import { listFindings } from './manifest-finding.ts';
import { podsOf } from './manifest-objects.ts';
import { createFindings } from './review-manifest.ts';

/**
 * Removes what the status annotations of the pods in a manifest name, and each list that becomes empty: the reverse of
 * `inject`. It also works on pods that an API server has injected and defaulted. The rest is unchanged byte for byte.
 */
export function uninject(manifest: string): ManifestChange {
  return changeManifest(
    manifest,
    (document, positions) =>
      podsOf(document.value).map(({ object, pod, below }) => {
        const result = uninjectPod(pod);
        const { error } = createFindings(document, object, positions);
        return {
          object,
          findings: result.kind === 'invalid' ? listFindings(mapFound(mapFound(result.errors, below), error)) : [],
          change:
            result.kind === 'uninjected'
              ? { edits: removals(document, object.podPath, result.paths), pod: withoutPaths(pod, result.paths) }
              : undefined,
        };
      }),
    (edited, intended) => isDeepStrictEqual(withoutEmptyLists(edited), withoutEmptyLists(intended)),
  );
}

/** Returns the value without empty lists, which Kubernetes treats as absent. */
function withoutEmptyLists(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmptyLists);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([, child]) => !(Array.isArray(child) && child.length === 0));
  return Object.fromEntries(kept.map(([key, child]) => [key, withoutEmptyLists(child)]));
}

import { isDeepStrictEqual } from 'node:util';
import { mapFound } from '../diagnostics/findings.ts';
import { uninjectPod, withoutPaths } from '../injection/uninject-pod.ts';
import { removals } from '../yaml-edit/remove-nodes.ts';
import { changeManifest, type ManifestChange } from './manifest-change.ts';
import { listFindings } from './manifest-finding.ts';
import { createFindings, podsOf } from './review-manifest.ts';

/**
 * A manifest without what its pods' status annotations name, and without each list that this empties: the reverse of
 * `inject`. It also works on pods that a server injected and gave its defaults to. The rest stays byte for byte.
 */
export function uninject(manifest: string): ManifestChange {
  return changeManifest(
    manifest,
    (document, positions) =>
      podsOf(document).map(({ object, pod, below }) => {
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
    (value, wanted) => isDeepStrictEqual(withoutEmptyLists(value), withoutEmptyLists(wanted)),
  );
}

/** Kubernetes takes an empty list for none. */
function withoutEmptyLists(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmptyLists);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([, child]) => !(Array.isArray(child) && child.length === 0));
  return Object.fromEntries(kept.map(([key, child]) => [key, withoutEmptyLists(child)]));
}

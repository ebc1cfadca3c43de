import { containersOf, type Pod } from './pod.ts';

/** The annotation of a pod that names its default container for kubectl. */
export const defaultContainerAnnotation = 'kubectl.kubernetes.io/default-container';

/** The default container of a pod, or why the one that the annotation names has no resources. */
export type DefaultContainer =
  | { readonly kind: 'container'; readonly name: string | undefined }
  | { readonly kind: 'ephemeral' | 'missing'; readonly name: string };

/**
 * Returns the container that kubectl uses if the user names none.
 *
 * | The annotation names          | Result                                                                |
 * | nothing                       | the first regular container; undefined in a pod without any           |
 * | a container or init container | that container                                                        |
 * | an ephemeral container        | `ephemeral`: kubectl uses it, but it cannot have resources            |
 * | anything else                 | `missing`: kubectl ignores the annotation, which may be a typo        |
 *
 * Source: kubernetes/kubernetes staging/src/k8s.io/kubectl/pkg/cmd/util/podcmd/podcmd.go, FindOrDefaultContainerByName
 */
export function defaultContainer({ metadata, spec }: Pod): DefaultContainer {
  const named = metadata?.annotations?.[defaultContainerAnnotation];
  if (typeof named !== 'string' || named === '') return { kind: 'container', name: spec?.containers?.[0]?.name };
  if (containersOf(spec ?? {}).some(({ name }) => name === named)) return { kind: 'container', name: named };
  const isEphemeral = (spec?.ephemeralContainers ?? []).some(({ name }) => name === named);
  return { kind: isEphemeral ? 'ephemeral' : 'missing', name: named };
}

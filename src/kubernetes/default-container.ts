import { containersOf, type Pod } from './pod.ts';

/** The annotation by which a pod names the container that kubectl means when none is named. */
export const defaultContainerAnnotation = 'kubectl.kubernetes.io/default-container';

/** The pod's default container, or that its annotation names one of which there are no resources. */
export type DefaultContainer =
  | { readonly kind: 'container'; readonly name: string | undefined }
  | { readonly kind: 'ephemeral' | 'missing'; readonly name: string };

/**
 * Returns the container that kubectl means when none is named.
 *
 * | the annotation names            | it is                                                        |
 * | nothing                         | the first regular container; undefined in a pod without any  |
 * | a container or init container   | that one                                                     |
 * | an ephemeral container          | `ephemeral`: kubectl takes it, but it can have no resources  |
 * | anything else                   | `missing`: kubectl passes over it, as it may over a typo     |
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

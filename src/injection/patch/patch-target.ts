import { annotationKey, type GeneratedAnnotation } from '../../annotations/annotation-keys.ts';
import type { Addition } from '../../json/json-patch.ts';
import type { Path } from '../../json/json-value.ts';
import type { ContainerPlace, PodSpec } from '../../kubernetes/pod.ts';

/** A list of the pod to which a patch adds elements, or which it adds as a whole. */
export type ListTarget =
  | {
      readonly kind: 'container-member';
      readonly list: ContainerPlace['list'];
      readonly index: number;
      readonly member: 'env' | 'volumeMounts';
    }
  | { readonly kind: 'containers'; readonly list: ContainerPlace['list'] }
  | { readonly kind: 'volumes' }
  | { readonly kind: 'image-pull-secrets' }
  /** The files of a downward API volume. */
  | { readonly kind: 'volume-items'; readonly index: number };

/** A field that a patch sets: the restartPolicy of an init container, or an annotation that only Downlink writes. */
export type FieldTarget =
  | { readonly kind: 'restart-policy'; readonly index: number }
  | { readonly kind: 'annotation'; readonly name: GeneratedAnnotation };

/** The annotations of a pod that has none, or the metadata of a pod that has not even that. */
export interface AnnotationsTarget {
  readonly kind: 'annotations' | 'metadata';
}

/** What a patch adds to a pod in one place, in terms of the pod. */
export type PodAddition =
  | {
      readonly kind: 'elements';
      readonly target: ListTarget;
      /** The index of the first element. */
      readonly at: number | 'end';
      readonly values: readonly object[];
    }
  | { readonly kind: 'list'; readonly target: ListTarget; readonly values: readonly object[] }
  | { readonly kind: 'field'; readonly target: FieldTarget; readonly value: string }
  | {
      readonly kind: 'annotations';
      readonly target: AnnotationsTarget;
      readonly values: Readonly<Partial<Record<GeneratedAnnotation, string>>>;
    };

/** Returns the path of a target in the pod. */
export function pathOfTarget(target: ListTarget | FieldTarget | AnnotationsTarget): Path {
  switch (target.kind) {
    case 'container-member':
      return ['spec', target.list, target.index, target.member];
    case 'containers':
      return ['spec', target.list];
    case 'volumes':
      return ['spec', 'volumes'];
    case 'volume-items':
      return ['spec', 'volumes', target.index, 'downwardAPI', 'items'];
    case 'restart-policy':
      return ['spec', 'initContainers', target.index, 'restartPolicy'];
    case 'image-pull-secrets':
      return ['spec', 'imagePullSecrets'];
    case 'annotation':
      return ['metadata', 'annotations', annotationKey(target.name)];
    case 'annotations':
      return ['metadata', 'annotations'];
    case 'metadata':
      return ['metadata'];
    default:
      return target satisfies never;
  }
}

/** Returns the list that the pod has at a target; null or undefined if it has none. */
export function listAtTarget(spec: PodSpec, target: ListTarget): readonly object[] | null | undefined {
  switch (target.kind) {
    case 'container-member':
      return spec[target.list]?.[target.index]?.[target.member];
    case 'containers':
      return spec[target.list];
    case 'volumes':
      return spec.volumes;
    case 'image-pull-secrets':
      return spec.imagePullSecrets;
    case 'volume-items':
      return spec.volumes?.[target.index]?.downwardAPI?.items;
    default:
      return target satisfies never;
  }
}

/** Returns the additions with paths in place of targets. */
export function additionsByPath(additions: readonly PodAddition[]): readonly Addition[] {
  return additions.map((addition): Addition => {
    const path = pathOfTarget(addition.target);
    switch (addition.kind) {
      case 'elements':
        return { kind: 'elements', path, at: addition.at, values: addition.values };
      case 'list':
        return { kind: 'member', path, value: addition.values };
      case 'field':
        return { kind: 'member', path, value: addition.value };
      case 'annotations': {
        const annotations = annotationsIn([addition]);
        return { kind: 'member', path, value: addition.target.kind === 'metadata' ? { annotations } : annotations };
      }
      default:
        return addition satisfies never;
    }
  });
}

/** Returns the annotations that the additions set, by key. */
export function annotationsIn(additions: readonly PodAddition[]): Readonly<Record<string, string>> {
  const annotations: Record<string, string> = {};
  for (const addition of additions) {
    if (addition.kind === 'field' && addition.target.kind === 'annotation') {
      annotations[annotationKey(addition.target.name)] = addition.value;
    } else if (addition.kind === 'annotations') {
      const values = Object.entries(addition.values) as [GeneratedAnnotation, string][];
      for (const [name, value] of values) annotations[annotationKey(name)] = value;
    }
  }
  return annotations;
}

import { annotationKey } from '../../annotations/annotation-keys.ts';
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
  /** The files of a downward API volume. */
  | { readonly kind: 'volume-items'; readonly index: number };

/** A field that a patch sets: the restartPolicy of an init container, or the status annotation. */
export type FieldTarget = { readonly kind: 'restart-policy'; readonly index: number } | { readonly kind: 'status' };

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
  | { readonly kind: 'field'; readonly target: FieldTarget; readonly value: string };

/** Returns the path of a target in the pod. */
export function pathOfTarget(target: ListTarget | FieldTarget): Path {
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
    case 'status':
      return ['metadata', 'annotations', annotationKey('status')];
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
      default:
        return addition satisfies never;
    }
  });
}

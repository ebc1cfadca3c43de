import { misspelledPrefixesIn } from '../annotations/misspelled-prefix.ts';
import { formatFieldError } from '../diagnostics/field-error.ts';
import { listFound } from '../diagnostics/findings.ts';
import { reviewWorkload } from '../injection/review-workload.ts';
import { valueAt } from '../json/json-value.ts';
import { podTemplatePath } from '../kubernetes/pod-template-path.ts';
import { controllerOf, referenceTo } from './pod-owner.ts';
import { certainErrors, type ScanOptions } from './profile-findings.ts';
import { maxCauses, type ObjectReference } from './scan-finding.ts';

/** What a scan keeps in memory about a workload with a problem. */
export interface WorkloadFacts {
  readonly object: ObjectReference;
  /** Why its pods would be denied. */
  readonly errors: readonly string[];
  /** Annotations in places where they have no effect. */
  readonly misplaced: readonly string[];
  /** Annotations with a misspelled prefix, on the workload and in its templates. */
  readonly misspelledPrefixes: readonly string[];
}

/** Kinds that a controller may own; the mistakes are then the owner's, which has its own findings. */
const ownedKinds = ['ReplicaSet', 'ReplicationController', 'Job'];

/** Returns the facts of a workload; undefined if nothing is wrong, or if another workload owns it. */
export function workloadFacts(workload: unknown, options: ScanOptions): WorkloadFacts | undefined {
  const object = referenceTo(workload);
  if (ownedKinds.includes(object.kind) && controllerOf(workload) !== undefined) return undefined;
  const review = reviewWorkload(workload, object.namespace, options);
  const { misplaced } = review;
  const errors = certainErrors(review.errors, options);
  const path = podTemplatePath(valueAt(workload, ['apiVersion']), object.kind);
  const misspelled = path === undefined ? [] : misspelledPrefixesIn(workload, path);
  if (errors.total === 0 && misplaced.total === 0 && misspelled.length === 0) return undefined;
  const sentence = ({ field, detail }: { readonly field: string; readonly detail: string }) => `${field}: ${detail}`;
  return {
    object,
    errors: listFound(errors, maxCauses, formatFieldError),
    misplaced: listFound(misplaced, maxCauses, sentence),
    misspelledPrefixes: misspelled.map(sentence),
  };
}

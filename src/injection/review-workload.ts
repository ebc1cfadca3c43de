import { annotationPrefix } from '../annotations/keys.ts';
import { maxAnnotations, sizeOf } from '../annotations/size.ts';
import { statusOf } from '../annotations/status.ts';
import type { FieldError } from '../field-error.ts';
import { createCollector, type Found, foundAll, joinFound, mapFound, type Warning } from '../findings.ts';
import { objectAt, valueAt } from '../json-value.ts';
import { podTemplatePath } from '../kubernetes/workload.ts';
import { printable } from '../text.ts';
import { countedExitCodes } from './exit-codes.ts';
import { type Decision, decideInjection, type InjectionOptions } from './inject-pod.ts';
import { ambassadorName } from './names.ts';

/** What the author of an object with a pod should know, before there are pods of a workload. */
export interface WorkloadReview {
  /** For each of these the pods will be refused. Fields begin at the object: `spec.template.metadata.annotations[...]`. */
  readonly errors: Found<FieldError>;
  /** Annotations that stand where they do nothing. */
  readonly misplaced: Found<Warning>;
  readonly warnings: Found<Warning>;
}

/**
 * Reviews an object that makes pods: what its pod template asks for, in the words that a pod of it would get, and
 * annotations that stand on the object instead of the template. Nothing is found in any other object. `namespace` is
 * the one that the pods will be in, undefined where that is unknown.
 */
export function reviewWorkload(
  object: unknown,
  namespace: string | undefined,
  options: InjectionOptions,
): WorkloadReview {
  const path = podTemplatePath(valueAt(object, ['apiVersion']), valueAt(object, ['kind']));
  if (path === undefined || path.length === 0) return { errors: nothing, misplaced: nothing, warnings: nothing };
  return reviewOf(object, path, decideInjection(valueAt(object, path), namespace, options));
}

/** The same of an object for whose pod there is a decision already. A Pod's own path is empty. */
export function reviewOf(object: unknown, templatePath: readonly string[], decision: Decision): WorkloadReview {
  const below = <T extends { readonly field: string }>(finding: T) => belowTemplate(templatePath, finding);
  const misplaced = templatePath.length === 0 ? nothing : misplacedAnnotations(object, templatePath);
  if (decision.kind === 'deny') return { errors: mapFound(decision.errors, below), misplaced, warnings: nothing };
  const exitCodes = hasAmbassador(object, templatePath, decision) ? countedExitCodes(object, templatePath) : [];
  const warnings = joinFound(mapFound(decision.warnings, below), foundAll(exitCodes));
  return { errors: nothing, misplaced, warnings };
}

const nothing = foundAll<never>([]);

/** A finding about the pod as one about the object that the path begins at. */
export function belowTemplate<T extends { readonly field: string }>(templatePath: readonly string[], finding: T): T {
  return { ...finding, field: [...templatePath, finding.field].join('.') };
}

function hasAmbassador(object: unknown, templatePath: readonly string[], decision: Decision): boolean {
  const { containers } = decision.kind === 'patch' ? decision.plan.status : statusOf(valueAt(object, templatePath));
  return containers.has(ambassadorName);
}

/**
 * Our annotations on the object itself, or on the Job of a CronJob: pods get those of the pod template only. Nothing is
 * said of more annotations than an object may have, which the API server refuses.
 */
function misplacedAnnotations(object: unknown, templatePath: readonly string[]): Found<Warning> {
  const warnings = createCollector<Warning>();
  const right = `${templatePath.join('.')}.metadata.annotations`;
  for (const place of placesAbove(templatePath)) {
    const path = [...place, 'metadata', 'annotations'];
    const annotations = objectAt(object, path);
    if (sizeOf(annotations) > maxAnnotations) continue;
    const ours = Object.keys(annotations).filter((key) => key.startsWith(annotationPrefix));
    for (const key of ours.sort()) {
      warnings.push(() => ({
        code: 'misplaced',
        field: `${path.join('.')}[${printable(key)}]`,
        detail: `it does nothing here; move it to ${right}`,
      }));
    }
  }
  return warnings;
}

/** The paths of the object and of the templates in it that are none of pods. */
function placesAbove(templatePath: readonly string[]): readonly (readonly string[])[] {
  const inner = templatePath.indexOf('jobTemplate');
  return inner < 0 ? [[]] : [[], templatePath.slice(0, inner + 1)];
}

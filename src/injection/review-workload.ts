import { annotationKey, annotationPrefix } from '../annotations/annotation-keys.ts';
import { maxAnnotations, sizeOf } from '../annotations/annotations-size.ts';
import { ambassadorName } from '../annotations/injected-names.ts';
import { statusOf } from '../annotations/injection-status.ts';
import { type FieldError, formatCause } from '../diagnostics/field-error.ts';
import { createCollector, type Found, foundAll, joinFound, mapFound, type Warning } from '../diagnostics/findings.ts';
import { printable } from '../diagnostics/text.ts';
import { objectAt, valueAt } from '../json/json-value.ts';
import { podTemplatePath } from '../kubernetes/pod-template-path.ts';
import { countedExitCodes } from './ambassador/exit-codes.ts';
import type { Decision } from './decision.ts';
import { decideInjection, type InjectionOptions } from './inject-pod.ts';
import { errorsOf, hintOf, isAnnotationName, nearestAnnotation } from './own-annotations.ts';

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
  if (decision.errors.total > 0) return { errors: mapFound(decision.errors, below), misplaced, warnings: nothing };
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
  const { containers } = decision.kind === 'injected' ? decision.status : statusOf(valueAt(object, templatePath));
  return containers.has(ambassadorName);
}

const maxKept = 100; // of more nothing is shown, and to find what was meant takes time

/**
 * Our annotations on the object itself, or on the Job of a CronJob: pods get those of the pod template only. One that the
 * template has with the same value is no mistake: Kustomize's commonAnnotations set both. Nothing is said of more annotations
 * than an object may have, which the API server refuses.
 */
function misplacedAnnotations(object: unknown, templatePath: readonly string[]): Found<Warning> {
  const warnings = createCollector<Warning>(maxKept);
  const template = [...templatePath, 'metadata', 'annotations'];
  const ofTemplate = objectAt(object, template);
  for (const place of placesAbove(templatePath)) {
    const path = [...place, 'metadata', 'annotations'];
    const annotations = objectAt(object, path);
    if (sizeOf(annotations) > maxAnnotations) continue;
    const ours = Object.keys(annotations).filter((key) => key.startsWith(annotationPrefix));
    for (const key of ours.sort()) {
      const value = annotations[key];
      if (Object.hasOwn(ofTemplate, key) && ofTemplate[key] === value) continue;
      const name = key.slice(annotationPrefix.length);
      const field = `${path.join('.')}[${printable(key)}]`;
      const isKept = warnings.total < maxKept;
      const details = isKept ? misplaced(name, value, ofTemplate, template.join('.')) : [''];
      for (const [index, detail] of details.entries())
        warnings.push({ code: index === 0 ? 'misplaced' : 'invalid', field, detail });
    }
  }
  return warnings;
}

/** What to say of one of them: that it does nothing and where it belongs, and what would be wrong with its value there. */
function misplaced(
  name: string,
  value: unknown,
  ofTemplate: Readonly<Record<string, unknown>>,
  right: string,
): readonly string[] {
  if (name === 'status') return ['Downlink writes it on pods alone; remove it'];
  const isKnown = isAnnotationName(name);
  const meant = isKnown ? name : nearestAnnotation(name, value);
  if (meant === undefined) return [`unknown annotation; ${hintOf(undefined)}`];
  const key = annotationKey(meant);
  const nothing = isKnown ? 'it does nothing here' : 'unknown annotation, and it does nothing here';
  if (Object.hasOwn(ofTemplate, key)) return [`${nothing}, and ${right} has another ${key}; remove it`];
  const where = isKnown ? `move it to ${right}` : `write ${key} in ${right}`;
  return [`${nothing}; ${where}`, ...errorsOf(meant, value).map(formatCause)];
}

/** The paths of the object and of the templates in it that are none of pods. */
function placesAbove(templatePath: readonly string[]): readonly (readonly string[])[] {
  const inner = templatePath.indexOf('jobTemplate');
  return inner < 0 ? [[]] : [[], templatePath.slice(0, inner + 1)];
}

import { annotationKey, annotationPrefix, isGenerated } from '../annotations/annotation-keys.ts';
import { maxAnnotations, sizeOf } from '../annotations/annotations-size.ts';
import { ambassadorName } from '../annotations/injected-names.ts';
import { statusOf } from '../annotations/injection-status.ts';
import { type FieldError, formatCause } from '../diagnostics/field-error.ts';
import { createCollector, type Found, foundAll, joinFound, mapFound, type Warning } from '../diagnostics/findings.ts';
import { printable } from '../diagnostics/text.ts';
import { objectAt, valueAt } from '../json/json-value.ts';
import { podTemplatePath } from '../kubernetes/pod-template-path.ts';
import type { Workload } from '../kubernetes/workload.ts';
import { countedExitCodes } from './ambassador/exit-codes.ts';
import type { Decision } from './decision.ts';
import { decideInjection } from './inject-pod.ts';
import type { InjectionOptions } from './injection-options.ts';
import { errorsOf, hintOf, isAnnotationName, nearestAnnotation } from './own-annotations.ts';

/** What is reported about a workload before its pods are created, or about a pod. */
export interface WorkloadReview {
  /** Why its pods would be rejected. Fields begin at the object: `spec.template.metadata.annotations[...]`. */
  readonly errors: Found<FieldError>;
  /** Annotations in places where they have no effect. */
  readonly misplaced: Found<Warning>;
  readonly warnings: Found<Warning>;
}

/**
 * Reviews an object with a pod template: what would be reported about its pods, and annotations of the object that belong on
 * the template. Finds nothing in any other object. `namespace` is that of the pods, undefined if it is unknown.
 */
export function reviewWorkload(
  object: unknown,
  namespace: string | undefined,
  options: InjectionOptions,
): WorkloadReview {
  const path = podTemplatePath(valueAt(object, ['apiVersion']), valueAt(object, ['kind']));
  if (path === undefined || path.length === 0) return { errors: nothing, misplaced: nothing, warnings: nothing };
  return reviewOf(
    object,
    { templatePath: path, isCustom: false },
    decideInjection(valueAt(object, path), { namespace, workload: workloadIn(object) }, options),
  );
}

/** Where an object has its pod. */
export interface TemplatePlace {
  /** Empty for a Pod. */
  readonly templatePath: readonly string[];
  /** Whether it is a custom resource, whose controller may copy its annotations to the pods. */
  readonly isCustom: boolean;
}

/** Reviews an object, given the decision about its pod. */
export function reviewOf(object: unknown, place: TemplatePlace, decision: Decision): WorkloadReview {
  const { templatePath } = place;
  const below = <T extends { readonly field: string }>(finding: T) => belowTemplate(templatePath, finding);
  const misplaced = templatePath.length === 0 ? nothing : misplacedAnnotations(object, place);
  if (decision.errors.total > 0) return { errors: mapFound(decision.errors, below), misplaced, warnings: nothing };
  const exitCodes = hasAmbassador(object, templatePath, decision) ? countedExitCodes(object, templatePath) : [];
  const warnings = joinFound(mapFound(decision.warnings, below), foundAll(exitCodes));
  return { errors: nothing, misplaced, warnings };
}

const nothing = foundAll<never>([]);

/** Returns an object with a pod template as the workload of its pods. */
export function workloadIn(object: unknown): Workload {
  const name = valueAt(object, ['metadata', 'name']);
  return {
    kind: String(valueAt(object, ['kind'])),
    name: typeof name === 'string' && name !== '' ? name : undefined,
  };
}

/** Turns a finding about the pod into one about the object that the path begins at. */
export function belowTemplate<T extends { readonly field: string }>(templatePath: readonly string[], finding: T): T {
  return { ...finding, field: [...templatePath, finding.field].join('.') };
}

function hasAmbassador(object: unknown, templatePath: readonly string[], decision: Decision): boolean {
  const { containers } = decision.kind === 'injected' ? decision.status : statusOf(valueAt(object, templatePath));
  return containers.has(ambassadorName);
}

const maxKept = 100; // no more are shown, and suggestions take time

/**
 * Finds our annotations on the object itself, or on the Job of a CronJob: only those of the pod template have an effect. The same
 * annotation with the same value on both is not a mistake, since Kustomize's commonAnnotations sets both. An object with more
 * annotations than the API server accepts is not searched.
 */
function misplacedAnnotations(object: unknown, { templatePath, isCustom }: TemplatePlace): Found<Warning> {
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
      const details = isKept
        ? misplaced(name, value, { ofTemplate, templateField: template.join('.'), isCustom })
        : [''];
      for (const [index, detail] of details.entries())
        warnings.push({ code: index === 0 ? 'misplaced' : 'invalid', field, detail });
    }
  }
  return warnings;
}

/** The annotations of the pod template, and their field. */
interface RightPlace {
  readonly ofTemplate: Readonly<Record<string, unknown>>;
  readonly templateField: string;
  readonly isCustom: boolean;
}

/** Returns the warnings about one of them: where it belongs, and what would be wrong with its value there. */
function misplaced(name: string, value: unknown, target: RightPlace): readonly string[] {
  const { ofTemplate, templateField, isCustom } = target;
  const isKnown = isAnnotationName(name);
  if (isKnown && isGenerated(name)) return ['only Downlink writes it, and only on pods; remove it'];
  const meant = isKnown ? name : nearestAnnotation(name, value);
  if (meant === undefined) return [`unknown annotation; ${hintOf(undefined)}`];
  const key = annotationKey(meant);
  const effect = isCustom ? 'it has an effect only on pods' : 'it has no effect here';
  const problem = isKnown ? effect : 'unknown annotation, which has no effect here';
  if (Object.hasOwn(ofTemplate, key)) return [`${problem}, and ${templateField} has another ${key}; remove it`];
  const advice = isKnown ? `move it to ${templateField}` : `write ${key} in ${templateField}`;
  return [`${problem}; ${advice}`, ...errorsOf(meant, value).map(formatCause)];
}

/** Returns the paths of the object, and of the Job template of a CronJob. */
function placesAbove(templatePath: readonly string[]): readonly (readonly string[])[] {
  const inner = templatePath.indexOf('jobTemplate');
  return inner < 0 ? [[]] : [[], templatePath.slice(0, inner + 1)];
}

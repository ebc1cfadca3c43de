import { isAlias, isScalar } from 'yaml';
import { ambassadorName } from '../annotations/injected-names.ts';
import { statusOf } from '../annotations/injection-status.ts';
import { type FieldError, formatFieldError } from '../diagnostics/field-error.ts';
import { joinFound, mapFound, type Warning } from '../diagnostics/findings.ts';
import type { Outcome } from '../injection/decision.ts';
import { injectPod } from '../injection/inject-pod.ts';
import { isAnnotationName, notAString } from '../injection/own-annotations.ts';
import { reviewOf, workloadIn } from '../injection/review-workload.ts';
import type { Positions } from '../yaml-edit/text-lines.ts';
import type { YamlDocument } from '../yaml-edit/yaml-document.ts';
import { nearestNode } from '../yaml-edit/yaml-nodes.ts';
import { requestedItems } from './explain-requests.ts';
import {
  errorAsWarning,
  type Hint,
  keysOfField,
  listFindings,
  type ManifestFinding,
  type ManifestFindingCode,
  offsetOfField,
} from './manifest-finding.ts';
import { displayName, type ManifestObject, type ManifestPod, podsOf } from './manifest-objects.ts';
import type { ManifestOptions } from './manifest-options.ts';
import { decideOnPartialPod } from './partial-pod.ts';

/** A pod of a manifest, and what the webhook would do with it. */
export interface ReviewedPod extends ManifestPod {
  readonly outcome: Outcome;
  readonly findings: readonly ManifestFinding[];
  /** Whether the outcome depends on the Kubernetes version, which is unknown. */
  readonly needsVersion: boolean;
}

/** Reviews each pod of a document as the webhook would. Of a partial pod, only what does not depend on the rest is reviewed. */
export function reviewDocument(
  document: YamlDocument,
  options: ManifestOptions,
  positions: Positions,
  pods: readonly ManifestPod[] = podsOf(document.value),
): readonly ReviewedPod[] {
  return pods.map((manifestPod) => {
    const { object, templatePath, pod, isPartial } = manifestPod;
    const origin = {
      namespace: object.namespace ?? options.namespace,
      isNamespaceAssumed: object.namespace === undefined && options.isNamespaceAssumed === true,
      ...(templatePath.length > 0 && { workload: { ...workloadIn(object.value), kind: object.kind } }), // a list may set it
    };
    const outcome = isPartial ? decideOnPartialPod(pod, options) : injectPod(pod, origin, options);
    const { errors, misplaced, warnings } = reviewOf(
      object.value,
      { templatePath, isCustom: object.isCustom },
      outcome,
    );
    const { error, warning } = createFindings(document, object, positions);
    const findings = [
      ...listFindings(mapFound(errors, outcome.kind === 'denied' ? error : (found) => errorAsWarning(error(found)))),
      ...listFindings(mapFound(joinFound(misplaced, warnings), warning)),
    ];
    return { ...manifestPod, outcome, findings, needsVersion: !isPartial && needsVersion(pod, outcome, options) };
  });
}

/** Returns whether the Kubernetes version, which is unknown, determines the sidecar kind of the ambassador. */
function needsVersion(pod: unknown, outcome: Outcome, options: ManifestOptions): boolean {
  return (
    options.kubernetesVersion === undefined &&
    !(outcome.kind === 'skipped' && outcome.errors.total === 0 && outcome.reason !== 'nothing-to-add') &&
    !statusOf(pod).containers.has(ambassadorName) &&
    requestedItems(pod, options).ambassador?.sidecar === 'auto'
  );
}

/** Returns functions that turn errors, warnings, and hints, whose fields are relative to the object, into findings. */
export function createFindings(document: YamlDocument, object: ManifestObject, positions: Positions) {
  const place = (field: string, value?: string) => ({
    object: displayName(object),
    field,
    ...positions(document.offset + offsetOfField(document, object.path, field, value)),
  });
  return {
    error: (found: FieldError): ManifestFinding => {
      const error = withSourceText(document, object, found);
      return {
        severity: 'error',
        code: error.kind,
        ...place(error.field, error.value),
        message: formatFieldError(error),
      };
    },
    warning: ({
      code,
      field,
      detail,
    }: Omit<Warning, 'code'> & { readonly code: ManifestFindingCode }): ManifestFinding => ({
      severity: 'warning',
      code,
      ...place(field),
      message: `${field}: ${detail}`,
    }),
    hint: ({ code, field, detail, value }: Hint): ManifestFinding => ({
      severity: 'hint',
      code,
      ...place(field, value),
      message: `${field}: ${detail}`,
    }),
  };
}

/**
 * Returns an error about an annotation that is not a string, with the value as the manifest spells it: YAML reads 0644
 * as the number 420, and the message would show that number.
 */
function withSourceText(document: YamlDocument, { path }: ManifestObject, error: FieldError): FieldError {
  const [, name = ''] = /\.annotations\[downlink\.dev\/([\w-]+)\]$/.exec(`.${error.field}`) ?? [];
  if (!isAnnotationName(name) || error.kind !== 'Invalid' || error.value !== undefined) return error;
  const { node } = nearestNode(document, [...path, ...keysOfField(error.field)]);
  const scalar = isAlias(node) ? node.resolve(document.yaml) : node;
  if (!isScalar(scalar) || scalar.source === undefined) return error;
  if (typeof scalar.value !== 'number' && typeof scalar.value !== 'boolean') return error;
  return { ...notAString(name, scalar.value, scalar.source), field: error.field };
}

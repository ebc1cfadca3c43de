import { type AnnotationName, annotationField, annotationKeys } from '../annotations/annotation-keys.ts';
import { parseContainers } from '../annotations/containers-annotation.ts';
import { parseStatus } from '../annotations/injection-status.ts';
import { isOptionProblem, type OptionProblem, unsupported } from '../annotations/option-problem.ts';
import type { FieldError } from '../diagnostics/field-error.ts';
import { emptyFindings, type Findings } from '../diagnostics/findings.ts';
import { ambassadorOptions, optionOf } from './ambassador/ambassador-options.ts';
import { parseEnvItems, parseFileItems } from './items/parse-items.ts';
import { parseMode } from './volume/volume-mode.ts';

/** Parses the annotation `ambassador`. */
export function parseAmbassador(value: string): boolean | OptionProblem {
  return value === 'true' || value === 'false' ? value === 'true' : unsupported(value, ['true', 'false']);
}

/** Advice for users who try to enable the injection by the annotation `inject`. */
export const injectedAnyway = 'annotated pods are injected without it, so remove it';

/** Parses the annotation `inject`, which has one valid value. */
export function parseInject(value: string): false | OptionProblem {
  if (value === 'false') return false;
  const problem = unsupported(value, ['false']);
  const isOn = /^(?:true|yes|on|1)$/i.test(value.trim());
  return isOn ? { ...problem, detail: `${problem.detail}; ${injectedAnyway}` } : problem;
}

/** Parses the mount path of the volume. */
export function parseVolumePath(value: string): string | OptionProblem {
  const trimmed = value.trim();
  const path = trimmed.endsWith('/') ? trimmed.slice(0, -1) : trimmed;
  const elements = path.split('/').slice(1);
  const plain =
    path.startsWith('/') && elements.every((element) => element !== '' && element !== '.' && element !== '..');
  if (plain && path.length <= 4096 && !/[:\p{Cc}]/u.test(path)) return path;
  const right = annotationKeys['volume-path'].example;
  const detail = `must be an absolute path without ":", empty, "." or ".." elements, for example "${right}"`;
  return { kind: 'Invalid', detail };
}

/** Returns what would be wrong with an annotation of that name and value, whatever else the pod has. */
export function valueErrors(name: AnnotationName, value: string): readonly FieldError[] {
  const findings = emptyFindings();
  const problem = problemOf(name, value, findings);
  if (isOptionProblem(problem)) findings.errors.push({ field: annotationField(name), value, ...problem });
  return findings.errors.first;
}

function problemOf(name: AnnotationName, value: string, findings: Findings): unknown {
  switch (name) {
    case 'env':
      return parseEnvItems(value, findings);
    case 'volume':
      return parseFileItems(value, findings);
    case 'volume-path':
      return parseVolumePath(value);
    case 'volume-mode':
      return parseMode(value.trim());
    case 'containers':
      return parseContainers(value, findings);
    case 'ambassador':
      return parseAmbassador(value);
    case 'inject':
      return parseInject(value);
    case 'status':
      return parseStatus(value, findings);
    default:
      return ambassadorOptions[optionOf(name)](value.trim());
  }
}

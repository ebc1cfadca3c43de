import { type AnnotationName, annotationField, annotationKeys } from '../annotations/annotation-keys.ts';
import { parseContainers } from '../annotations/containers-annotation.ts';
import { parseStatus } from '../annotations/injection-status.ts';
import { invalid, oneOf, type ParsedValue, parseBoolean, valid } from '../annotations/parsed-value.ts';
import type { FieldError } from '../diagnostics/field-error.ts';
import { emptyFindings, type Findings } from '../diagnostics/findings.ts';
import { ambassadorOptions, optionOf } from './ambassador/ambassador-options.ts';
import { parseEnvItems, parseFileItems } from './items/parse-items.ts';
import { parseMode } from './volume/volume-mode.ts';

const parseFalse = oneOf(['false']);

/** Advice for users who try to enable injection with the annotation `inject`. */
export const injectedAnyway = 'annotated pods are injected without it, so remove it';

/** Parses the annotation `inject`, which accepts only `false`. */
export function parseInject(value: string): ParsedValue<false> {
  const parsed = parseFalse(value);
  if (parsed.kind === 'valid') return valid(false);
  const { error } = parsed;
  const isOn = /^(?:true|yes|on|1)$/i.test(value.trim());
  return isOn ? { kind: 'invalid', error: { ...error, detail: `${error.detail}; ${injectedAnyway}` } } : parsed;
}

/** Parses the mount path of the volume. */
export function parseVolumePath(value: string): ParsedValue<string> {
  const trimmed = value.trim();
  const path = trimmed.endsWith('/') ? trimmed.slice(0, -1) : trimmed;
  const elements = path.split('/').slice(1);
  const plain =
    path.startsWith('/') && elements.every((element) => element !== '' && element !== '.' && element !== '..');
  if (plain && path.length <= 4096 && !/[:\p{Cc}]/u.test(path)) return valid(path);
  const { example } = annotationKeys['volume-path'];
  return invalid(`must be an absolute path without ":", empty, "." or ".." elements, for example "${example}"`);
}

/** Returns what would be wrong with an annotation of this name and value, regardless of the rest of the pod. */
export function valueErrors(name: AnnotationName, value: string): readonly FieldError[] {
  const findings = emptyFindings();
  const parsed = parseValue(name, value, findings);
  if (parsed.kind === 'invalid') findings.errors.push({ field: annotationField(name), value, ...parsed.error });
  return findings.errors.first;
}

function parseValue(name: AnnotationName, value: string, findings: Findings): ParsedValue<unknown> {
  switch (name) {
    case 'env':
      return valid(parseEnvItems(value, findings));
    case 'volume':
      return valid(parseFileItems(value, findings));
    case 'volume-path':
      return parseVolumePath(value);
    case 'volume-mode':
      return parseMode(value.trim());
    case 'containers':
      return valid(parseContainers(value, findings));
    case 'ambassador':
      return parseBoolean(value);
    case 'inject':
      return parseInject(value);
    case 'status':
      return valid(parseStatus(value, findings));
    case 'kubeconfig':
      return valid(value);
    default:
      return ambassadorOptions[optionOf(name)](value.trim());
  }
}

import type { Findings, WarningCode } from '../diagnostics/findings.ts';
import { type AnnotationName, annotationField } from './annotation-keys.ts';

/** Adds a warning about an annotation. For a long detail, pass a function, which is called only if the warning is kept. */
export function addWarning(
  findings: Findings,
  code: WarningCode,
  name: AnnotationName,
  detail: string | (() => string),
): void {
  findings.warnings.push(() => ({
    code,
    field: annotationField(name),
    detail: typeof detail === 'function' ? detail() : detail,
  }));
}

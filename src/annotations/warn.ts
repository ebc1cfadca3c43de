import type { Findings, WarningCode } from '../findings.ts';
import { type AnnotationName, annotationField } from './keys.ts';

/** Adds a warning about the annotation of that name. */
export function warn(findings: Findings, code: WarningCode, name: AnnotationName, detail: string): void {
  findings.warnings.push({ code, field: annotationField(name), detail });
}

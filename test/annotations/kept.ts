import type { FieldError } from '../../src/diagnostics/field-error.ts';
import type { Findings, Warning } from '../../src/diagnostics/findings.ts';

/** The errors and warnings of findings as lists. */
export function kept({ errors, warnings }: Findings): {
  readonly errors: readonly FieldError[];
  readonly warnings: readonly Warning[];
} {
  return { errors: errors.first, warnings: warnings.first };
}

import { type FieldError, formatFieldError } from '../diagnostics/field-error.ts';
import type { Warning } from '../diagnostics/findings.ts';
import type { Path } from '../json/json-value.ts';
import type { Positions } from '../yaml-edit/text-lines.ts';
import type { YamlDocument } from '../yaml-edit/yaml-document.ts';
import { type ManifestFinding, offsetOfField } from './manifest-finding.ts';

/** A document whose fields are not those of the object that findings are about, such as a JSON Patch. */
export interface FieldPlaces {
  readonly document: YamlDocument;
  readonly positions: Positions;
  /** The object's name, as kubectl prints it; undefined if it is unknown. */
  readonly object: string | undefined;
  /** Returns the path in the document of a field of the object. */
  readonly placeOf: (field: string) => Path;
}

/** Returns functions that turn errors and warnings about an object into findings at the places of its fields. */
export function createPlacedFindings({ document, positions, object, placeOf }: FieldPlaces) {
  const place = (field: string, value?: string) => ({
    object,
    field,
    ...positions(document.offset + offsetOfField(document, placeOf(field), '', value)),
  });
  return {
    error: (error: FieldError): ManifestFinding => ({
      severity: 'error',
      code: error.kind,
      ...place(error.field, error.value),
      message: formatFieldError(error),
    }),
    warning: ({ code, field, detail }: Warning): ManifestFinding => ({
      severity: 'warning',
      code,
      ...place(field),
      message: `${field}: ${detail}`,
    }),
  };
}

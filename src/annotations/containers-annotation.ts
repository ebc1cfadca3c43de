import type { Findings } from '../diagnostics/findings.ts';
import { maxShown, quote } from '../diagnostics/text.ts';
import { isDnsLabel } from '../kubernetes/object-names.ts';
import { annotationField } from './annotation-keys.ts';
import { parseList } from './annotation-list.ts';

const separators = /[;|&\s]+/; // none of these can occur in the name of a container
const maxParts = 100; // names; a pod has fewer containers

/**
 * Parses the annotation `containers` and returns its names without duplicates. Separators other than commas and
 * newlines are an error, but the names between them are still returned.
 */
export function parseContainers(value: string, findings: Findings): readonly string[] {
  const names = parseList('containers', value, findings).flatMap((item) => {
    const parts = separators.test(item) ? item.split(separators).filter((part) => part !== '') : [];
    if (parts.length < 2 || parts.length > maxParts || !parts.every(isDnsLabel)) return item;
    const corrected = parts.join(', ');
    const hint = corrected.length <= maxShown ? `; write ${quote(corrected)}` : '';
    const detail = `items are separated by commas or newlines${hint}`;
    findings.errors.push({ field: annotationField('containers'), kind: 'Invalid', value: item, detail });
    return parts;
  });
  return [...new Set(names)];
}

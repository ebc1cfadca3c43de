import type { Findings } from '../diagnostics/findings.ts';
import { maxShown, quote } from '../diagnostics/text.ts';
import { isDnsLabel } from '../kubernetes/object-names.ts';
import { annotationField } from './annotation-keys.ts';
import { parseList } from './annotation-list.ts';

const separators = /[;|&\s]+/; // no container's name has one of these
const maxParts = 100; // names: more than a pod has containers

/** Reads the annotation `containers`: names, each once. Names without a comma between them are an error, and are read. */
export function parseContainers(value: string, findings: Findings): readonly string[] {
  const names = parseList('containers', value, findings).flatMap((item) => {
    const parts = separators.test(item) ? item.split(separators).filter((part) => part !== '') : [];
    if (parts.length < 2 || parts.length > maxParts || !parts.every(isDnsLabel)) return item;
    const right = parts.join(', ');
    const write = right.length <= maxShown ? `; write ${quote(right)}` : '';
    const detail = `items are separated by commas or newlines${write}`;
    findings.errors.push({ field: annotationField('containers'), kind: 'Invalid', value: item, detail });
    return parts;
  });
  return [...new Set(names)];
}

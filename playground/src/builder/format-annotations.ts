import { stringify } from 'yaml';

/** Returns annotations as YAML to paste into the metadata of a pod, or of a pod template. */
export function formatAnnotations(annotations: Readonly<Record<string, string>>): string {
  if (Object.keys(annotations).length === 0) return 'annotations: {}\n';
  return stringify({ annotations }, { lineWidth: 0, compat: 'yaml-1.1' });
}

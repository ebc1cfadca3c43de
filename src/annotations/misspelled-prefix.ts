import { distance } from 'fastest-levenshtein';
import { nearest, printable } from '../diagnostics/text.ts';
import { objectAt } from '../json/json-value.ts';
import { annotationPrefix, writableAnnotations } from './annotation-keys.ts';

const domain = annotationPrefix.slice(0, -1);
const product = 'downlink';
const byLength = writableAnnotations.toSorted((one, other) => other.length - one.length);
const maxKey = 317; // characters that Kubernetes allows: a prefix of 253, a slash, and a name of 63

/**
 * Returns the key that an annotation with a misspelled prefix most likely means: `downlink.dev/env` for
 * `downlink.io/env`, `dowlink.dev/env`, and `downlink.dev.env`; `downlink.dev/` for `downlink.dev`. Returns undefined
 * for keys with the correct prefix, and for keys that are clearly unrelated.
 */
export function keyMeantBy(key: string): string | undefined {
  if (key.length > maxKey || key.startsWith(annotationPrefix)) return undefined;
  const slash = key.indexOf('/');
  if (slash >= 0) {
    if (!isNear(key.slice(0, slash))) return undefined;
    const name = nearest(key.slice(slash + 1), writableAnnotations);
    return name && annotationPrefix + name;
  }
  const lower = key.toLowerCase();
  const name = byLength.find(
    (one) => lower.endsWith(one) && /[._:-]/.test(lower.charAt(lower.length - one.length - 1)),
  );
  if (name !== undefined && isNear(key.slice(0, -name.length - 1))) return annotationPrefix + name;
  return isDomain(lower) || lower === product ? annotationPrefix : undefined;
}

/** An annotation with a misspelled prefix, which Downlink does not read. */
export interface MisspelledPrefix {
  /** The field, relative to the object that was searched. */
  readonly field: string;
  /** A clause without a period at the end. */
  readonly detail: string;
}

/**
 * Finds the annotations with a misspelled prefix in an object, in its pod template, and in the Job template of a
 * CronJob. The path of the pod template is empty for a Pod.
 */
export function misspelledPrefixesIn(object: unknown, templatePath: readonly string[]): readonly MisspelledPrefix[] {
  const inner = templatePath.indexOf('jobTemplate');
  const places = [
    [],
    ...(inner < 0 ? [] : [templatePath.slice(0, inner + 1)]),
    ...(templatePath.length === 0 ? [] : [templatePath]),
  ];
  return places.flatMap((place) => {
    const path = [...place, 'metadata', 'annotations'];
    const keys = Object.keys(objectAt(object, path)).sort();
    return keys.flatMap((key) => {
      const meant = keyMeantBy(key);
      if (meant === undefined) return [];
      const suggestion = meant === annotationPrefix ? `a key that begins with ${annotationPrefix}` : meant;
      const field = `${path.join('.')}[${printable(key)}]`;
      return [{ field, detail: `Downlink does not read it; did you mean ${suggestion}?` }];
    });
  });
}

/** Reports whether a prefix is a misspelling of Downlink's domain, or another domain that contains its name. */
function isNear(prefix: string): boolean {
  const lower = prefix.toLowerCase();
  return isDomain(lower) || lower.split('.').some((label) => distance(label, product) <= 1);
}

function isDomain(text: string): boolean {
  return distance(text, domain) <= 2; // letters
}

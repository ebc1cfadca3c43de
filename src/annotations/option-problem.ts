import { maxShown, nearest, quote } from '../diagnostics/text.ts';

/** What is wrong with an option, without saying where it stands: an annotation or a setting. */
export interface OptionProblem {
  readonly kind: 'Invalid' | 'NotSupported';
  readonly detail: string;
}

export function isOptionProblem(value: unknown): value is OptionProblem {
  return typeof value === 'object' && value !== null && 'detail' in value;
}

export function invalid(detail: string): OptionProblem {
  return { kind: 'Invalid', detail };
}

/** The problem of a word that is none of the supported ones, in Kubernetes' words, with the nearest one. */
export function unsupported(value: string, supported: readonly string[]): OptionProblem {
  return notSupported(supported, wordMeant(value, supported));
}

export function notSupported(supported: readonly string[], meant: string | undefined): OptionProblem {
  const hint = meant === undefined ? '' : `; did you mean ${quote(meant)}?`;
  return { kind: 'NotSupported', detail: `supported values: ${supported.map(quote).join(', ')}${hint}` };
}

const on = /^(?:y|yes|on|1|enabled?)$/i; // as YAML and people say it
const off = /^(?:n|no|off|0|disabled?|none)$/i;

export function wordMeant(value: string, supported: readonly string[]): string | undefined {
  if (value.length > maxShown) return undefined;
  const word = value.trim().replace(/^["']+|["']+$/g, '');
  const switched = on.test(word) ? 'true' : off.test(word) ? 'false' : undefined;
  return supported.find((one) => one === switched) ?? nearest(word, supported);
}

import {
  divisorsOf,
  isResource,
  looksLikeResource,
  parseDownwardSource,
  type SourceProblem,
  unknownDivisor,
} from './downward-source.ts';
import type { FractionSource } from './env-source.ts';

const maxLength = 200; // characters; a fraction is shorter

/** Reports whether a source has a percentage, right or wrong. A label key can contain neither `*` nor `%`. */
export function looksLikeFraction(text: string): boolean {
  return text.length <= maxLength && /[*%]/.test(text.replace(/\['[^']*'\]/, ''));
}

/** Parses `resource*N%[/divisor]`. */
export function parseFraction(text: string): FractionSource | SourceProblem {
  const [, resource = '', percent, divisor] = /^([^*%/\s]+)\*(100|[1-9]\d?)%(?:\/(.*))?$/.exec(text) ?? [];
  if (percent === undefined || !isResource(resource)) {
    return { kind: 'unknown-source', problem: problemOf(text), example: 'limits.memory*90%' };
  }
  const source = { kind: 'fraction', resource, percent: Number(percent) } as const;
  if (divisor === undefined) return source;
  return divisorsOf(resource).includes(divisor) ? { ...source, divisor } : unknownDivisor(resource, divisor);
}

function problemOf(text: string): string {
  const [head = '', factor = ''] = text.split('*');
  if (/^[\d.+-]+%?$/.test(head.trim())) return 'the resource comes before the percentage';
  const resource = head.replace(/\/.*|%/g, '').trim();
  if (!isResource(resource)) {
    const isSource = parseDownwardSource(resource).kind !== 'unknown-source';
    return isSource && !looksLikeResource(resource) ? 'only a resource can have a percentage' : 'unknown resource';
  }
  if (head.includes('/')) return 'the divisor comes after the percentage';
  if (/\s/.test(text)) return 'a percentage of a resource has no spaces';
  if (!factor.includes('%')) return 'a percentage must end with "%"';
  return 'a percentage must be a whole number from 1 to 100';
}

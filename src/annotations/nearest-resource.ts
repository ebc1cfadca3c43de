import { parseQuantity } from '../kubernetes/quantity.ts';
import { divisorsOf, isResource } from './downward-source.ts';
import { nearestWord, withoutLeading } from './nearest-word.ts';

const resourceWords: Readonly<Record<string, string>> = {
  cpu: 'cpu',
  cpus: 'cpu',
  memory: 'memory',
  mem: 'memory',
  ephemeralstorage: 'ephemeral-storage',
  ephemeral: 'ephemeral-storage',
};
const listWords: Readonly<Record<string, string>> = {
  limits: 'limits',
  limit: 'limits',
  requests: 'requests',
  request: 'requests',
};
const ofTheContainer = ['resources', 'resource', 'container', 'containers', 'spec', 'resourcefieldref'];

/** Returns `limits.cpu` for `limit.cpu`, `cpu_limit`, and `resources.limits.CPU`. */
export function nearestResource(text: string): string | undefined {
  const slash = text.indexOf('/');
  const head = slash < 0 ? text : text.slice(0, slash);
  const resource = isResource(head) ? head : namedResource(head);
  if (resource === undefined || slash < 0) return resource;
  const divisor = nearestDivisor(text.slice(slash + 1), divisorsOf(resource));
  return divisor === undefined ? undefined : `${resource}/${divisor}`;
}

/** Returns `limits.memory*90%/1Mi` for `90% of limit.memory / 1Mi` and `limits.memory/1Mi*0.9`. */
export function nearestFraction(text: string): string | undefined {
  const [, before = '', factor, after = ''] =
    /^([^*%]*?)\*?([+-]?(?:\d+\.?\d*|\.\d+)%?)%*(?![\w.])([^%]*)$/.exec(
      text.replace(/\s+of\s+/i, '*').replace(/\s/g, ''),
    ) ?? [];
  if (factor === undefined || !/[*%]/.test(text)) return undefined;
  const source = nearestResource(`${before}${after.replace(/^\*/, '')}`);
  if (source === undefined) return undefined;
  const [resource, divisor] = source.split('/');
  return `${resource}*${nearestPercent(factor)}%${divisor === undefined ? '' : `/${divisor}`}`;
}

/** Returns the whole percentage from 1 to 100 that is nearest to `0.9`, `90`, or `-5%`. */
function nearestPercent(factor: string): number {
  const number = Math.abs(Number.parseFloat(factor));
  const isFactor = !factor.endsWith('%') && number <= 1;
  return Math.min(Math.max(Math.round(isFactor ? number * 100 : number), 1), 100);
}

function namedResource(head: string): string | undefined {
  const words = withoutLeading(
    head
      .replace(/([a-z])([A-Z])/g, '$1.$2')
      .toLowerCase()
      .split(/[._\s-]+/),
    (word) => ofTheContainer.includes(word),
  );
  for (const [list, name] of [
    [words[0], words.slice(1)],
    [words.at(-1), words.slice(0, -1)],
  ] as const) {
    const inList = listWords[nearestWord(list ?? '', Object.keys(listWords)) ?? ''];
    if (inList === undefined) continue;
    const hugePages = /\bhugepages-[1-9]\d{0,9}[KMGT]i\b/.exec(head)?.[0];
    const known = hugePages ?? resourceWords[nearestWord(name.join(''), Object.keys(resourceWords)) ?? ''];
    if (known !== undefined) return `${inList}.${known}`;
  }
  return undefined;
}

/** Returns the divisor that has the same value, or the one that a misspelling such as `1MB` or `Mi` means. */
function nearestDivisor(text: string, known: readonly string[]): string | undefined {
  const value = parseQuantity(text);
  const equal = known.find((divisor) => divisor === text || (value !== undefined && parseQuantity(divisor) === value));
  if (equal !== undefined) return equal;
  const letters = text.toLowerCase().replace(/b$/, '');
  return known.find((divisor) => [letters, `1${letters}`].includes(divisor.toLowerCase()));
}

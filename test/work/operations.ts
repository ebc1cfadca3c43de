import { type Profiler, Session } from 'node:inspector';
import { setFlagsFromString } from 'node:v8';

/**
 * Counts work in operations, which unlike seconds are the same on every machine and in every run. An operation is
 *
 * - a run of a block of our own code or of a library's: V8's precise coverage counts function bodies, branches and the
 *   turns of loops, so nothing has to be instrumented by hand; and
 * - an element that a built-in walks by itself (`includes`, `indexOf`, a spread, a regular expression), which coverage
 *   does not see: while it is counted, those built-ins are wrapped and add what they walked.
 *
 * A counter of property reads on the pod would miss the names of an annotation, which are parsed from text, and every
 * list that is made on the way. What neither sees are the steps back of a regular expression, object spreads, the copying
 * of text, and what Node's own modules do.
 *
 * V8 counts blocks only in functions that are compiled after it was asked to: import this file before what it measures,
 * by `import './operations.ts'`, which no tool moves.
 */
export function countOperations(act: () => void): number {
  takeBlocks(); // what was counted so far
  const walked = wrapBuiltIns();
  try {
    act();
  } finally {
    walked.restore();
  }
  return takeBlocks() + walked.elements();
}

// optimized code that has taken a function in does not count it any more
for (const flag of ['--no-opt', '--no-maglev']) setFlagsFromString(flag);
const session = new Session();
session.connect();
post('Profiler.enable');
post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });

function takeBlocks(): number {
  const { result } = post<Profiler.TakePreciseCoverageReturnType>('Profiler.takePreciseCoverage');
  return result
    .filter(({ url }) => url.startsWith('file:') && url !== import.meta.url)
    .flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges))
    .reduce((sum, { count }) => sum + count, 0);
}

function post<T>(method: string, parameters?: object): T {
  let answer: T | undefined;
  session.post(method, parameters, (error: Error | null, result) => {
    if (error) throw error;
    answer = result as T; // within the call: the session is this thread's own
  });
  return answer as T;
}

type Method = (this: never, ...given: never[]) => unknown;
/** What a call walked, seen from its object, its arguments, what it gave back, and where a regular expression began. */
type Cost = (self: never, given: readonly unknown[], result: unknown, began: number) => number;

const whole: Cost = (self: { length: number }) => self.length;
const ofResult: Cost = (_, __, result) => (result as { length?: number } | undefined)?.length ?? 0;
const forwards: Cost = ({ length }: { length: number }, [, from = 0], found) =>
  Number(found) < 0 ? Math.max(0, length - Number(from)) : Number(found) - Number(from) + 1;
const backwards: Cost = ({ length }: { length: number }, [, from = length], found) =>
  Math.max(0, Number(from)) - Math.max(0, Number(found)) + 1;

/** Built-ins by their object. Those that call a function for each element need none: coverage counts the function. */
const builtIns: readonly (readonly [object, Readonly<Record<string | symbol, Cost>>])[] = [
  [
    Array.prototype,
    {
      ...{ includes: whole, join: whole, reverse: whole, shift: whole, unshift: whole, splice: whole, fill: whole },
      ...{ indexOf: forwards, lastIndexOf: backwards, slice: ofResult, concat: ofResult, flat: ofResult },
      ...{ toReversed: whole, toSpliced: whole, with: whole, sort: sorting, toSorted: sorting, keys: whole },
    },
  ],
  [
    String.prototype,
    {
      ...{ indexOf: forwards, lastIndexOf: backwards, includes: whole, split: whole, replaceAll: whole, trim: whole },
      ...{ toLowerCase: whole, toUpperCase: whole, padEnd: ofResult, padStart: ofResult, repeat: ofResult },
    },
  ],
  [
    RegExp.prototype,
    {
      // up to what it found, or to the end; a sticky one, as `split` makes, looks in one place
      exec: ({ sticky }: RegExp, [text], match, began) => {
        const found = match as RegExpExecArray | null;
        if (found !== null) return found.index - began + found[0].length + 1;
        return sticky ? 1 : Math.max(0, String(text).length - began);
      },
    },
  ],
  [
    Object,
    {
      keys: ofResult,
      values: ofResult,
      entries: ofResult,
      fromEntries: (_, __, made) => Object.keys(made as object).length,
    },
  ],
  [JSON, { parse: (_, [text]) => String(text).length, stringify: ofResult }],
  [Buffer, { byteLength: (_, [text]) => (text as { length: number }).length }],
];

function sorting({ length }: { length: number }): number {
  return length * Math.ceil(Math.log2(length + 1));
}

/** Makes the built-ins add what they walk, elements of iterated lists, sets and maps too, until they are restored. */
function wrapBuiltIns(): { readonly elements: () => number; readonly restore: () => void } {
  let walked = 0;
  const originals: (() => void)[] = [];
  const replace = (owner: object, name: string | symbol, wrap: (original: Method) => Method) => {
    const descriptor = Object.getOwnPropertyDescriptor(owner, name);
    if (descriptor === undefined) throw new Error(`there is no ${String(name)}`);
    originals.push(() => Object.defineProperty(owner, name, descriptor));
    Object.defineProperty(owner, name, { ...descriptor, value: wrap(descriptor.value) });
  };
  for (const [owner, costs] of builtIns) {
    for (const name of Reflect.ownKeys(costs)) {
      const cost = costs[name] as Cost;
      replace(
        owner,
        name,
        (original) =>
          function (this: never, ...given: never[]) {
            const { global, sticky, lastIndex } = this as Partial<RegExp>;
            const began = global || sticky ? (lastIndex ?? 0) : 0;
            const result = Reflect.apply(original, this, given);
            walked += cost(this, given, result, began);
            return result;
          },
      );
    }
  }
  for (const iterated of [[], new Set(), new Map()]) {
    const iterator = Object.getPrototypeOf(iterated[Symbol.iterator]());
    replace(
      iterator,
      'next',
      (original) =>
        function (this: never) {
          walked++;
          return Reflect.apply(original, this, []);
        },
    );
  }
  return { elements: () => walked, restore: () => originals.toReversed().forEach((restore) => void restore()) };
}

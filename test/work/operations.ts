import { type Profiler, Session } from 'node:inspector';
import { setFlagsFromString } from 'node:v8';

/**
 * Counts the operations of a function, which unlike seconds are the same on every machine and in every run. An operation is
 *
 * - an execution of a block of this repository or of a library. V8's precise coverage counts function bodies, branches and
 *   iterations of loops, so nothing has to be instrumented.
 * - an element that a built-in function visits (`includes`, `indexOf`, a spread, a regular expression). Coverage does not
 *   count those; the built-ins are wrapped during the measurement.
 *
 * It does not count the backtracking of a regular expression, object spreads, the copying of text, and the work of Node.js
 * modules.
 *
 * V8 counts blocks only in functions that are compiled afterwards: import this file before the modules to measure, with
 * `import './operations.ts'`, which no tool moves.
 */
export function countOperations(act: () => void): number {
  takeBlocks(); // resets the counters
  const walked = wrapBuiltIns();
  try {
    act();
  } finally {
    walked.restore();
  }
  return takeBlocks() + walked.elements();
}

// optimized code does not count the functions that it inlines
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
    answer = result as T; // synchronously, because the session is of this thread
  });
  return answer as T;
}

type Method = (this: never, ...given: never[]) => unknown;
/** Returns how many elements a call visited, from its object, arguments and result, and the start of a regular expression. */
type Cost = (self: never, given: readonly unknown[], result: unknown, began: number) => number;

const whole: Cost = (self: { length: number }) => self.length;
const ofResult: Cost = (_, __, result) => (result as { length?: number } | undefined)?.length ?? 0;
const forwards: Cost = ({ length }: { length: number }, [, from = 0], found) =>
  Number(found) < 0 ? Math.max(0, length - Number(from)) : Number(found) - Number(from) + 1;
const backwards: Cost = ({ length }: { length: number }, [, from = length], found) =>
  Math.max(0, Number(from)) - Math.max(0, Number(found)) + 1;

/** Built-ins by their object. Those that call a function for each element are missing, because coverage counts the function. */
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
      // up to the match, or to the end; a sticky expression, as in `split`, tries one position
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

/** Makes the built-ins, and the iterators of lists, sets and maps, count the elements that they visit, until they are restored. */
function wrapBuiltIns(): { readonly elements: () => number; readonly restore: () => void } {
  let walked = 0;
  const originals: (() => void)[] = [];
  const replace = (owner: object, name: string | symbol, wrap: (original: Method) => Method) => {
    const descriptor = Object.getOwnPropertyDescriptor(owner, name);
    if (descriptor === undefined) throw new Error(`no built-in ${String(name)}`);
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

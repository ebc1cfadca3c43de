import { type Profiler, Session } from 'node:inspector';

/**
 * Counts work in operations, which unlike seconds are the same on every machine and in every run. An operation is
 *
 * - a run of a block of our own code or of a library's: V8's precise coverage counts function bodies, branches and the
 *   turns of loops, so nothing has to be instrumented by hand; and
 * - an element that a built-in walks by itself (`includes`, `indexOf`, a spread, a regular expression), which coverage
 *   does not see: while it is counted, those built-ins are wrapped and add what they walked.
 *
 * A counter of property reads on the pod would miss the names of an annotation, which are parsed from text, and every
 * list that is made on the way. What neither sees are the steps back of a regular expression, object spreads and the
 * copying of text.
 */
export function countOperations(act: () => void): number {
  const session = new Session();
  session.connect();
  const post = <T>(method: string, parameters?: object): T => {
    let answer: T | undefined;
    session.post(method, parameters, (error: Error | null, result) => {
      if (error) throw error;
      answer = result as T; // within the call: the session is this thread's own
    });
    return answer as T;
  };
  post('Profiler.enable');
  post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  const walked = wrapBuiltIns();
  try {
    act();
  } finally {
    walked.restore();
  }
  const { result } = post<Profiler.TakePreciseCoverageReturnType>('Profiler.takePreciseCoverage');
  session.disconnect();
  const blocks = result
    .filter(({ url }) => url.startsWith('file:') && url !== import.meta.url)
    .flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges))
    .reduce((sum, { count }) => sum + count, 0);
  return blocks + walked.elements();
}

type Method = (this: never, ...given: never[]) => unknown;
/** What a call walked, seen from its object, its arguments and what it gave back. */
type Cost = (self: never, given: readonly unknown[], result: unknown) => number;

const whole: Cost = (self: { length: number }) => self.length;
const untilFound: Cost = (self: { length: number }, _, at) =>
  typeof at === 'number' && at >= 0 ? at + 1 : self.length;
const ofResult: Cost = (_, __, result) => (result as { length?: number } | undefined)?.length ?? 0;

/** Built-ins by their object. Those that call a function for each element need none: coverage counts the function. */
const builtIns: readonly (readonly [object, Readonly<Record<string | symbol, Cost>>])[] = [
  [
    Array.prototype,
    {
      ...{ includes: whole, join: whole, reverse: whole, shift: whole, unshift: whole, splice: whole, fill: whole },
      ...{ indexOf: untilFound, lastIndexOf: whole, slice: ofResult, concat: ofResult, flat: ofResult },
      ...{ toReversed: whole, toSpliced: whole, with: whole, sort: sorting, toSorted: sorting, keys: whole },
    },
  ],
  [
    String.prototype,
    {
      ...{ indexOf: untilFound, lastIndexOf: whole, includes: whole, split: whole, replaceAll: whole, trim: whole },
      ...{ toLowerCase: whole, toUpperCase: whole, padEnd: ofResult, padStart: ofResult, repeat: ofResult },
    },
  ],
  [
    RegExp.prototype,
    {
      // from where it began to the end of what it found, or of the text
      exec: (_, [text], match) => {
        const found = match as RegExpExecArray | null;
        return found === null ? String(text).length : found[0].length + 1;
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
            const result = Reflect.apply(original, this, given);
            walked += cost(this, given, result);
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

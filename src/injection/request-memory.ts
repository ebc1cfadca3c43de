import { type CompileRequest, compileRequest, type InjectionRequest, type RequestSource } from './compile-request.ts';
import type { InjectionOptions } from './injection-options.ts';

const maxKey = 4 * 1024; // characters of annotations; few pods can share longer ones
const maxCostOfGeneration = 512 * 1024; // characters: hundreds of requests, of which each takes a few times as many bytes
const maxCost = maxCostOfGeneration / 8; // of a request, most of which its profiles can contain
const costOfEach = 1024; // characters: what the smallest request takes
const costOfAmbassador = 3 * 1024; // characters: containers for a few QoS classes
const costOfItem = 256; // characters: a file, or a finding

/**
 * Returns a function that compiles requests and remembers the most recent ones, since thousands of pods have the same annotations.
 * Its results are those of `compile`. It keeps the requests of two generations: once the newer one is full, the older one
 * is forgotten, except for what has been requested again.
 */
export function createRequestMemory(compile: CompileRequest = compileRequest): CompileRequest {
  let options: InjectionOptions | undefined;
  let newer = new Map<string, InjectionRequest>();
  let older = new Map<string, InjectionRequest>();
  let cost = 0; // of the newer generation, in characters
  const keep = (key: string, request: InjectionRequest) => {
    const added = key.length + costOf(request);
    if (key.length > maxKey || added > maxCost) return;
    if (cost + added > maxCostOfGeneration) [newer, older, cost] = [new Map(), newer, 0];
    newer.set(key, request);
    cost += added;
  };
  return (source, given) => {
    if (given !== options) [options, newer, older, cost] = [given, new Map(), new Map(), 0];
    const key = keyOf(source);
    const recent = newer.get(key);
    if (recent !== undefined) return recent;
    const request = older.get(key) ?? compile(source, given);
    keep(key, request);
    return request;
  };
}

/** Returns everything that a request depends on, besides the options. */
function keyOf({ values, inheritedProfiles, origin }: RequestSource): string {
  return JSON.stringify([origin.namespace, origin.isNamespaceAssumed, inheritedProfiles, ...values]);
}

/** Returns about how much memory a request takes, in characters. */
function costOf({ env, volume, ambassador, intents, findings }: InjectionRequest): number {
  const items = (intents.env?.length ?? 0) + (volume?.intent.files.length ?? 0);
  const found = findings.errors.first.length + findings.warnings.first.length;
  return (
    costOfEach +
    (env?.fixedCharacters ?? 0) +
    costOfItem * (items + found) +
    (ambassador === undefined ? 0 : costOfAmbassador)
  );
}

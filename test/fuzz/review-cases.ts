import fc from 'fast-check';
import jsonpatch from 'fast-json-patch';
import { mutate } from '../../src/admission/mutate-pod.ts';
import type { InjectionConfig } from '../../src/config/config.ts';
import type { AmbassadorPolicy } from '../../src/injection/patch/injection-part.ts';
import { defaultOptions } from '../golden/default-options.ts';
import { sampleClusterName, sampleNames, sampleProfiles } from '../support/sample-profiles.ts';
import {
  type AnnotationChange,
  annotationChange,
  containerMarks,
  editTokens,
  type TokenChange,
  tokenChange,
} from './annotation-values.ts';
import type { Seed } from './corpus.ts';
import { changeTree, type Json, memberAt, setMember, type TreeChange, treeChange } from './json-tree.ts';

/** How to make a case: a review of the corpus and the changes to it. It shrinks to fewer and smaller changes. */
export interface ReviewScript {
  /** The review, modulo their number. */
  readonly seed: number;
  readonly changes: readonly Change[];
  readonly text: readonly TextChange[];
  readonly options: CaseOptions;
}

/** The options of the server that differ between cases. */
export interface CaseOptions {
  /** The minor version of the API server; null if it is unknown. */
  readonly minor: number | null;
  readonly onInvalid: 'deny' | 'warn';
  /** Whether the settings have profiles, and restrict ambassadors; they have the defaults without it. */
  readonly settings?: 'profiles' | 'policy' | 'both';
  /** The profile of the namespace. */
  readonly namespaceProfile?: string;
}

/** A body to post, and the options of the server. */
export interface ReviewCase {
  readonly body: Buffer;
  readonly options: CaseOptions;
}

/** A change. `injected` replaces the pod with the patched pod. */
type Change = TreeChange | AnnotationChange | TokenChange | { readonly kind: 'injected' };

interface TextChange {
  readonly how: 'cut' | 'drop' | 'insert' | 'overwrite';
  /** The position, in thousandths of the text. */
  readonly at: number;
  readonly bytes: string; // in Latin-1, so that the body can become invalid UTF-8
}

const snippets = [
  ...['"', '\\', ',', ':', '{', '}', '[', ']', 'null', '1', '-', '1e999', '\\ud800', '\\u0000', '\\x', '\u0000', '\n'],
  ...[
    '\xff',
    '\xc0\x80',
    '\xed\xa0\x80',
    '\xef\xbb\xbf',
    '//',
    'NaN',
    '"name":"a","name":"b",',
    '"__proto__":{"a":1},',
  ],
  ...['['.repeat(2000), '{"a":'.repeat(2000), ' '.repeat(2000), '"uid":"other",', '"request":{},'],
];
const textChange: fc.Arbitrary<TextChange> = fc.record({
  how: fc.constantFrom('cut', 'drop', 'insert', 'insert', 'overwrite', 'overwrite'),
  at: fc.nat(1000),
  bytes: fc.constantFrom(...snippets),
});

const caseSettings = {
  settings: fc.constantFrom('profiles', 'profiles', 'policy', 'both'),
  namespaceProfile: fc.constantFrom('none', 'none', 'none', ...sampleNames),
} as const;

/** Generates scripts. */
export const reviewScript: fc.Arbitrary<ReviewScript> = fc.record({
  seed: fc.nat(),
  changes: fc.array(
    fc.oneof(
      { weight: 8, arbitrary: treeChange },
      { weight: 9, arbitrary: annotationChange },
      { weight: 3, arbitrary: tokenChange },
      { weight: 2, arbitrary: fc.constant({ kind: 'injected' } as const) },
    ),
    { maxLength: 5 },
  ),
  text: fc.oneof(
    { weight: 12, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(textChange, { minLength: 1, maxLength: 2 }) },
  ),
  options: fc.record({
    minor: fc.constantFrom(33, 33, 36, 36, 35, 32, 31, 29, 28, 20, null),
    onInvalid: fc.constantFrom('deny', 'deny', 'deny', 'warn'),
    ...caseSettings,
  }),
});

const { ambassador } = defaultOptions;
const policy: AmbassadorPolicy = {
  namespaces: ['def*', 'team', 'shop'],
  access: ['read-only', 'own-namespace'],
  requiredAccess: ['read-only'],
  images: { image: ambassador.image, prefixes: ['registry.example.com/'] },
  pullSecrets: ['registry', 'mirror'],
};

/** Returns the options for the pure function. */
export function mutateOptions({ minor, onInvalid, settings }: CaseOptions): InjectionConfig {
  return {
    ...defaultOptions,
    ...(settings !== undefined &&
      settings !== 'policy' && { profiles: sampleProfiles, clusterName: sampleClusterName }),
    ...(settings !== undefined && settings !== 'profiles' && { ambassador: { ...ambassador, policy } }),
    kubernetesVersion: minor === null ? undefined : { major: 1, minor },
    onInvalid,
  };
}

/** Applies a script to the corpus. */
export function caseOf(corpus: readonly Seed[], { seed, changes, text, options }: ReviewScript): ReviewCase {
  const review: Json = JSON.parse(corpus[seed % corpus.length]?.text ?? 'null');
  for (const change of changes) applyChange(review, change, options);
  let body = Buffer.from(JSON.stringify(review));
  for (const change of text) body = changeText(body, change);
  return { body, options };
}

function applyChange(review: Json, change: Change, options: CaseOptions): void {
  switch (change.kind) {
    case 'tree':
      changeTree(review, change);
      break;
    case 'annotation':
      setMember(annotationsOf(review), change.key, withNames(review, change.value));
      break;
    case 'tokens': {
      const annotations = annotationsOf(review);
      const ours = Object.keys(annotations).filter((key) => key.startsWith('downlink.dev/'));
      const key = ours[change.annotation % ours.length];
      const value = key === undefined ? undefined : annotations[key];
      if (key !== undefined && typeof value === 'string')
        setMember(annotations, key, withNames(review, editTokens(value, change)));
      return;
    }
    case 'injected':
      injectInto(review, options);
      break;
    default:
      change satisfies never;
  }
}

/** Returns the annotations of the pod, created if the pod is an object without them, or an unrelated object. */
function annotationsOf(review: Json): { [key: string]: Json } {
  let parent = memberAt(review, 'request.object');
  for (const key of ['metadata', 'annotations']) {
    if (!isObject(parent)) return {};
    if (!isObject(Object.hasOwn(parent, key) ? parent[key] : undefined)) setMember(parent, key, {});
    parent = parent[key];
  }
  return isObject(parent) ? parent : {};
}

function withNames(review: Json, value: string): string {
  if (!value.includes('{')) return value;
  const containers = memberAt(review, 'request.object.spec.containers');
  return containerMarks.reduce((text, mark, index) => {
    const container = Array.isArray(containers) ? containers[index % containers.length] : undefined;
    const name = isObject(container) ? container['name'] : undefined;
    return text.replaceAll(mark, typeof name === 'string' ? name : 'main');
  }, value);
}

function injectInto(review: Json, options: CaseOptions): void {
  const request = memberAt(review, 'request');
  const answer = attempt(() => mutate(review, mutateOptions(options), options.namespaceProfile));
  if (answer?.kind !== 'reviewed' || answer.response.response.patch === undefined || !isObject(request)) return;
  const operations = JSON.parse(Buffer.from(answer.response.response.patch, 'base64').toString());
  const patched = jsonpatch.applyPatch(request['object'], operations, true, false).newDocument;
  request['object'] = JSON.parse(JSON.stringify(patched));
}

/** Ignores a failure of the code under test: the check reports the same failure. */
function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}

function changeText(body: Buffer, { how, at, bytes }: TextChange): Buffer<ArrayBuffer> {
  const index = Math.floor((body.length * at) / 1000);
  const given = Buffer.from(bytes, 'latin1');
  const [before, after] = [body.subarray(0, index), body.subarray(index)];
  switch (how) {
    case 'cut':
      return Buffer.from(before);
    case 'drop':
      return Buffer.concat([before, after.subarray(given.length)]);
    case 'insert':
      return Buffer.concat([before, given, after]);
    case 'overwrite':
      return Buffer.concat([before, given, after.subarray(given.length)]);
    default:
      return how satisfies never;
  }
}

function isObject(value: unknown): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

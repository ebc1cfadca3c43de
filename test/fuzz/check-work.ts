import '../work/operations.ts'; // before the modules that it measures
import assert from 'node:assert/strict';
import { formatReview } from '../../src/admission/admission-response.ts';
import { mutate } from '../../src/admission/mutate-pod.ts';
import { uninjectPod, withoutPaths } from '../../src/injection/uninject-pod.ts';
import { countOperations } from '../work/operations.ts';
import { type Growth, grown } from './grown.ts';
import type { Json } from './json-tree.ts';
import { mutateOptions, type ReviewCase } from './review-cases.ts';

const maxGrowth = 2.5; // times the work for twice the input
const additionsAllowance = 250_000; // operations: up to 10,000 additions are planned, even if the patch is discarded
const addedLength = 200_000; // characters, for lists of hundreds and thousands of elements
const maxTimes = 20_000;

/** The measured function. It returns the length of the answer, in characters. */
export type Act = (review: Json) => number;

/**
 * Enlarges a case, and enlarges it twice as much, and checks that the second takes at most 2.5 times the work of the first.
 * Every variable is added to every container, so that the answer can grow more than the review, and the work with it; the
 * size of the answer has its own limit. Returns whether the case has anything that grows. Throws if the work grows faster.
 */
export function checkWork({ body, options }: ReviewCase, growth: Growth, act: Act = actOf(options)): boolean {
  const review = readReview(body);
  if (review === undefined) return false;
  const textOf = (times: number) => JSON.stringify(sized(review, times, growth));
  const perTime = (textOf(3).length - textOf(1).length) / 2;
  if (perTime <= 0) return false;
  const times = Math.min(maxTimes, Math.ceil(addedLength / perTime));
  act(JSON.parse(textOf(1))); // for the work that is done only once
  const [once, twice] = [measure(textOf(times), act), measure(textOf(2 * times), act)];
  const bytes = Math.max(2, twice.bytes / once.bytes);
  assert.ok(
    twice.operations <= (maxGrowth / 2) * bytes * once.operations + additionsAllowance,
    `with ${growth.lists} lists of ${times} times as many elements, their names ${growth.names}, ${once.operations} operations, and with twice as many ${twice.operations}`,
  );
  return true;
}

function measure(text: string, act: Act) {
  const review: Json = JSON.parse(text);
  let answer = 0;
  const operations = countOperations(() => {
    answer = act(review);
  });
  return { operations, bytes: text.length + answer };
}

/** Returns a function that reviews the pod and removes an injection from it. */
function actOf(options: ReviewCase['options']): Act {
  return (review) => {
    const mutation = mutate(review, mutateOptions(options), options.namespaceProfile);
    const pod = (review as { request: { object: unknown } }).request.object;
    const result = uninjectPod(pod);
    if (result.kind === 'uninjected') withoutPaths(pod, result.paths);
    return mutation.kind === 'invalid' ? 0 : formatReview(mutation.response).length;
  };
}

interface Review {
  readonly request: { readonly object: Json };
}

function readReview(body: Buffer): Review | undefined {
  try {
    const review = JSON.parse(body.toString());
    return review?.request?.object === undefined ? undefined : review;
  } catch {
    return undefined;
  }
}

function sized(review: Review, times: number, growth: Growth): object {
  return { ...review, request: { ...review.request, object: grown(review.request.object, times, growth) } };
}

import '../work/operations.ts'; // before what it measures
import assert from 'node:assert/strict';
import { formatReview } from '../../src/admission/admission-response.ts';
import { mutate } from '../../src/admission/mutate-pod.ts';
import { uninjectPod, withoutPaths } from '../../src/injection/uninject-pod.ts';
import { countOperations } from '../work/operations.ts';
import { type Growth, grown } from './grown.ts';
import type { Json } from './json-tree.ts';
import { mutateOptions, type ReviewCase } from './review-cases.ts';

const most = 2.5; // times the work for twice as much
const ofAdditions = 250_000; // operations: 10,000 additions at most are planned, whatever comes of them
const enough = 200_000; // characters that are added, so that lists have hundreds and thousands of elements
const maxTimes = 20_000;

/** What is measured; the answer's characters come back. */
export type Act = (review: Json) => number;

/**
 * Makes a case large, and twice as large, and checks that the second takes at most 2.5 times the work of the first. Every
 * variable goes into every container, so that the answer may grow more than what it answers, and its work with it; but the
 * answer has a bound of its own. Returns whether there was anything that grows; throws where the claim is broken.
 */
export function checkWork({ body, options }: ReviewCase, growth: Growth, act: Act = actOf(options)): boolean {
  const review = readReview(body);
  if (review === undefined) return false;
  const textOf = (times: number) => JSON.stringify(sized(review, times, growth));
  const perTime = (textOf(3).length - textOf(1).length) / 2;
  if (perTime <= 0) return false;
  const times = Math.min(maxTimes, Math.ceil(enough / perTime));
  act(JSON.parse(textOf(1))); // what is done only once is done
  const [once, twice] = [measure(textOf(times), act), measure(textOf(2 * times), act)];
  const bytes = Math.max(2, twice.bytes / once.bytes);
  assert.ok(
    twice.operations <= (most / 2) * bytes * once.operations + ofAdditions,
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

/** The review of a pod, and taking its injection back. */
function actOf(options: ReviewCase['options']): Act {
  return (review) => {
    const mutation = mutate(review, mutateOptions(options));
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

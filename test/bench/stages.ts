/**
 * Measures each stage of a review without network and server, in microseconds and relative to parsing the review. The
 * stages take turns in many short rounds, and the minimum counts: other load on the machine can only add to it.
 */

import { formatReview } from '../../src/admission/admission-response.ts';
import { mutate } from '../../src/admission/mutate-pod.ts';
import { decideInjection } from '../../src/injection/inject-pod.ts';
import { additionsByPath } from '../../src/injection/patch/patch-target.ts';
import { applyChecked, checkPatch } from '../../src/injection/patch/self-check.ts';
import { createRequestMemory } from '../../src/injection/request-memory.ts';
import { formatPatch } from '../../src/json/json-patch.ts';
import { type DecodedPod, decodePod } from '../../src/kubernetes/decode-pod.ts';
import { defaultOptions as options } from '../golden/default-options.ts';
import { plannedPatch, planOf, requestOf as requestOfPod } from '../injection/planned-patch.ts';
import { benchPods } from './pods.ts';

type Review = { readonly request: { readonly object: DecodedPod } };

const batchBytes = 400_000; // of reviews that are parsed before each stage, so that no stage sees the same value twice
const rounds = 120;

const compile = createRequestMemory();
const requestOf = (review: Review) => requestOfPod(podOf(review), compile);
const podOf = ({ request }: Review) => request.object;
const patchOf = (review: Review) => plannedPatch(podOf(review), planOf(podOf(review), requestOf(review)));
const mutationOf = (review: Review) => {
  const mutation = mutate(review, options, undefined, compile);
  if (mutation.kind === 'invalid') throw new Error(mutation.problem);
  return mutation;
};

/** A stage; its preparation is not measured. */
interface Stage {
  readonly name: string;
  readonly prepare: (review: Review) => () => unknown;
}

const stages: readonly Stage[] = [
  { name: 'decode the pod', prepare: (review) => () => decodePod(podOf(review)) },
  { name: 'read the annotations', prepare: (review) => () => requestOf(review) },
  stage('plan', requestOf, (request, review) => planOf(podOf(review), request)),
  stage(
    'build the patch',
    (review) => planOf(podOf(review), requestOf(review)),
    (plan, review) => plannedPatch(podOf(review), plan),
  ),
  stage('self-check', patchOf, (patch, review) => checkPatch(podOf(review), patch)),
  stage('(self-check by applying)', patchOf, (patch, review) => applyChecked(podOf(review), additionsByPath(patch))),
  stage('patch to base64', patchOf, (patch) => Buffer.from(formatPatch(additionsByPath(patch))).toString('base64')),
  stage('response to JSON', mutationOf, ({ response }) => formatReview(response)),
  {
    name: 'decideInjection: the rows from decode to self-check',
    prepare: (review) => () => decideInjection(podOf(review), { namespace: 'default' }, options, compile),
  },
  { name: 'everything after parsing', prepare: (review) => () => formatReview(mutationOf(review).response) },
];

for (const { name, body } of benchPods()) {
  const bytes = Buffer.from(body);
  const batch = Math.max(1, Math.round(batchBytes / bytes.length));
  const parse = (): Review => JSON.parse(bytes.toString());
  const parsing = { name: 'parse', prepare: () => parse };
  const least = new Map<string, number>();
  for (let round = 0; round < rounds; round++) {
    for (const { name: stageName, prepare } of [parsing, ...stages]) {
      const runs = Array.from({ length: batch }, () => prepare(parse()));
      const began = performance.now();
      for (const run of runs) run();
      const microseconds = ((performance.now() - began) * 1000) / batch;
      least.set(stageName, Math.min(least.get(stageName) ?? microseconds, microseconds));
    }
  }
  process.stdout.write(
    `\n| ${name}, ${(bytes.length / 1024).toFixed(0)} KiB | µs | Relative to parsing |\n|---|---|---|\n`,
  );
  for (const [stageName, microseconds] of least) {
    const share = microseconds / (least.get('parse') ?? Number.NaN);
    process.stdout.write(`| ${stageName} | ${microseconds.toFixed(1)} | ${share.toFixed(2)} |\n`);
  }
}

function stage<T>(name: string, before: (review: Review) => T, run: (before: T, review: Review) => unknown): Stage {
  return {
    name,
    prepare: (review) => {
      const prepared = before(review);
      return () => run(prepared, review);
    },
  };
}

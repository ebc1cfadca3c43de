/**
 * What each stage of a review costs without network and server: microseconds, and as a share of what parsing the review
 * takes. The least of many short rounds in which the stages take turns: what else the machine does only ever adds.
 */

import { formatReview } from '../../src/admission/admission-response.ts';
import { mutate } from '../../src/admission/mutate-pod.ts';
import { emptyFindings } from '../../src/diagnostics/findings.ts';
import { buildPatch } from '../../src/injection/build-patch.ts';
import { decideInjection } from '../../src/injection/inject-pod.ts';
import { parseAnnotations } from '../../src/injection/parse-annotations.ts';
import { planInjection } from '../../src/injection/plan-injection.ts';
import { applyChecked, checkPatch } from '../../src/injection/self-check.ts';
import { formatPatch, operationsOf } from '../../src/json/json-patch.ts';
import { type DecodedPod, decodePod } from '../../src/kubernetes/decode-pod.ts';
import { defaultOptions } from '../golden/default-options.ts';
import { benchPods } from './pods.ts';

type Review = { readonly request: { readonly object: DecodedPod } };

const options = { ...defaultOptions, onInvalid: 'deny' } as const;
const surroundings = { namespace: 'default', kubernetesVersion: options.kubernetesVersion, runAsUser: 65532 };
const batchBytes = 400_000; // of reviews that are parsed at a time, so that each stage sees values that are new to it
const rounds = 120;

const podOf = ({ request }: Review) => request.object;
const intentsOf = (review: Review) =>
  parseAnnotations(podOf(review).metadata?.annotations ?? {}, options.ambassador, emptyFindings());
const planOf = (review: Review) => planInjection(podOf(review), intentsOf(review), surroundings, emptyFindings());
const patchOf = (review: Review) => buildPatch(podOf(review).spec, planOf(review));
const mutationOf = (review: Review) => {
  const mutation = mutate(review, options);
  if ('problem' in mutation) throw new Error(mutation.problem);
  return mutation;
};

/** A stage with what is made for it beforehand, which is not counted. */
interface Stage {
  readonly name: string;
  readonly prepare: (review: Review) => () => unknown;
}

const stages: readonly Stage[] = [
  { name: 'decode the pod', prepare: (review) => () => decodePod(podOf(review)) },
  { name: 'read the annotations', prepare: (review) => () => intentsOf(review) },
  stage('plan', intentsOf, (intents, review) => planInjection(podOf(review), intents, surroundings, emptyFindings())),
  stage('build the patch', planOf, (plan, review) => buildPatch(podOf(review).spec, plan)),
  stage('self-check', patchOf, (patch, review) => checkPatch(podOf(review), patch)),
  stage('(self-check by applying)', patchOf, (patch, review) => applyChecked(podOf(review), operationsOf(patch))),
  stage('patch to base64', patchOf, (patch) => Buffer.from(formatPatch(patch)).toString('base64')),
  stage('answer to JSON', mutationOf, ({ response }) => formatReview(response)),
  {
    name: 'decideInjection: the rows from decode to self-check',
    prepare: (review) => () => decideInjection(podOf(review), 'default', options),
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

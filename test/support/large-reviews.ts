import { bodyLimit } from '../../src/server/memory-budget.ts';
import { reviewOf } from './admission-review.ts';

const podWith = (fields: object) =>
  reviewOf({
    metadata: { name: 'web', annotations: { 'downlink.dev/env': 'pod' } },
    spec: { containers: [{ name: 'main' }] },
    ...fields,
  });
/** Returns a review whose pod has a field that Downlink does not read, with spaces up to nearly 7 MiB. */
const around = (value: string) =>
  JSON.stringify(podWith({ unread: 'HERE' }))
    .replace('"HERE"', () => value)
    .padEnd(bodyLimit - 100);
const variables = Array.from({ length: 7000 }, (_, index) => ({
  name: `V${index}`,
  value: `${index}`.padEnd(950, 'x'),
}));
const keys = Array.from({ length: 170_000 }, (_, index) => `"k${index}":1`);

/** The review of a small pod. */
export const smallReview = JSON.stringify(podWith({}));

/** Reviews of nearly 7 MiB by their content. The server accepts each of them if it is the only one. */
export const reviewsOfMaximumLength: Readonly<Record<string, string>> = {
  'a pod with long variables': JSON.stringify(podWith({ spec: { containers: [{ name: 'main', env: variables }] } })),
  'one string of characters that take two bytes': around(`"${'x'.repeat(6_900_000)}中"`),
  'many small keys': around(`{${keys.join()}}`),
  'many numbers': around(`[${'1.5,'.repeat(1_500_000)}1]`),
  'deep nesting': around(`${'['.repeat(500_000)}${']'.repeat(500_000)}`),
};

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadGoldenCases } from '../golden/cases.ts';
import { reviewOf } from '../support/admission-review.ts';

/** A review to start from, as JSON text. */
export interface Seed {
  readonly name: string;
  readonly text: string;
}

const recorded = join(import.meta.dirname, '../fixtures/reviews');

/** Returns every recorded review, and a review of every golden pod before and after its patch. */
export async function loadCorpus(): Promise<readonly Seed[]> {
  const files = (await readdir(recorded)).sort();
  const reviews = await Promise.all(
    files.map(async (name) => ({ name, text: await readFile(join(recorded, name), 'utf8') })),
  );
  const golden = (await loadGoldenCases()).flatMap(({ name, pod, expected }) => [
    { name, text: JSON.stringify(reviewOf(pod)) },
    ...(expected.kind === 'injected'
      ? [{ name: `${name}, injected`, text: JSON.stringify(reviewOf(expected.pod)) }]
      : []),
  ]);
  return [...reviews, ...golden];
}

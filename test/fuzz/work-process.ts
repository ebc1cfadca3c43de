import fc from 'fast-check';
import { checkWork } from './check-work.ts';
import { loadCorpus } from './corpus.ts';
import { foundWork } from './found.ts';
import { chunkSeed } from './pure.ts';
import { caseOf, type ReviewScript, reviewScript } from './review-cases.ts';
import type { WorkReport } from './work.ts';

// A separate process, because counting operations disables V8's compilers in all threads. Arguments: seed and cases.
const [seed = 0, cases = 0] = process.argv.slice(2).map(Number);
const corpus = await loadCorpus();
const growth = fc.record({
  lists: fc.constantFrom('outer', 'inner'),
  names: fc.constantFrom('different', 'equal'),
} as const);
let measured = 0;
const property = fc.property(reviewScript, growth, (script, how) => {
  if (checkWork(caseOf(corpus, { ...script, text: [] }), how)) measured++;
});
const { failed, counterexample, errorInstance } = fc.check(property, {
  numRuns: cases,
  seed: chunkSeed(seed, 0),
});
const [script, how] = (counterexample ?? []) as unknown as [ReviewScript, Parameters<typeof checkWork>[1]];
const found = failed
  ? foundWork(
      caseOf(corpus, { ...script, text: [] }),
      how,
      errorInstance instanceof Error ? errorInstance.message : `${errorInstance}`,
    )
  : undefined;
process.send?.({ cases, measured, found } satisfies WorkReport, () => process.exit(0));

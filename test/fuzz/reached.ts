import { fieldErrorKinds } from '../../src/diagnostics/field-error.ts';
import { warningCodes } from '../../src/diagnostics/findings.ts';
import type { SkipReason } from '../../src/injection/eligibility.ts';
import type { Tally } from './tally.ts';

const reasons: Readonly<Record<SkipReason, true>> = {
  'not-a-pod': true,
  'not-create': true,
  'mirror-pod': true,
  'opted-out': true,
  'not-requested': true,
  'nothing-to-add': true,
  'invalid-let-through': true,
};
const injections = ['env', 'volume', 'ambassador', 'env, volume', 'env, volume, ambassador'];
const elsewhere = ['misplaced', 'exit-code-counted']; // warnings about workloads, which no review of a pod gets
const statuses = ['200', '400', '404', '405', '408', '413', '415', '431', 'closed', 'reset', 'no handshake'];

/** What a run must come to, or it says nothing: every outcome, kind of error, warning and status that there is. */
export function unreached(
  totals: Readonly<Record<'outcomes' | 'findings' | 'work' | 'posted' | 'connections' | 'heavy', Tally>>,
) {
  const lacks = (tally: Readonly<Tally>, wanted: readonly string[]) => wanted.filter((one) => !(one in tally));
  return [
    ...lacks(totals.outcomes, [
      ...Object.keys(reasons).map((reason) => `skipped: ${reason}`),
      ...injections.map((kinds) => `injected: ${kinds}`),
      ...['injected again', 'denied: invalid', '400: no JSON', '400: no review'],
    ]),
    ...lacks(totals.findings, [
      ...Object.values(fieldErrorKinds).map(({ reason }) => reason),
      ...warningCodes.filter((code) => !elsewhere.includes(code)),
    ]),
    ...lacks(totals.work, ['larger']),
    ...lacks(totals.posted, ['200', '400']),
    ...lacks(totals.connections, statuses),
    ...lacks(totals.heavy, ['200', '400', '413']),
  ];
}

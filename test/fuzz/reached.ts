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
const ofWorkloads = ['misplaced', 'exit-code-counted', 'workload-name-unknown']; // warnings that no review of a pod gets
const statuses = ['200', '400', '404', '405', '408', '413', '415', '431', 'closed', 'reset', 'no handshake'];

/** Returns the outcomes, kinds of error, warnings and statuses that a run did not reach. A run that misses one proves little. */
export function unreached(
  totals: Readonly<Record<'outcomes' | 'findings' | 'work' | 'posted' | 'connections' | 'heavy', Tally>>,
) {
  const missing = (tally: Readonly<Tally>, expected: readonly string[]) => expected.filter((one) => !(one in tally));
  return [
    ...missing(totals.outcomes, [
      ...Object.keys(reasons).map((reason) => `skipped: ${reason}`),
      ...injections.map((kinds) => `injected: ${kinds}`),
      ...['reinjected', 'denied: invalid', '400: no JSON', '400: no review'],
    ]),
    ...missing(totals.findings, [
      ...Object.values(fieldErrorKinds).map(({ reason }) => reason),
      ...warningCodes.filter((code) => !ofWorkloads.includes(code)),
    ]),
    ...missing(totals.work, ['larger']),
    ...missing(totals.posted, ['200', '400']),
    ...missing(totals.connections, statuses),
    ...missing(totals.heavy, ['200', '400', '413']),
  ];
}

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { describeExpiry, isExpiring } from '../../src/scan/expiry.ts';

const check = { now: new Date('2026-06-01T12:00:00Z'), expiringWithin: 7 };

describe('a certificate', () => {
  for (const [end, words, isReported] of [
    ['2026-06-01T11:59:59Z', undefined, false],
    ['2026-06-01T12:00:01Z', 'in less than an hour, on 2026-06-01', true],
    ['2026-06-01T13:00:00Z', 'in 1 hour, on 2026-06-01', true],
    ['2026-06-02T11:00:00Z', 'in 23 hours, on 2026-06-02', true],
    ['2026-06-03T11:59:59Z', 'in 47 hours, on 2026-06-03', true],
    ['2026-06-03T12:00:00Z', 'in 2 days, on 2026-06-03', true],
    ['2026-06-08T12:00:00Z', 'in 7 days, on 2026-06-08', true],
    ['2026-06-08T12:00:01Z', undefined, false],
  ] as const) {
    test(`that expires at ${end} is ${isReported ? `reported as "expires ${words}"` : 'not reported'}`, () => {
      const date = new Date(end);
      assert.equal(isExpiring(date, check), isReported);
      if (words !== undefined) assert.equal(describeExpiry(date, check), words);
    });
  }
});

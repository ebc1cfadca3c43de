import { day, hour } from '../time/duration.ts';

/** When a scan reports certificates. */
export interface ExpiryCheck {
  readonly now: Date;
  /** Days before its expiry from which a certificate is reported. */
  readonly expiringWithin: number;
}

/** Returns whether a time is in the future and near enough to be reported. */
export function isExpiring(end: Date, { now, expiringWithin }: ExpiryCheck): boolean {
  const left = end.getTime() - now.getTime();
  return left > 0 && left <= expiringWithin * day;
}

/** Returns when something expires: `in 3 days, on 2026-07-01`; for less than two days the hours. */
export function describeExpiry(end: Date, { now }: ExpiryCheck): string {
  return `${timeLeft(end.getTime() - now.getTime())}, on ${formatDate(end)}`;
}

/** Returns the date in UTC: `2026-07-01`. */
export function formatDate(date: Date): string {
  return date.toISOString().slice(0, 10);
}

function timeLeft(milliseconds: number): string {
  if (milliseconds < hour) return 'in less than an hour';
  if (milliseconds >= 2 * day) return `in ${Math.floor(milliseconds / day)} days`;
  const hours = Math.floor(milliseconds / hour);
  return hours === 1 ? 'in 1 hour' : `in ${hours} hours`;
}

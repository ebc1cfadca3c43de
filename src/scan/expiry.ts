import { day, hour } from '../time/duration.ts';

/** When a scan reports that a certificate is about to expire. */
export interface ExpiryCheck {
  readonly now: Date;
  /** How many days before its expiry a certificate is reported. */
  readonly expiringWithin: number;
}

/** Reports whether a time is in the future and close enough to be reported. */
export function isExpiring(end: Date, { now, expiringWithin }: ExpiryCheck): boolean {
  const left = end.getTime() - now.getTime();
  return left > 0 && left <= expiringWithin * day;
}

/** Returns when something expires: `in 3 days, on 2026-07-01`; in hours if less than two days are left. */
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

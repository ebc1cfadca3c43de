const pattern = /^([+-]?(?:\d+\.?\d*|\.\d+))([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d{1,3})?$/;
const maxLength = 64; // characters; keeps the match fast, and no real quantity is that long
const decimalExponent: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const binaryExponent: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };

/**
 * Returns the value of a Kubernetes quantity in its base unit (cores or bytes), or undefined if it is not a quantity.
 * Two spellings of a value (`0.1` and `100m`, `1Ki` and `1024`) give the same number.
 * Grammar: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function parseQuantity(quantity: string | number): number | undefined {
  const text = String(quantity);
  const [, digits, suffix = ''] = text.length > maxLength ? [] : (pattern.exec(text) ?? []);
  if (digits === undefined) return undefined;
  const binary = binaryExponent[suffix];
  if (binary !== undefined) return Number(digits) * 2 ** binary;
  const decimal = decimalExponent[suffix];
  return Number(decimal === undefined ? text : `${digits}e${decimal}`);
}

/**
 * Returns a percentage of a quantity in units of the divisor, rounded down; undefined if either is not a quantity. The result is
 * exact, in decimal digits, even where a number would not be: 90% of 1Ei, 50% of 128974848m.
 */
export function percentOfQuantity(quantity: string | number, percent: number, divisor: string): string | undefined {
  const [amount, unit] = [exactly(quantity), exactly(divisor)];
  if (amount === undefined || unit === undefined || unit.numerator <= 0n) return undefined;
  const numerator = amount.numerator * BigInt(percent) * unit.denominator;
  return String(numerator / (amount.denominator * 100n * unit.numerator));
}

/** Returns the value of a quantity as a fraction. */
function exactly(quantity: string | number): { readonly numerator: bigint; readonly denominator: bigint } | undefined {
  const text = String(quantity);
  const [, digits, suffix = ''] = text.length > maxLength ? [] : (pattern.exec(text) ?? []);
  if (digits === undefined) return undefined;
  const [whole = '', decimals = ''] = digits.replace(/^\+/, '').split('.');
  const binary = binaryExponent[suffix] ?? 0;
  const decimal = (decimalExponent[suffix] ?? (Number(suffix.slice(1)) || 0)) * (binary > 0 ? 0 : 1) - decimals.length;
  const significand = BigInt(`${whole}${decimals}`) * 2n ** BigInt(binary);
  return decimal < 0
    ? { numerator: significand, denominator: 10n ** BigInt(-decimal) }
    : { numerator: significand * 10n ** BigInt(decimal), denominator: 1n };
}

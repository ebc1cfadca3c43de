import { invalid, type ParsedValue, valid } from '../../annotations/parsed-value.ts';

/** The modes that files usually have, in octal. */
const commonModes = /^0(?:400|440|444|500|550|555|600|640|644|660|664|666|700|711|740|744|750|751|755|770|775|777)$/;

/** Parses permission bits, 0 to 0o777, in octal with a leading zero. */
export function parseMode(text: string): ParsedValue<number> {
  if (/^0[0-7]{3}$/.test(text)) return valid(Number.parseInt(text, 8));
  const meant = modeMeant(text);
  const hint = meant === undefined ? 'for example "0444"' : `did you mean "${meant}"?`;
  return invalid(`must be octal, from 0000 to 0777; ${hint}`);
}

/**
 * Returns the mode that another spelling means, or the number that YAML or JSON parse it as: `0o644`, `644`, and 420, which is
 * 0644 in decimal. If the digits can mean two modes, returns the common one. Undefined for anything else.
 */
export function modeMeant(text: string): string | undefined {
  const [, digits] = /^(?:0?o|\\?0*)?(\d{1,3})$/i.exec(text.trim().replace(/^["']|["']$/g, '')) ?? [];
  if (digits === undefined) return undefined;
  const asOctal = /^[0-7]+$/.test(digits) ? `0${digits.padStart(3, '0')}` : undefined;
  const asDecimal = Number(digits) <= 0o777 ? `0${Number(digits).toString(8).padStart(3, '0')}` : undefined;
  if (asOctal !== undefined && (commonModes.test(asOctal) || /^0?o|^0/i.test(text))) return asOctal;
  return asDecimal !== undefined && commonModes.test(asDecimal) ? asDecimal : asOctal;
}

/** Downlink's version. Equals the one in package.json, which a test checks. */
export const version = '0.1.0';

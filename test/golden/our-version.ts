import { version } from '../../src/version.ts';

// Golden files show Downlink's version in the status annotation as `(version)`, so that a release changes none of them.

const placeholder = '(version)';
/** Matches the version in a status: what precedes it, a backslash if the status is in a JSON manifest, and the version. */
const inStatus = /(\{(\\?)"version\2":\2")([^"\\]*)/g;

/** Returns the text of a golden file to write, with the placeholder in place of Downlink's version. */
export function withPlaceholder(text: string): string {
  return replaceVersion(text, (found) => (found === version ? placeholder : found));
}

/** Returns the text of a golden file as read, with Downlink's version in place of the placeholder. */
export function withOurVersion(text: string): string {
  return replaceVersion(text, (found) => (found === placeholder ? version : found));
}

/** Returns the text of an injected pod with Downlink's version instead of any other: a patch writes no other. */
export function withNoOtherVersion(text: string): string {
  return replaceVersion(text, () => version);
}

function replaceVersion(text: string, replace: (found: string) => string): string {
  return text.replaceAll(inStatus, (_, before: string, _quote, found: string) => `${before}${replace(found)}`);
}

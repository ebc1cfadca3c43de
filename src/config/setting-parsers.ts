import { invalid, type ParsedValue, valid } from '../annotations/parsed-value.ts';
import { type KubernetesVersion, parseKubernetesVersion } from '../kubernetes/kubernetes-version.ts';

const maxPort = 65535;
const maxUserId = 2 ** 31 - 1; // the highest that the API server accepts

export function parseText(text: string): ParsedValue<string> {
  return text === '' ? invalid('must not be empty') : valid(text);
}

/** Parses the name of the cluster: printable, and short enough for an attribute of OpenTelemetry. */
export function parseClusterName(text: string): ParsedValue<string> {
  const isName = text.trim() === text && text !== '' && text.length <= 255 && !/\p{Cc}/u.test(text);
  return isName ? valid(text) : invalid('must be a name of at most 255 printable characters, for example "prod-eu"');
}

export function parsePort(text: string): ParsedValue<number> {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  return port <= maxPort
    ? valid(port)
    : invalid(`must be a port from 0 to ${maxPort}, for example 8443; 0 selects a free port`);
}

export function parseSeconds(text: string): ParsedValue<number> {
  return /^\d{1,4}$/.test(text) ? valid(Number(text)) : invalid('must be a whole number of seconds, for example 10');
}

/** Parses a user ID other than root's. The value of `none` is undefined. */
export function parseUserId(text: string): ParsedValue<number | undefined> {
  if (text === 'none') return valid(undefined);
  const id = /^[1-9]\d{0,9}$/.test(text) ? Number(text) : Number.NaN;
  return id <= maxUserId
    ? valid(id)
    : invalid(`must be a user ID from 1 to ${maxUserId}, for example 65532, or "none"`);
}

export function parseVersion(text: string): ParsedValue<KubernetesVersion> {
  const version = parseKubernetesVersion(text);
  return version === undefined ? invalid('must be a Kubernetes version, for example 1.33') : valid(version);
}

import { ambassadorName } from '../annotations/injected-names.ts';
import type { Collector } from '../diagnostics/findings.ts';
import { listAt } from '../json/json-value.ts';
import { type Container, containerPlaces, type EnvVar, type PodSpec } from '../kubernetes/pod.ts';
import type { Hint } from './manifest-finding.ts';

/** Variables that send plain HTTP requests to a proxy, and those with the hosts that are excepted. */
const proxies = ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy'];
const exceptions = ['NO_PROXY', 'no_proxy'];

/**
 * Reports containers whose requests to the ambassador go to an HTTP proxy, as far as the manifest shows it. Go never uses a
 * proxy for 127.0.0.1, but curl, Python, and others do.
 */
export function hintAtProxies(spec: PodSpec, hints: Collector<Hint>): void {
  for (const { list, index, container } of containerPlaces(spec)) {
    if (container.name === ambassadorName || exceptsLoopback(container)) continue;
    const env = container.env ?? [];
    const at = env.findIndex((variable) => proxies.includes(variable.name) && isSet(variable));
    const proxy = env[at];
    if (proxy === undefined) continue;
    hints.push(() => ({
      code: 'proxied-ambassador',
      field: `spec.${list}[${index}].env[${at}]`,
      detail: `with ${proxy.name}, requests to the ambassador can go to that proxy, which cannot reach it; add 127.0.0.1 to NO_PROXY of the container`,
    }));
  }
}

function isSet({ value, valueFrom }: EnvVar): boolean {
  return (value !== undefined && value !== null && value !== '') || (valueFrom !== undefined && valueFrom !== null);
}

/** Reports whether NO_PROXY of a container excepts 127.0.0.1, or may do so. */
function exceptsLoopback(container: Container): boolean {
  const variables = (container.env ?? []).filter(({ name }) => exceptions.includes(name));
  if (variables.length === 0) return listAt(container, ['envFrom']).length > 0; // they may come from there
  return variables.some(({ value, valueFrom }) => (valueFrom ? true : containsLoopback(value ?? '')));
}

function containsLoopback(value: string): boolean {
  if (value.includes('$(')) return true; // refers to another variable
  return value.split(/[,\s]+/).some((host) => host === '*' || host.startsWith('127.'));
}

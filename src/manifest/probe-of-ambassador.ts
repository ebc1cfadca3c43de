import { ambassadorName } from '../annotations/injected-names.ts';
import type { Collector } from '../diagnostics/findings.ts';
import { otherPortAdvice } from '../injection/ambassador/ambassador-conflicts.ts';
import { isObject, valueAt } from '../json/json-value.ts';
import { type Container, containerPlaces, type PodSpec } from '../kubernetes/pod.ts';
import type { Hint } from './manifest-finding.ts';

/** Where a container has handlers that the kubelet calls. */
const handlers = [
  ['livenessProbe'],
  ['readinessProbe'],
  ['startupProbe'],
  ['lifecycle', 'postStart'],
  ['lifecycle', 'preStop'],
] as const;
const actions = ['httpGet', 'tcpSocket', 'grpc'] as const;
const loopback = /^(?:127\.|localhost$|\[?::1\]?$)/;

/**
 * Reports probes and lifecycle hooks on the port of the ambassador, which the kubelet cannot reach: it connects to the address
 * of the pod, or of the node for a loopback address.
 */
export function hintAtProbes(spec: PodSpec, port: number, hints: Collector<Hint>): void {
  const places = containerPlaces(spec).filter(({ container }) => container.name !== ambassadorName);
  const probes = places.flatMap(({ list, index, container }) =>
    portsProbed(container).map(({ path, probed }) => ({ field: `spec.${list}[${index}].${path}`, probed })),
  );
  const declared = places.flatMap(({ container }) => (container.ports ?? []).map(({ containerPort }) => containerPort));
  const taken = new Set<unknown>([...declared, ...probes.map(({ probed }) => probed)]);
  for (const { field, probed } of probes) {
    if (probed !== port) continue;
    hints.push(() => ({
      code: 'probe-of-ambassador',
      field,
      detail: `${port} is the port of the ambassador, which listens on 127.0.0.1 only; if the container listens on it, ${otherPortAdvice(port, taken)}`,
    }));
  }
}

interface ProbedPort {
  /** From the container. */
  readonly path: string;
  readonly probed: number;
}

function portsProbed(container: Container): readonly ProbedPort[] {
  return handlers.flatMap((handler) =>
    actions.flatMap((action) => {
      const given = valueAt(container, [...handler, action]);
      if (!isObject(given)) return [];
      const { host, port } = given;
      if (typeof host === 'string' && host !== '' && !loopback.test(host)) return []; // it probes something else
      const probed = typeof port === 'string' ? namedPort(container, port) : port;
      return typeof probed === 'number' ? { path: `${[...handler, action].join('.')}.port`, probed } : [];
    }),
  );
}

/**
 * Returns the port of a container that has the name, else the number that the name is.
 * Source: kubernetes/kubernetes pkg/probe/util.go
 */
function namedPort({ ports }: Container, name: string): unknown {
  const named = (ports ?? []).find((port) => valueAt(port, ['name']) === name);
  return named?.containerPort ?? (/^\d{1,5}$/.test(name) ? Number(name) : undefined);
}

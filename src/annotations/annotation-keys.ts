import { printable } from '../diagnostics/text.ts';
import { version } from '../version.ts';

/** The prefix of all Downlink annotations. */
export const annotationPrefix = 'downlink.dev/';

export interface AnnotationKey {
  /** A noun phrase or a sentence without a period. */
  readonly meaning: string;
  /** The values that it accepts. */
  readonly grammar: string;
  /** Absent if there is none. */
  readonly default?: string;
  readonly example: string;
  /** The annotation without which this one has no effect. */
  readonly optionOf?: 'env' | 'volume' | 'ambassador';
}

/** Every annotation. A test compares the table in docs/annotations.md with these. */
export const annotationKeys = {
  env: {
    meaning: 'environment variables for every target container',
    grammar: 'list of env items',
    example: "pod, TEAM=metadata.labels['team'], limits.memory",
  },
  volume: {
    meaning: 'files for every target container',
    grammar: 'list of file items',
    example: 'labels, annotations, main:limits.cpu',
  },
  'volume-path': {
    meaning: 'mount path of the volume',
    grammar: 'absolute path',
    default: '/etc/downward',
    example: '/etc/podinfo',
    optionOf: 'volume',
  },
  'volume-mode': {
    meaning: '`defaultMode` of the volume: the permissions of its files',
    grammar: 'octal, `0000` to `0777`',
    default: '0644',
    example: '0444',
    optionOf: 'volume',
  },
  containers: {
    meaning: 'target containers of `env`, `volume`, and `ambassador-kubeconfig`',
    grammar: 'list of container names',
    default: 'all containers and init containers except the ambassador',
    example: 'main, worker',
    optionOf: 'env',
  },
  ambassador: {
    meaning: 'adds the ambassador, a `kubectl proxy` on localhost',
    grammar: '`true` or `false`',
    default: 'false',
    example: 'true',
  },
  'ambassador-port': {
    meaning: 'port of the ambassador on 127.0.0.1',
    grammar: '1024 to 65535',
    default: '8001',
    example: '8090',
    optionOf: 'ambassador',
  },
  'ambassador-access': {
    meaning: 'requests that the ambassador passes on; RBAC still applies',
    grammar: 'list of `read-only`, `own-namespace`, `no-secrets`, or `full` alone',
    default: 'read-only',
    example: 'read-only, own-namespace, no-secrets',
    optionOf: 'ambassador',
  },
  'ambassador-image': {
    meaning: 'image of the ambassador, which must contain kubectl',
    grammar: 'image reference',
    default: 'from the configuration',
    example: 'registry.example.com/kubectl:v1.36.2',
    optionOf: 'ambassador',
  },
  'ambassador-cpu': {
    meaning: 'CPU request of the ambassador, and its CPU limit if it has one',
    grammar: 'Kubernetes quantity',
    default: '10m, or what the pod needs to keep its QoS class',
    example: '50m',
    optionOf: 'ambassador',
  },
  'ambassador-memory': {
    meaning: 'memory request and limit of the ambassador',
    grammar: 'Kubernetes quantity',
    default: 'request 64Mi, limit 128Mi',
    example: '128Mi',
    optionOf: 'ambassador',
  },
  'ambassador-sidecar': {
    meaning: 'whether the ambassador is a native sidecar or an ordinary container',
    grammar: '`auto`, `native`, or `container`',
    default: 'auto: native on Kubernetes 1.32 and later',
    example: 'native',
    optionOf: 'ambassador',
  },
  'ambassador-kubeconfig': {
    meaning: 'whether clients in the target containers find the ambassador by the variable `KUBECONFIG`',
    grammar: '`true` or `false`',
    default: 'false',
    example: 'true',
    optionOf: 'ambassador',
  },
  inject: {
    meaning: 'opts the pod out, whatever its other annotations',
    grammar: '`false`',
    example: 'false',
  },
  status: {
    meaning: 'what was injected, and by which version; Downlink writes it',
    grammar: 'JSON',
    example: `{"version":"${version}","env":{"main":["POD_NAME"]}}`,
  },
  kubeconfig: {
    meaning: 'the kubeconfig of `ambassador-kubeconfig`; Downlink writes it',
    grammar: 'YAML',
    example: 'apiVersion: v1 ...',
  },
} as const satisfies Record<string, AnnotationKey>;

export type AnnotationName = keyof typeof annotationKeys;

export const annotationNames = Object.keys(annotationKeys) as readonly AnnotationName[];

/** The annotations that only Downlink writes. */
const generated = ['status', 'kubeconfig'] as const satisfies readonly AnnotationName[];

export type GeneratedAnnotation = (typeof generated)[number];

/** Reports whether only Downlink writes an annotation. */
export function isGenerated(name: AnnotationName): name is GeneratedAnnotation {
  return generated.some((one) => one === name);
}

/** The annotations that users write. */
export const writableAnnotations = annotationNames.filter((name) => !isGenerated(name));

const fullKeys = Object.fromEntries(annotationNames.map((name) => [name, annotationPrefix + name])) as Readonly<
  Record<AnnotationName, string>
>; // computed once, because a concatenated string is hashed again at each lookup

/** Returns the full key of an annotation: `downlink.dev/env`. */
export function annotationKey(name: AnnotationName): string {
  return fullKeys[name];
}

const fields = new Map<string, string>(annotationNames.map((name) => [name, fieldOf(name)]));

/** Returns the field of errors in an annotation: `metadata.annotations[downlink.dev/env]`. */
export function annotationField(name: string): string {
  return fields.get(name) ?? fieldOf(name);
}

function fieldOf(name: string): string {
  return `metadata.annotations[${annotationPrefix}${printable(name)}]`;
}

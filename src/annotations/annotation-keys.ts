import { printable } from '../diagnostics/text.ts';
import { version } from '../version.ts';

/** Every annotation of ours begins with this. */
export const annotationPrefix = 'downlink.dev/';

export interface AnnotationKey {
  /** What it does, in one sentence without a full stop. */
  readonly meaning: string;
  /** What may stand in it. */
  readonly grammar: string;
  /** What holds without it; absent where nothing does. */
  readonly default?: string;
  readonly example: string;
  /** The annotation without which this one does nothing. */
  readonly optionOf?: 'env' | 'volume' | 'ambassador';
}

/** The whole annotation contract. The table in docs/annotations.md is tested against it. */
export const annotationKeys = {
  env: {
    meaning: 'variables for every target container',
    grammar: 'list of env items',
    example: "pod, TEAM=metadata.labels['team'], limits.memory",
  },
  volume: {
    meaning: 'files for every target container',
    grammar: 'list of file items',
    example: 'labels, annotations, main:limits.cpu',
  },
  'volume-path': {
    meaning: 'where the volume is mounted',
    grammar: 'absolute path',
    default: '/etc/downward',
    example: '/etc/podinfo',
    optionOf: 'volume',
  },
  'volume-mode': {
    meaning: "the volume's defaultMode",
    grammar: 'octal, `0000` to `0777`',
    default: '0644',
    example: '0444',
    optionOf: 'volume',
  },
  containers: {
    meaning: 'target containers of `env` and `volume`',
    grammar: 'list of container names',
    default: 'all containers and init containers but the ambassador',
    example: 'main, worker',
    optionOf: 'env',
  },
  ambassador: {
    meaning: 'add the ambassador, a `kubectl proxy` on localhost',
    grammar: '`true` or `false`',
    default: 'false',
    example: 'true',
  },
  'ambassador-port': {
    meaning: 'its port on 127.0.0.1',
    grammar: '1024 to 65535',
    default: '8001',
    example: '8090',
    optionOf: 'ambassador',
  },
  'ambassador-access': {
    meaning: 'what the proxy lets through; RBAC still decides',
    grammar: 'list of `read-only`, `own-namespace`, `no-secrets`, or `full` alone',
    default: 'read-only',
    example: 'read-only, own-namespace, no-secrets',
    optionOf: 'ambassador',
  },
  'ambassador-image': {
    meaning: 'its image, which holds kubectl',
    grammar: 'image reference',
    default: 'from the configuration',
    example: 'registry.example.com/kubectl:v1.36.2',
    optionOf: 'ambassador',
  },
  'ambassador-cpu': {
    meaning: 'its cpu request, and its cpu limit where it has one',
    grammar: 'Kubernetes quantity',
    default: '10m, or what the pod needs to keep its QoS class',
    example: '50m',
    optionOf: 'ambassador',
  },
  'ambassador-memory': {
    meaning: 'its memory request and limit',
    grammar: 'Kubernetes quantity',
    default: '64Mi requested, limited to 128Mi',
    example: '128Mi',
    optionOf: 'ambassador',
  },
  'ambassador-sidecar': {
    meaning: 'native sidecar or ordinary container',
    grammar: '`auto`, `native` or `container`',
    default: 'auto: native from Kubernetes 1.32',
    example: 'native',
    optionOf: 'ambassador',
  },
  inject: {
    meaning: 'opt out, whatever else is there',
    grammar: '`false`',
    example: 'false',
  },
  status: {
    meaning: 'what was injected, by which version; written by Downlink',
    grammar: 'JSON',
    example: `{"version":"${version}","env":{"main":["POD_NAME"]}}`,
  },
} as const satisfies Record<string, AnnotationKey>;

export type AnnotationName = keyof typeof annotationKeys;

export const annotationNames = Object.keys(annotationKeys) as readonly AnnotationName[];

const fullKeys = Object.fromEntries(annotationNames.map((name) => [name, annotationPrefix + name])) as Readonly<
  Record<AnnotationName, string>
>; // ready-made, since a key that is put together anew is hashed anew at each look into a pod's annotations

/** The annotation's full key: `downlink.dev/env`. */
export function annotationKey(name: AnnotationName): string {
  return fullKeys[name];
}

const fields = new Map<string, string>(annotationNames.map((name) => [name, fieldOf(name)]));

/** Where an error in that annotation is: `metadata.annotations[downlink.dev/env]`. */
export function annotationField(name: string): string {
  return fields.get(name) ?? fieldOf(name);
}

function fieldOf(name: string): string {
  return `metadata.annotations[${annotationPrefix}${printable(name)}]`;
}

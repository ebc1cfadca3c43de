import type { DownwardSource } from './downward-source.ts';

/** What a variable shows. The downward API offers only the first kind; Downlink computes the others when it injects a pod. */
export type EnvSource = DownwardSource | AdmissionSource | FractionSource | TextSource | OtelSource;

/** What is known about a pod when it is created, although the downward API does not offer it. */
export const admissionSources = [
  'container.name',
  'container.image',
  'container.image.tag',
  'workload.kind',
  'workload.name',
  'cluster.name',
  'ambassador.url',
] as const;

export interface AdmissionSource {
  readonly kind: 'admission';
  readonly source: (typeof admissionSources)[number];
}

/** A share of a resource of the variable's own container, rounded down. */
export interface FractionSource {
  readonly kind: 'fraction';
  /** `limits.memory` */
  readonly resource: string;
  /** From 1 to 100. */
  readonly percent: number;
  /** As the user wrote it; absent if there is none. */
  readonly divisor?: string;
}

export interface TextSource {
  readonly kind: 'text';
  /** The value. Kubernetes expands `$(VAR)` in it. */
  readonly text: string;
}

/** A variable of the OpenTelemetry SDKs, composed for each container. */
export interface OtelSource {
  readonly kind: 'otel-resource-attributes' | 'otel-service-name';
  /** Whether it also reads the `app.kubernetes.io` labels, which the group `otel-labels` requests. */
  readonly readsLabels: boolean;
}

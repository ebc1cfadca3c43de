import fc from 'fast-check';
import { reviewOf } from '../support/admission-review.ts';

/** A body of megabytes: one repeated piece of JSON, somewhere in a review. */
export interface HeavyBody {
  readonly place: (typeof places)[number];
  readonly unit: string;
  /** Whether all repetitions differ. */
  readonly isUnique: boolean;
  /** How deeply each is nested in lists. */
  readonly depth: number;
  /** Size of the repetitions, and of the white space after them, in bytes. */
  readonly size: number;
  readonly padding: number;
}

const mebibyte = 1024 * 1024;
const maxBody = 6.9 * mebibyte;

/** The places in a body: the whole body, or a field of the pod. */
const places = [
  'body',
  'object',
  'containers',
  'env',
  'volumes',
  'volumeMounts',
  'ports',
  'ownerReferences',
  'annotations',
  'our annotations',
  'labels',
  'limits',
  'nothing that is read',
] as const;

/** Pieces that are expensive to parse or inspect. `#` is replaced if all repetitions differ. */
const units = [
  ...[
    '{}',
    '[]',
    '0',
    '1.5',
    '""',
    '"#"',
    'null',
    '"中#"',
    '"\\u4e2d#"',
    '{"30":1}',
    '{"#":1}',
    '{"a#":{}}',
    '[1.5,""]',
  ],
  ...['{"name":"c#"}', '{"name":"c"}', '{"name":"POD_NAME","value":"#"}', '{"name":"V#","valueFrom":{"fieldRef":{}}}'],
  ...['{"name":"v#","mountPath":"/etc/downward"}', '{"name":"downlink","downwardAPI":{"items":[{"path":"a#"}]}}'],
  ...[
    '{"containerPort":8001}',
    '{"controller":true,"kind":"ReplicaSet","name":"#"}',
    '{"name":"c#","env":[{}],"volumeMounts":[{}]}',
  ],
] as const;

export const heavyBody: fc.Arbitrary<HeavyBody> = fc.record({
  place: fc.constantFrom(...places),
  unit: fc.constantFrom(...units),
  isUnique: fc.boolean(),
  depth: fc.constantFrom(1, 1, 1, 2, 10, 1000),
  size: fc.constantFrom(0.2, 0.5, 1, 1.5, 2, 3, 5, 6.9).map((mebibytes) => mebibytes * mebibyte),
  padding: fc.constantFrom(0, 0, maxBody),
});

/** Returns the body, of at most 6.9 MiB. */
export function bodyOf({ place, unit, isUnique, depth, size, padding }: HeavyBody): Buffer {
  const nested = (text: string) => `${'['.repeat(depth - 1)}${text}${']'.repeat(depth - 1)}`;
  const isMap = ['annotations', 'our annotations', 'labels', 'limits'].includes(place);
  const prefix = place === 'our annotations' ? 'downlink.dev/' : '';
  const parts: string[] = [];
  for (let bytes = 0, index = 0; bytes < size; index++) {
    const text = nested(unit.replaceAll('#', isUnique ? index.toString(36) : ''));
    const part = isMap ? `"${prefix}k${index.toString(36)}":${text}` : text;
    parts.push(part);
    bytes += Buffer.byteLength(part) + 1;
  }
  const value = isMap ? `{${parts.join()}}` : `[${parts.join()}]`;
  const body = Buffer.from(place === 'body' ? value : reviewText(place, value));
  return Buffer.concat([body, Buffer.alloc(Math.max(0, Math.min(padding, maxBody - body.length)), ' ')]);
}

function reviewText(place: HeavyBody['place'], value: string): string {
  const here = 'HERE';
  const at = (name: HeavyBody['place'], otherwise: unknown) => (place === name ? here : otherwise);
  const requested = {
    'downlink.dev/env': 'true, otel',
    'downlink.dev/volume': 'true',
    'downlink.dev/ambassador': 'true',
  };
  const pod = {
    metadata: {
      name: 'heavy',
      labels: at('labels', {}),
      annotations: at('annotations', at('our annotations', requested)),
      ownerReferences: at('ownerReferences', []),
    },
    spec: {
      containers: at('containers', [
        {
          name: 'main',
          env: at('env', []),
          ports: at('ports', []),
          volumeMounts: at('volumeMounts', []),
          resources: { limits: at('limits', {}) },
        },
      ]),
      volumes: at('volumes', []),
      affinity: at('nothing that is read', {}),
    },
  };
  const text = JSON.stringify(reviewOf(place === 'object' ? here : pod));
  return text.replace(`"${here}"`, () => value);
}

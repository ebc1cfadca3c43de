import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { AnnotationName } from '../../src/annotations/annotation-keys.ts';
import { createRequestMemory } from '../../src/injection/request-memory.ts';
import { defaultOptions } from '../golden/default-options.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const maxMemory = 24 * 1024 * 1024; // bytes
const origin = { namespace: 'default', isNamespaceAssumed: false };

/** Returns values that no other index has. Every tenth request is one of those that take more time and memory. */
function valuesAt(index: number): Partial<Record<AnnotationName, string>> {
  const large = index % 10 === 0 ? largeKinds[(index / 10) % largeKinds.length] : undefined;
  return large === undefined ? { env: `A${index}=metadata.name` } : large(index);
}

const largeKinds: readonly ((index: number) => Partial<Record<AnnotationName, string>>)[] = [
  (index) => ({ volume: `file-${index}=metadata.labels` }),
  (index) => ({ ambassador: 'true', 'ambassador-image': `registry.example.com/kubectl:${index}` }),
  (index) => ({ env: `A${index}=metadata.nam, ${'x'.repeat(200)}` }),
  (index) => ({ env: `A${index}="${'x'.repeat(8_000)}"` }),
];

test('a million requests with different annotations leave the memory bounded', () => {
  const compile = createRequestMemory();
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  for (let index = 0; index < 1_000_000; index++) {
    compile(
      { values: new Map(Object.entries(valuesAt(index)) as [AnnotationName, string][]), inheritedProfiles: [], origin },
      defaultOptions,
    );
  }
  collectGarbage();
  const grown = process.memoryUsage().heapUsed - before;
  assert.ok(grown < maxMemory, `${grown} bytes`);
});

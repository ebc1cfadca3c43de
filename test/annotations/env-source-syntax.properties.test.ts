import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { splitItems, splitList } from '../../src/annotations/annotation-list.ts';
import { divisorsOf } from '../../src/annotations/downward-source.ts';
import { admissionSources, type EnvSource } from '../../src/annotations/env-source.ts';
import { formatEnvSource, parseEnvSource } from '../../src/annotations/env-source-syntax.ts';
import { emptyFindings } from '../../src/diagnostics/findings.ts';
import { parseEnvItems, parseFileItems } from '../../src/injection/items/parse-items.ts';
import { character } from '../injection/arbitrary-pods.ts';

const resource = fc.constantFrom('limits.cpu', 'requests.memory', 'limits.hugepages-2Mi');
const divided = resource.chain((name) =>
  fc.record({ resource: fc.constant(name), divisor: fc.constantFrom(undefined, ...divisorsOf(name)) }),
);
const withoutUndefined = (source: object) =>
  Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined)) as unknown as EnvSource;
const keyed = fc.constantFrom("metadata.labels['app']", "metadata.annotations['example.com/Build']");
const text = fc.string({
  unit: fc.oneof(fc.constantFrom('"', '\\', ',', '\n', '=', '$', ' '), character),
  maxLength: 20,
});
const source: fc.Arbitrary<EnvSource> = fc.oneof(
  fc.constantFrom('metadata.name', 'status.podIP').map((fieldPath): EnvSource => ({ kind: 'field', fieldPath })),
  keyed.map((fieldPath): EnvSource => ({ kind: 'field', fieldPath, isOptional: true })),
  divided.map((parts) => withoutUndefined({ kind: 'resource', ...parts })),
  fc.constantFrom(...admissionSources).map((name): EnvSource => ({ kind: 'admission', source: name })),
  fc
    .tuple(divided, fc.integer({ min: 1, max: 100 }))
    .map(([parts, percent]) => withoutUndefined({ kind: 'fraction', percent, ...parts })),
  text.map((value): EnvSource => ({ kind: 'text', text: value })),
);
/** Pieces of quoted texts and their mistakes, in any order. */
const fragments = fc
  .array(
    fc.constantFrom('A', '=', '"', '\\', ',', '\n', ' ', "'", '*', '90%', 'limits.memory', '?', 'pod', ':', '/1'),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(''));

describe('a source of a variable', () => {
  test('comes back as it was formatted', () => {
    fc.assert(fc.property(source, (given) => assert.deepEqual(parseEnvSource(formatEnvSource(given)), given)));
  });

  test('comes back from a list of items', () => {
    fc.assert(
      fc.property(fc.array(source, { maxLength: 5 }), fc.constantFrom(',', '\n', ' , '), (sources, separator) => {
        const findings = emptyFindings();
        const items = sources.map((one, index) => `V${index}=${formatEnvSource(one)}`);
        const intents = parseEnvItems(items.join(separator), findings);
        assert.deepEqual(findings.errors.first, []);
        assert.deepEqual(
          intents,
          sources.map((one, index) => ({ name: `V${index}`, source: one })),
        );
      }),
    );
  });
});

describe('any list of items', () => {
  const list = fc.oneof(fragments, fc.string({ unit: character, maxLength: 60 }));

  test('is parsed or reported, and nothing throws', () => {
    fc.assert(
      fc.property(list, (value) => {
        for (const parse of [parseEnvItems, parseFileItems]) {
          const findings = emptyFindings();
          const isEmpty = splitItems(value).length === 0;
          assert.ok(parse(value, findings).length > 0 || findings.errors.total > 0 || isEmpty);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('loses nothing but separators and the spaces around items', () => {
    const letters = (items: readonly string[]) => items.join('').replace(/[,\s]/g, '');
    fc.assert(fc.property(list, (value) => assert.equal(letters(splitItems(value)), letters(splitList(value)))));
  });
});

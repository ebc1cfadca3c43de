import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseAllDocuments } from 'yaml';
import { inject, type ManifestFinding, uninject } from '../../src/index.ts';
import { sampleClusterName, sampleProfiles } from '../support/sample-profiles.ts';
import {
  manifestWithAnyAnnotations,
  manifestWithoutNothing,
  manifestWithValidAnnotations,
  withoutNothing,
} from './arbitrary-manifests.ts';
import { validOptions } from './valid-options.ts';

const options = fc.constantFrom(
  ...['1.20', '1.33'].map((kubernetesVersion) => ({
    ...validOptions({ kubernetesVersion, clusterName: sampleClusterName }, 'default'),
    profiles: sampleProfiles,
  })),
);
const runs = { numRuns: 240 }; // about 50 of them inject something
const meaning = (manifest: string) => parseAllDocuments(manifest).map((document) => withoutNothing(document.toJS()));

/** Asserts that the layout can be read and edited; mistakes in annotations are expected. */
function assertEditable(findings: readonly ManifestFinding[]): void {
  const wrong = findings.filter(({ code }) => code === 'not-editable' || code === 'syntax');
  assert.deepEqual(wrong, []);
}

describe('for any manifest', () => {
  test('uninject(inject(x)) is x, byte for byte', () => {
    let injected = 0;
    const property = fc.property(manifestWithoutNothing, options, (manifest, given) => {
      const { text, findings } = inject(manifest, given);
      assertEditable(findings);
      if (text === undefined) return;
      if (text !== manifest) injected++;
      const uninjected = uninject(text);
      assert.deepEqual(uninjected.findings, []);
      assert.equal(uninjected.text, manifest);
    });
    fc.assert(property, runs);
    assert.ok(injected > runs.numRuns / 10, `only ${injected} manifests were changed`);
  });

  test('uninject(inject(x)) means the same as x, if x has nulls and empty lists', () => {
    let injected = 0;
    const property = fc.property(manifestWithValidAnnotations, options, (manifest, given) => {
      const { text, findings } = inject(manifest, given);
      assertEditable(findings);
      if (text === undefined) return;
      if (text !== manifest) injected++;
      const back = uninject(text);
      assert.deepEqual(back.findings, []);
      assert.deepEqual(meaning(back.text ?? ''), meaning(manifest));
    });
    fc.assert(property, runs);
    assert.ok(injected > runs.numRuns / 20, `only ${injected} manifests were changed`);
  });

  test('injecting again changes nothing', () => {
    fc.assert(
      fc.property(manifestWithAnyAnnotations, options, (manifest, given) => {
        const { text } = inject(manifest, given);
        if (text !== undefined) assert.equal(inject(text, given).text, text);
      }),
      runs,
    );
  });
});

import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import jsonpatch from 'fast-json-patch';
import { stringify } from 'yaml';
import type { AdmissionResponse } from '../src/admission/admission-response.ts';
import { mutate } from '../src/admission/mutate-pod.ts';
import { formatFieldError } from '../src/diagnostics/field-error.ts';
import { formatWarning } from '../src/diagnostics/findings.ts';
import { injectPod } from '../src/injection/inject-pod.ts';
import type { PodOrigin } from '../src/injection/patch/injection-part.ts';
import { version } from '../src/version.ts';
import { type Expectation, type GoldenPod, goldenFolder, loadGoldenCases, loadGoldenPods } from './golden/cases.ts';
import { goldenOptions } from './golden/default-options.ts';
import { withNoOtherVersion, withOurVersion, withPlaceholder } from './golden/our-version.ts';
import { reviewOf } from './support/admission-review.ts';

const namespace = 'default';

if (process.env['UPDATE_GOLDEN'] === '1') await refresh();

const cases = await loadGoldenCases();

describe('golden cases', () => {
  for (const golden of cases) {
    test(golden.name.replaceAll('-', ' '), () => {
      const before = structuredClone(golden.pod);
      const actual = outcomeOf(golden);
      assert.deepEqual(actual, { expected: golden.expected, warnings: golden.warnings });
      assert.deepEqual(golden.pod, before, 'the given pod must not change');

      const answer = review(golden, golden.pod);
      assert.deepEqual(outcomeOfReview(golden, answer), golden.expected);
      assert.deepEqual(answer.warnings ?? [], golden.warnings);
      if (golden.expected.kind === 'injected') {
        const again = review(golden, golden.expected.pod);
        assert.equal(again.allowed, true);
        assert.equal(again.patch, undefined, 'a reinvocation must change nothing');
        assert.equal(again.auditAnnotations, undefined, 'a reinvocation must not overwrite audit annotations');
      }
    });
  }

  test('names of pods are unique, so that all cases fit into one namespace', () => {
    const names = cases.map(({ pod }) => {
      const { name, generateName } = pod['metadata'] as { name?: string; generateName?: string };
      return name ?? generateName;
    });
    assert.deepEqual(names, [...new Set(names)]);
  });

  test('a case states the Kubernetes version that it requires', () => {
    const needs = [
      ['1.22', /hugepages-/],
      ['1.24', /^ {2}os:/m],
      ['1.29', /status\.hostIPs/],
      ['1.29', /^ {6}restartPolicy: /m],
      ['1.33', /^ {6}resizePolicy:/m],
      ['1.34', /^ {2}resources:\n/m],
    ] as const;
    for (const { name, podText, pod, requires, expected } of cases) {
      if (expected.kind === 'denied') continue; // nothing is stored
      const stored = `${stringify(pod)}${expected.kind === 'injected' ? stringify(expected.pod) : ''}`;
      for (const [version, pattern] of needs) {
        if (!pattern.test(stored)) continue;
        assert.ok(
          requires !== undefined && Number(requires.version.slice(2)) >= Number(version.slice(2)),
          `${name} requires ${version}`,
        );
      }
      assert.ok(!/^\s*namespace:/m.test(podText), `${name} must not have a namespace`);
    }
  });

  test("a file has a placeholder for Downlink's version, and keeps other versions", () => {
    const statuses = (ours: string, other: string) =>
      `a: '{"version":"${ours}","env":{}}'\nb: "{\\"version\\":\\"${ours}\\"}"\nc: '{"version":"${other}"}'\nd: ${version}\n`;
    assert.equal(withPlaceholder(statuses(version, '0.0.9')), statuses('(version)', '0.0.9'));
    assert.equal(withOurVersion(statuses('(version)', '0.0.9')), statuses(version, '0.0.9'));
    assert.equal(withNoOtherVersion(statuses('(version)', '0.0.9')), statuses(version, version));
  });

  test('the loader supports every setting in a comment line', () => {
    const unknown = cases.flatMap(({ podText }) =>
      podText
        .split('\n')
        .filter((line) => /^#\s*[\w-]+:/.test(line))
        .filter(
          (line) =>
            !/^# (kubernetes-version: \d+\.\d+|on-invalid: warn|config: \S+\.yaml|namespace-profile: \S+|requires: \d+\.\d+ \(.+\))$/.test(
              line,
            ),
        ),
    );
    assert.deepEqual(unknown, []);
  });
});

interface Actual {
  readonly expected: Expectation;
  readonly warnings: readonly string[];
}

function originOf({ settings: { namespaceProfile } }: GoldenPod): PodOrigin {
  return { namespace, ...(namespaceProfile !== undefined && { namespaceProfile }) };
}

/** Returns the outcome of the engine, without an AdmissionReview. */
function outcomeOf(golden: GoldenPod): Actual {
  const outcome = injectPod(golden.pod, originOf(golden), goldenOptions(golden.settings));
  const warnings = outcome.warnings.first.map(formatWarning);
  switch (outcome.kind) {
    case 'skipped':
      return { expected: { kind: 'skipped', reason: outcome.reason }, warnings };
    case 'denied':
      return { expected: { kind: 'denied', text: outcome.errors.first.map(formatFieldError).join('\n') }, warnings };
    case 'injected':
      return { expected: { kind: 'injected', pod: plain(outcome.pod) }, warnings };
    default:
      return outcome satisfies never;
  }
}

/** Returns what an API server makes of the answer to its review, by decoding the patch that is sent. */
function outcomeOfReview(golden: GoldenPod, answer: AdmissionResponse): Expectation {
  if (!answer.allowed) {
    const causes = answer.status?.details.causes ?? [];
    return { kind: 'denied', text: causes.map(({ field, message }) => `${field}: ${message}`).join('\n') };
  }
  if (answer.patch === undefined)
    return { kind: 'skipped', reason: answer.auditAnnotations?.['skipped'] ?? 'nothing-to-add' };
  assert.equal(answer.patchType, 'JSONPatch');
  const operations = JSON.parse(Buffer.from(answer.patch, 'base64').toString('utf8')) as {
    op: 'add';
    path: string;
    value: unknown;
  }[];
  assert.deepEqual(new Set(operations.map(({ op }) => op)), new Set(['add']));
  const { newDocument } = jsonpatch.applyPatch(structuredClone(golden.pod), operations, true);
  return { kind: 'injected', pod: plain(newDocument) };
}

function review(golden: GoldenPod, pod: unknown): AdmissionResponse {
  const { settings } = golden;
  const mutation = mutate(reviewOf(plain(pod), namespace), goldenOptions(settings), settings.namespaceProfile);
  if (mutation.kind === 'invalid') throw new Error(mutation.problem);
  return mutation.response.response;
}

/** Returns the value by way of JSON. */
function plain<T>(value: T): T & Readonly<Record<string, unknown>> {
  return JSON.parse(JSON.stringify(value));
}

/** Writes all results again, for a reader of the diff to judge. */
async function refresh(): Promise<void> {
  for (const golden of await loadGoldenPods()) {
    const { expected, warnings } = outcomeOf(golden);
    await write(
      golden,
      'injected.yaml',
      expected.kind === 'injected' ? stringify(expected.pod, { lineWidth: 0, compat: 'yaml-1.1' }) : undefined,
    );
    await write(golden, 'denied.txt', expected.kind === 'denied' ? `${expected.text}\n` : undefined);
    await write(golden, 'skipped.txt', expected.kind === 'skipped' ? `${expected.reason}\n` : undefined);
    await write(golden, 'warnings.txt', warnings.length > 0 ? `${warnings.join('\n')}\n` : undefined);
  }
}

async function write({ name }: GoldenPod, ending: string, content: string | undefined): Promise<void> {
  const file = new URL(`${name}.${ending}`, goldenFolder);
  if (content === undefined) await rm(file, { force: true });
  else await writeFile(file, withPlaceholder(content));
}
